#include "core/sound/gain.hpp"

#include <cmath>

namespace tutti::sound {

double from_db(double db) { return std::pow(10.0, db / 20.0); }
double to_db(double factor) { return 20.0 * std::log10(factor); }

void Gain::set(double target, std::size_t ramp) {
  target_ = target;
  left_ = now_ == target ? 0 : ramp;
  if (left_ == 0) now_ = target;
}

void Gain::process(std::span<float> samples, int channels) {
  auto width = static_cast<std::size_t>(channels);
  std::size_t at = 0;
  for (; left_ > 0 && at + width <= samples.size(); at += width) {
    now_ += (target_ - now_) / static_cast<double>(left_--);
    for (std::size_t c = 0; c < width; ++c)
      samples[at + c] = static_cast<float>(samples[at + c] * now_);
  }
  if (left_ > 0 || now_ == 1.0) return;
  now_ = target_;
  if (now_ == 1.0) return;
  auto factor = static_cast<float>(now_);
  for (; at < samples.size(); ++at) samples[at] *= factor;
}

}  // namespace tutti::sound
