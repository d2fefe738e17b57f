#pragma once
// ClockFilter: the server's time, estimated from probes. A probe is four stamps: t1 it leaves the
// client, t2 it reaches the server, t3 the answer leaves, t4 it is back. They give an offset
// z = ((t2-t1)+(t3-t4))/2 and a delay e = ((t4-t1)-(t3-t2))/2 (RFC 5905 section 8; half its delta).
//
// The idea: queues only ever add to a delay, so a probe whose e is x above the smallest e that the
// path has is wrong by at most x (the "wedge" that RFC 5905 section 10 prefers the point of;
// Paxson, "On Calibrating Measurements of Packet Transit Times", 1998). Instead of keeping the best
// probe of each burst, every probe is used with the weight that its x gives it; and since the
// smallest e is known well only later, the last kWindow probes are weighted anew each time one
// comes. What combines them is a Kalman filter of [offset, drift] (Kalman 1960; for clocks: Zucca,
// Tavella, "The Clock Model and Its Relationship with the Allan and Related Variances", 2005) that
// runs over the window from its beginning: 1024 steps of a dozen multiplications, about 20 us,
// twice a second.
//
// A probe that is farther from the estimate than its x allows proves that a clock was set. Three in
// a row on one side, and the offset starts anew; the drift, which is a property of two crystals, is
// kept, unless it happens twice within a minute.

#include <array>
#include <cstdint>

#include "core/sync/clock_snapshot.hpp"

namespace tutti::sync {

class ClockFilter {
 public:
  // Probes that are remembered: 7 minutes of them, 24 kB.
  static constexpr std::size_t kWindow = 1024;
  // The output runs at most so much faster or slower than the estimate, and only to make good more
  // than kSlewGentleUs or, of the first kSettled probes, anything; else it takes kSlewTimeUs.
  static constexpr double kSlewMost = 0.5;
  static constexpr double kSlewGentleUs = 5'000;
  static constexpr double kSlewTimeUs = 1'000'000;
  // A correction beyond this begins a new epoch, at once.
  static constexpr double kJumpUs = 1'000'000;
  // No crystal is farther off: the output never takes more.
  static constexpr double kDriftMost = 0.001;

  enum class Verdict : std::uint8_t {
    used,
    suspect,       // beyond what its delay allows: waits for others that say the same
    stepped,       // the third: a clock was set
    out_of_order,  // t4 not after the last
    nonsense,      // t4 < t1, t3 < t2, held longer than under way, minutes under way, absurd stamps
  };
  struct Counters {
    std::uint64_t used = 0, out_of_order = 0, nonsense = 0;
    std::uint64_t discarded = 0;  // suspects that nobody confirmed
    std::uint64_t steps = 0;
  };

  // Takes one probe in. Never allocates.
  Verdict probe(ClientTime t1, ServerTime t2, ServerTime t3, ClientTime t4);

  // All numbers of one update; a copy of it may go to another thread.
  const ClockSnapshot& snapshot() const { return snapshot_; }
  ServerTime to_server(ClientTime t) const { return snapshot_.to_server(t); }
  ClientTime to_client(ServerTime t) const { return snapshot_.to_client(t); }
  // The smallest delay of late, one way, microseconds; 0 before the first probe.
  double delay_us() const { return count_ == 0 ? 0 : delay_us_; }
  const Counters& counters() const { return counters_; }

  void describe(StateWriter& out) const;

 private:
  struct Probe {
    std::int64_t at = 0;     // t4
    double offset = 0;       // z - base_
    float delay = 0;         // e
    std::uint8_t begin = 0;  // a Begin: what is forgotten before it
  };
  enum Begin : std::uint8_t { kNothing, kOffset, kOffsetAndDrift };
  struct State {
    double offset = 0, drift = 0;
    double p00 = 0, p01 = 0, p11 = 0;  // covariance: us^2, us, 1
  };
  static constexpr std::size_t kBuckets = 16;  // the smallest delay is known for each
  static constexpr std::size_t kPerBucket = kWindow / kBuckets;
  static constexpr std::size_t kConfirm = 3;
  static constexpr std::size_t kSettled = 32;  // before it is, the output may hurry

  const Probe& nth(std::size_t i) const { return ring_[(first_ + i) % kWindow]; }
  void remember(const Probe& probe);
  bool is_suspect(const Probe& probe) const;
  Verdict suspect(const Probe& probe);
  void estimate();
  void find_excess();
  void publish(ClientTime at);
  void rebase();

  std::array<Probe, kWindow> ring_{};
  std::size_t first_ = 0, count_ = 0;
  std::array<float, kWindow> excess_{};  // e - e_min of each, scratch of `estimate`
  std::array<float, kWindow> sorted_{};
  std::array<Probe, kConfirm> suspects_{};
  std::size_t suspected_ = 0;
  std::int64_t base_ = 0;  // keeps what is calculated with small
  std::int64_t last_t4_ = INT64_MIN;
  std::int64_t last_step_ = INT64_MIN;
  State state_;
  double delay_us_ = 0;   // e_min as the latest bucket sees it
  double spread_us_ = 0;  // median of e - e_min
  double unsure_us_ = 0;  // of e_min
  ClockSnapshot snapshot_;
  Counters counters_;
};

}  // namespace tutti::sync
