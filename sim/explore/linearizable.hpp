#pragma once
// Linearizability (Herlihy, Wing 1990) of a recorded history: is there an order of the calls that a
// sequential object could have given these results in, and that keeps every call which returned
// before another was invoked in front of it?
//
// The search of Wing, Gong, "Testing and Verifying Concurrent Objects" (1993), with the memo of
// Lowe, "Testing for linearizability" (2017), over a list of entries from which calls are lifted
// and put back: Horn, Kroening, "Faster linearizability checking via P-compositionality" (2015),
// section 3. Exponential in the calls that overlap, at worst.
//
// An operation `Op` has `result`, a std::optional that is empty until it returned (with an empty
// one any result is possible), and `text()`. A specification `Spec` is a value with `==` and
// `bool apply(const Op&)`: takes the operation's effect, or says that it cannot have this result
// in this state; the spec is then thrown away.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tutti::explore {

// What was called and what came back, in the order in which that was seen from outside.
template <class Op>
class History {
 public:
  struct Call {
    std::string actor;
    Op op;
    std::size_t invoked = 0;  // of the history's events, from 0
    std::optional<std::size_t> returned;
  };

  std::size_t invoke(std::string actor, Op op) {
    calls_.push_back({std::move(actor), std::move(op), events_++, std::nullopt});
    return calls_.size() - 1;
  }
  // A call that never returns is pending: it may have taken effect or not.
  template <class Result>
  void returned(std::size_t id, Result&& result) {
    calls_[id].op.result = std::forward<Result>(result);
    calls_[id].returned = events_++;
  }

  const std::vector<Call>& calls() const { return calls_; }  // by invocation
  std::size_t events() const { return events_; }

 private:
  std::vector<Call> calls_;
  std::size_t events_ = 0;
};

enum class Linearizable { yes, no, undecided };

struct LinearizableReport {
  Linearizable verdict = Linearizable::yes;
  std::vector<std::size_t> order;  // ids: of all that took effect, or the longest prefix found
  std::size_t states = 0;          // pairs of calls taken and state that were visited
  std::string text;                // readable; what could not follow the prefix
  explicit operator bool() const { return verdict == Linearizable::yes; }
};

template <class Op, class Spec>
class LinearizableSearch {
 public:
  LinearizableSearch(const History<Op>& history, Spec initial)
      : calls_(history.calls()), state_(std::move(initial)), taken_((calls_.size() + 63) / 64) {
    for (const auto& call : calls_) left_ += call.returned.has_value() ? 1 : 0;
    list_events(history.events());
  }

  LinearizableReport run(std::size_t states_max) {
    std::size_t at = events_[kHead].next;
    while (left_ > 0) {
      if (states_ >= states_max) return report(Linearizable::undecided);
      // The list cannot end here: a return is left.
      const Event& event = events_[at];
      if (event.is_return) {  // its call is still open: no order begins with what was taken so far
        if (stack_.empty()) return report(Linearizable::no);
        at = events_[undo()].next;
      } else if (take(at)) {
        at = events_[kHead].next;
      } else {
        at = event.next;
      }
    }
    return report(Linearizable::yes);
  }

 private:
  static constexpr std::size_t kHead = 0;
  struct Event {
    std::size_t call = 0;
    bool is_return = false;
    std::size_t previous = 0, next = 0;
    std::size_t match = 0;  // of an invocation: its return, 0 when pending
  };
  struct Taken {
    std::size_t event;
    Spec before;
  };

  // The events in order behind a head, linked both ways; the list ends where next is the head.
  void list_events(std::size_t count) {
    events_.resize(count + 1);
    for (std::size_t i = 0; i <= count; ++i) {
      events_[i].previous = i == 0 ? count : i - 1;
      events_[i].next = i == count ? kHead : i + 1;
    }
    for (std::size_t id = 0; id < calls_.size(); ++id) {
      Event& invoked = events_[calls_[id].invoked + 1];
      invoked.call = id;
      if (!calls_[id].returned) continue;
      invoked.match = *calls_[id].returned + 1;
      events_[invoked.match].call = id;
      events_[invoked.match].is_return = true;
    }
  }

  void lift(std::size_t at) {
    events_[events_[at].previous].next = events_[at].next;
    events_[events_[at].next].previous = events_[at].previous;
  }
  // Valid in the reverse order of lifting, for a lifted event keeps its neighbours.
  void put_back(std::size_t at) {
    events_[events_[at].previous].next = at;
    events_[events_[at].next].previous = at;
  }
  void flip(std::size_t call) { taken_[call / 64] ^= std::uint64_t{1} << (call % 64); }

  // True when the call can be next here and the calls taken with the state they led to are new.
  bool take(std::size_t at) {
    std::size_t call = events_[at].call;
    Spec after = state_;
    if (!after.apply(calls_[call].op)) return false;
    flip(call);
    if (!remember(after)) {
      flip(call);
      return false;
    }
    stack_.push_back({at, std::exchange(state_, std::move(after))});
    lift(at);
    if (std::size_t match = events_[at].match) {
      lift(match);
      --left_;
    }
    if (stack_.size() > longest_.size()) note_longest();
    return true;
  }

  std::size_t undo() {
    std::size_t at = stack_.back().event;
    state_ = std::move(stack_.back().before);
    stack_.pop_back();
    flip(events_[at].call);
    if (std::size_t match = events_[at].match) {
      put_back(match);
      ++left_;
    }
    put_back(at);
    return at;
  }

  bool remember(const Spec& state) {
    std::vector<Spec>& seen = memo_[taken_];
    for (const Spec& one : seen) {
      if (one == state) return false;
    }
    seen.push_back(state);
    ++states_;
    return true;
  }

  // With it, what stood next to each other in front of the first return: none of these could
  // follow.
  void note_longest() {
    longest_.clear();
    for (const Taken& taken : stack_) longest_.push_back(events_[taken.event].call);
    stuck_.clear();
    for (std::size_t at = events_[kHead].next; at != kHead && !events_[at].is_return;
         at = events_[at].next)
      stuck_.push_back(events_[at].call);
  }

  LinearizableReport report(Linearizable verdict) {
    if (longest_.empty()) note_longest();
    LinearizableReport out{verdict, longest_, states_, {}};
    std::string size =
        std::to_string(longest_.size()) + " of " + std::to_string(calls_.size()) + " calls";
    if (verdict == Linearizable::yes) {
      out.order.clear();
      for (const Taken& taken : stack_) out.order.push_back(events_[taken.event].call);
      out.text = "linearizable, as\n" + lines(out.order);
    } else if (verdict == Linearizable::no) {
      out.text = "not linearizable: at most " + size + " fit in an order\n" + lines(longest_) +
                 "and none of these can follow\n" + lines(stuck_);
    } else {
      out.text = "undecided after " + std::to_string(states_) + " states: " + size +
                 " fit in an order\n" + lines(longest_);
    }
    return out;
  }

  std::string lines(const std::vector<std::size_t>& ids) const {
    std::string out;
    for (std::size_t id : ids) {
      out += "  " + calls_[id].actor + " " + calls_[id].op.text();
      out += calls_[id].returned ? "\n" : " (pending)\n";
    }
    return out;
  }

  const std::vector<typename History<Op>::Call>& calls_;
  Spec state_;
  std::vector<std::uint64_t> taken_;  // a bit per call
  std::size_t left_ = 0;              // calls that returned and are not taken
  std::vector<Event> events_;
  std::vector<Taken> stack_;
  std::map<std::vector<std::uint64_t>, std::vector<Spec>> memo_;
  std::size_t states_ = 0;
  std::vector<std::size_t> longest_, stuck_;
};

// `history` lives until this returns. Undecided after `states_max` visited states. A history over
// several objects is linearizable if and only if each object's part is: check them one by one, that
// is faster (Herlihy, Wing, theorem 1).
template <class Op, class Spec>
LinearizableReport linearizable(const History<Op>& history, Spec initial,
                                std::size_t states_max = 1'000'000) {
  return LinearizableSearch<Op, Spec>(history, std::move(initial)).run(states_max);
}

}  // namespace tutti::explore
