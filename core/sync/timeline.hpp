#pragma once
// Timeline: which frame sounds when. Exact: a time is computed from the frame's number, never by
// adding rounded durations, so 24 hours at 44.1 kHz end where they should (adding up chunks of
// whole microseconds does not).

#include <cstdint>

#include "core/base/time.hpp"

namespace tutti::sync {

class Timeline {
 public:
  Timeline() = default;
  // Frame 0 sounds at `start`; `rate` frames a second, at least 1.
  Timeline(ServerTime start, int rate) : start_(start), rate_(rate) {}

  // Rounded down to a microsecond.
  ServerTime at(std::int64_t frame) const { return {start_.us + scale(frame, 1'000'000, rate_)}; }
  // The frame that sounds then: the last whose time is not later.
  std::int64_t frame_at(ServerTime t) const {
    std::int64_t frame = scale(t.us - start_.us, rate_, 1'000'000);
    return at(frame + 1) <= t ? frame + 1 : frame;
  }
  // All that has not sounded yet comes so much later.
  void delay(Duration by) { start_ = start_ + by; }
  ServerTime start() const { return start_; }
  int rate() const { return rate_; }

 private:
  // floor(value * multiplier / divisor) without overflow on the way.
  static std::int64_t scale(std::int64_t value, std::int64_t multiplier, std::int64_t divisor) {
    __extension__ using Wide = __int128;
    Wide product = static_cast<Wide>(value) * multiplier;
    Wide quotient = product / divisor;
    if (product % divisor != 0 && product < 0) --quotient;
    return static_cast<std::int64_t>(quotient);
  }
  ServerTime start_;
  int rate_ = 48'000;
};

}  // namespace tutti::sync
