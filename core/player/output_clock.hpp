#pragma once
// OutputClock: when the next frame of an output really sounds. Outputs tell it with jitter (a
// callback's own time, a delay in whole periods); the device itself runs evenly. A Kalman filter
// over (time, rate) finds the line behind the points (Kalman 1960; the same form as clock filters
// for the network have).

#include <cstddef>
#include <cstdint>

namespace tutti::player {

class OutputClock {
 public:
  // The next frame sounds at `when_us` (local), so the output says, after `frames` more than at the
  // last call at `rate` frames a second. Returns when it sounds by all that is known. A time that
  // is far off is not believed until three in a row say the same: then the device has stopped and
  // gone on, and all begins anew.
  double observe(std::int64_t when_us, std::size_t frames, int rate);
  // Another device, or another rate.
  void reset() { samples_ = 0; }

  // How much faster than its rate the device runs, in parts per million of the local clock.
  double ppm() const { return -gain_ * 1e6; }
  // Mean distance of what the output says from what it should say, microseconds.
  double jitter_us() const { return jitter_; }

 private:
  void begin(double when);

  std::uint64_t samples_ = 0;
  double when_ = 0;  // us, of the next frame
  double gain_ = 0;  // seconds that a second of frames takes beyond one
  // The covariance of the two, in seconds.
  double p00_ = 0, p01_ = 0, p11_ = 0;
  double jitter_ = 0;
  int strays_ = 0;
};

}  // namespace tutti::player
