#pragma once
// ClockSnapshot: what a client knows of its server's clock after one probe, as one value. Offset
// and drift of two updates are never mixed, because nobody can get at one without the other.

#include <compare>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/state.hpp"
#include "core/base/time.hpp"

namespace tutti::sync {

// An instant on the client's own monotonic clock, microseconds since an arbitrary zero: another
// zero and another speed than ServerTime, so another type.
struct ClientTime {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(ClientTime, ClientTime) = default;
  friend constexpr ClientTime operator+(ClientTime t, Duration d) { return {t.us + d.us}; }
  friend constexpr Duration operator-(ClientTime a, ClientTime b) { return {a.us - b.us}; }
};

// A line, the estimate, and beside it a correction that fades: where an update moves the line, the
// output goes over to the new one at a bounded speed instead of jumping, so that it never goes
// back.
struct ClockSnapshot {
  ClientTime at;             // of the probe behind it; the line is drawn from here
  std::int64_t base_us = 0;  // server - client at `at` is base_us + offset_us
  double offset_us = 0;
  double drift = 0;     // how much faster the server's clock runs: 2e-5 is 20 ppm
  double late_us = 0;   // how far the output was behind the line at `at`; fades to 0
  double slew = 0;      // by so much a microsecond, 0 to ClockFilter's kSlewMost
  double error_us = 0;  // of the line at `at`, about three standard deviations; what both
                        // directions of the path have in common is all that can be known: half the
                        // difference of their shortest delays is in no estimate and in no bound
  std::uint64_t updates = 0;  // probes that were taken, 0: nothing is known yet
  std::uint64_t epoch = 0;    // times never go back within one; a new one is another clock

  bool known() const { return updates > 0; }
  // The server's time when the client's clock shows `t`. Never goes back as `t` grows, in each
  // snapshot and from one to the next of the same epoch, as long as none was asked beyond the `at`
  // of the next; where that may happen, read through a ClockReader.
  ServerTime to_server(ClientTime t) const;
  // The same at a fraction of a microsecond, for outputs: exact to a nanosecond for 100 days.
  double server_us(double client_us) const;
  // The inverse, within 2 us: when to sound what is due at `t`.
  ClientTime to_client(ServerTime t) const;
  // The estimate itself, without the correction.
  ServerTime line(ClientTime t) const;

  // What `to_server` adds to client time and base, before it rounds.
  double unrounded(ClientTime t) const;

  friend bool operator==(const ClockSnapshot&, const ClockSnapshot&) = default;
};

// One reader of snapshots, on any thread: what it is told never goes back within an epoch, even if
// it asks while a probe that has come is not worked in yet.
class ClockReader {
 public:
  ServerTime read(const ClockSnapshot& clock, ClientTime t) {
    ServerTime now = clock.to_server(t);
    bool forward = clock.epoch != epoch_ || now >= last_;
    epoch_ = clock.epoch;
    if (!GUARD("clock_reader.forward", forward)) return last_;
    return last_ = now;
  }

  void describe(StateWriter& out) const {
    out.number(epoch_);
    out.number(static_cast<std::uint64_t>(last_.us));
  }

 private:
  std::uint64_t epoch_ = ~std::uint64_t{0};
  ServerTime last_;
};

}  // namespace tutti::sync
