#pragma once
// Clock: what one node takes for the time. The monotonic clock runs from its own zero, too fast or
// too slow by some parts per million, and never steps; the wall clock follows it and is set anew
// now and then.

#include "core/base/time.hpp"
#include "sim/world/agenda.hpp"

namespace tutti::world {

class Clock {
 public:
  Clock() = default;
  // mono_zero: what the monotonic clock shows at virtual time 0; ppm: how much it gains.
  Clock(std::int64_t mono_zero, std::int64_t ppm, std::int64_t wall_zero)
      : mono_(mono_zero), ppm_(ppm), wall_ahead_(wall_zero - mono_zero) {}

  Now at(Micros t) const {
    std::int64_t mono = mono_at(t);
    return {{mono}, {mono + wall_ahead_}};
  }
  // The first virtual time at which the monotonic clock shows `mono` or more.
  Micros when(ServerTime mono) const {
    if (mono == kNever) return kForever;
    std::int64_t ahead = mono.us - mono_;
    if (ahead <= 0) return from_;
    // Newton's method; each round leaves an error of some parts per million of the last.
    Micros t = from_ + ahead;
    for (int round = 0; round < 4; ++round) t += mono.us - mono_at(t);
    while (mono_at(t) < mono.us) ++t;
    while (t > from_ && mono_at(t - 1) >= mono.us) --t;
    return t;
  }
  // From `t` on it gains so much.
  void drift(Micros t, std::int64_t ppm) {
    mono_ = mono_at(t);
    from_ = t;
    ppm_ = ppm;
  }
  void step_wall(std::int64_t by) { wall_ahead_ += by; }
  std::int64_t ppm() const { return ppm_; }

 private:
  static std::int64_t scaled(std::int64_t span, std::int64_t ppm) {
    return span / kSecond * ppm + span % kSecond * ppm / kSecond;
  }
  std::int64_t mono_at(Micros t) const { return mono_ + (t - from_) + scaled(t - from_, ppm_); }

  Micros from_ = 0;
  std::int64_t mono_ = 0;  // at from_
  std::int64_t ppm_ = 0;
  std::int64_t wall_ahead_ = 0;
};

}  // namespace tutti::world
