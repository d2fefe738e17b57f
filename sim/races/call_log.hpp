#pragma once
// Invariants of the rows about threads: what was called and what came back, asked at the end
// whether some order of the calls explains it.

#include <array>
#include <cstdint>

#include "sim/explore/actors.hpp"
#include "sim/explore/linearizable.hpp"

namespace tutti::races {

// A history of few calls, kept in place: runs are many, and only complete ones are asked. `Op` is
// as in sim/explore/linearizable.hpp with `int` results, and has `state(StateWriter&)`.
template <class Op, std::size_t kMost = 8>
class CallLog : public explore::Observer {
 public:
  CallLog() : Observer("history") {}

  // The call's id, for `returned`.
  std::uint8_t invoke(const char* actor, Op op) {
    touch();
    calls_[count_] = {actor, op};
    events_[end_++] = {count_, false};
    return count_++;
  }
  void returned(std::uint8_t id, int result) {
    touch();
    calls_[id].op.result = result;
    events_[end_++] = {id, true};
  }
  template <class Spec>
  bool linearizable(Spec initial) const {
    explore::History<Op> history;
    for (std::size_t i = 0; i < end_; ++i) {
      const Entry& call = calls_[events_[i].id];
      Op invoked = call.op;
      invoked.result.reset();
      // Ids are given in the order of invocation by both.
      if (!events_[i].is_return) history.invoke(call.actor, invoked);
      else history.returned(events_[i].id, *call.op.result);
    }
    return bool(explore::linearizable(history, std::move(initial)));
  }
  void state(StateWriter& out) const {
    for (std::size_t i = 0; i < end_; ++i) {
      out.number(events_[i].id * 2U + (events_[i].is_return ? 1 : 0));
      calls_[events_[i].id].op.state(out);
    }
  }

 private:
  struct Entry {
    const char* actor = "";
    Op op;
  };
  struct Event {
    std::uint8_t id = 0;
    bool is_return = false;
  };
  std::array<Entry, kMost> calls_{};
  std::array<Event, 2 * kMost> events_{};
  std::uint8_t count_ = 0;
  std::uint8_t end_ = 0;
};

}  // namespace tutti::races
