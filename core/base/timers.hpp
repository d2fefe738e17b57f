#pragma once
// Timers are not effects: a heap of (when, key) that its owner asks for the next deadline. At most
// one timer stands for a key; arming it again moves it.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/recorder.hpp"
#include "core/base/state.hpp"
#include "core/base/time.hpp"

namespace tutti {

// Which machine, which of its entities, which of that entity's timers.
struct TimerKey {
  std::uint16_t machine = 0;
  std::uint16_t what = 0;
  std::uint64_t id = 0;
  friend bool operator==(TimerKey, TimerKey) = default;
};

}  // namespace tutti

template <>
struct std::hash<tutti::TimerKey> {
  std::size_t operator()(tutti::TimerKey key) const {
    return tutti::hash_mix(key.id * 0x9e3779b97f4a7c15ULL +
                           ((std::uint64_t{key.machine} << 16) | key.what));
  }
};

namespace tutti {

class Timers {
 public:
  explicit Timers(Recorder* recorder = nullptr) : recorder_(recorder) {}

  void arm(TimerKey key, ServerTime at);
  void cancel(TimerKey key);
  // When the earliest timer is due; kNever when there is none.
  ServerTime deadline() const { return heap_.empty() ? kNever : heap_.front().at; }
  // Takes one timer that is due at `now`.
  std::optional<TimerKey> take_due(ServerTime now);
  std::size_t size() const { return heap_.size(); }
  // In the order they will fire; ids of keys are names, renamed like handles.
  void describe(StateWriter& out) const;

 private:
  struct Entry {
    ServerTime at;
    std::uint64_t order;  // ties fire in the order they were armed
    TimerKey key;
  };
  static bool before(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at < b.at : a.order < b.order;
  }
  void place(std::size_t i, Entry entry);
  void sift(std::size_t i);
  void remove(std::size_t i);

  std::vector<Entry> heap_;
  std::unordered_map<TimerKey, std::size_t> where_;
  std::uint64_t armed_ = 0;
  Recorder* recorder_;
};

}  // namespace tutti
