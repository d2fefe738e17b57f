#pragma once
// Burst: when a client asks for the time. Many probes at once, one after the other, then a pause:
// a radio that sleeps is woken once, and what a burst measures is of one moment. At the start a
// long one, then one each second, so that the drift is known before it hurts.
//
// A machine with a deadline: `due(now)` when it has passed, says whether a probe is to be sent.
// One probe is under way at a time, so an answer never waits behind the next question.

#include <cstdint>
#include <optional>

#include "core/sync/clock_snapshot.hpp"

namespace tutti::sync {

class Burst {
 public:
  static constexpr int kFirst = 24;  // probes of the first burst
  static constexpr int kProbes = 8;  // of each other
  static constexpr int kEarly = 8;   // bursts that come kEarlyEvery behind each other, then kEvery:
  static constexpr Duration kEarlyEvery = seconds(1);  // 2.29 probes a second, 2.38 with the start
  static constexpr Duration kEvery = millis(3500);     // in the first quarter of an hour
  static constexpr Duration kPause = millis(5);        // between an answer and the next probe
  static constexpr Duration kLost = seconds(1);        // no answer: later ones are as good as none
  static constexpr int kGiveUp = 2;                    // lost in a row: the burst is over

  explicit Burst(ClientTime now) : burst_(now), next_(now) {}

  // When `due` has something to do.
  ClientTime deadline() const { return under_way_ ? *under_way_ + kLost : next_; }
  // True: send a probe whose t1 is `now`. Between two that are true there is an answer or a loss.
  bool due(ClientTime now);
  // The answer to the probe sent at `sent`. False: none of ours, or given up; do not use it.
  bool answered(ClientTime sent, ClientTime now);
  // The connection is another one: what was under way is lost, and it starts over.
  void restart(ClientTime now);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }

 private:
  void plan(ClientTime now);

  std::optional<ClientTime> under_way_;  // its t1
  ClientTime burst_;                     // when this burst began
  ClientTime next_;
  int left_ = kFirst;  // of this burst
  int bursts_ = 0;     // that are over
  int lost_in_a_row_ = 0;
  std::uint64_t sent_ = 0, lost_ = 0;
};

}  // namespace tutti::sync
