#pragma once
// ClockSnapshot: what a clock filter knows at one moment, as a value that can be handed to a
// speaker.

#include <compare>
#include <cstdint>

namespace tutti::sync {

// An instant on this machine's monotonic clock, microseconds since an arbitrary zero.
struct LocalTime {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(LocalTime, LocalTime) = default;
};

struct ClockSnapshot {
  double offset_us = 0;    // server time minus local time, at at_us
  double drift = 0;        // what the server's clock gains on ours, seconds per second
  std::int64_t at_us = 0;  // local
  double error_us = 1e9;   // how far off it may be; 1e9: nothing is known yet

  // Local microseconds to the server's and back. They stay exact to a nanosecond for 100 days.
  double server_us(double local_us) const {
    return local_us + offset_us + drift * (local_us - static_cast<double>(at_us));
  }
  double local_us(double server_us) const {
    auto at = static_cast<double>(at_us);
    return at + (server_us - offset_us - at) / (1 + drift);
  }
};

}  // namespace tutti::sync
