#pragma once
// Gain: decibels and factors, and a gain that moves to its target without a click.

#include <cstddef>
#include <span>

namespace tutti::sound {

double from_db(double db);    // 10^(dB/20)
double to_db(double factor);  // -infinity for 0

// Multiplies interleaved samples. A new target is reached linearly over `ramp` frames, so that the
// step is below what can be heard; at exactly 1 the samples stay bit for bit.
class Gain {
 public:
  explicit Gain(double factor = 1) : now_(factor), target_(factor) {}
  // ramp 0: at once.
  void set(double target, std::size_t ramp);
  double target() const { return target_; }
  bool moving() const { return left_ > 0; }
  void process(std::span<float> samples, int channels);

 private:
  double now_;
  double target_;
  std::size_t left_ = 0;
};

}  // namespace tutti::sound
