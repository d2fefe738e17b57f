#include "core/player/output_clock.hpp"

#include <algorithm>
#include <cmath>

namespace tutti::player {
namespace {

constexpr double kNoise = 1e-8;  // (100 us)^2: what outputs say scatters so
// A crystal is within 300 ppm of what it says, almost always.
constexpr double kFirstGain = 9e-8;
// Per second: its rate wanders by a part per million in a minute.
constexpr double kWander = 1.7e-14;
constexpr double kStrayUs = 2000;
constexpr int kStraysBelieved = 3;

}  // namespace

void OutputClock::begin(double when) {
  samples_ = 1;
  strays_ = 0;
  when_ = when;
  gain_ = 0;
  jitter_ = 0;
  p00_ = kNoise;
  p01_ = 0;
  p11_ = kFirstGain;
}

double OutputClock::observe(std::int64_t when_us, std::size_t frames, int rate) {
  auto said = static_cast<double>(when_us);
  if (samples_ == 0) {
    begin(said);
    return when_;
  }
  double dt = static_cast<double>(frames) / rate;
  when_ += dt * (1 + gain_) * 1e6;
  p00_ += 2 * p01_ * dt + p11_ * dt * dt;
  p01_ += p11_ * dt;
  p11_ += kWander * dt;
  double off = said - when_;
  if (std::abs(off) > std::max(kStrayUs, 6 * jitter_)) {
    if (++strays_ >= kStraysBelieved) begin(said);
    return when_;
  }
  strays_ = 0;
  ++samples_;
  jitter_ += 0.02 * (std::abs(off) - jitter_);
  double toward = p00_ / (p00_ + kNoise), turn = p01_ / (p00_ + kNoise);
  when_ += toward * off;
  gain_ += turn * off * 1e-6;
  p11_ -= turn * p01_;
  p01_ -= toward * p01_;
  p00_ -= toward * p00_;
  return when_;
}

}  // namespace tutti::player
