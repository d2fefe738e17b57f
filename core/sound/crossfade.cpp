#include "core/sound/crossfade.hpp"

#include <cmath>
#include <numbers>

namespace tutti::sound {

void Crossfade::mix(std::span<float> into, std::span<const float> old, int channels) {
  auto width = static_cast<std::size_t>(channels);
  for (std::size_t at = 0; at + width <= into.size() && at_ < frames_; at += width, ++at_) {
    double t = (static_cast<double>(at_) + 0.5) / static_cast<double>(frames_);
    double rise = std::sin(t * std::numbers::pi / 2);
    double fall = std::cos(t * std::numbers::pi / 2);
    for (std::size_t c = at; c < at + width; ++c) {
      double was = c < old.size() ? old[c] : 0.0;
      into[c] = static_cast<float>(into[c] * rise + was * fall);
    }
  }
}

void Fade::move(double target, std::int64_t frames) {
  target_ = target;
  left_ = p_ == target ? 0 : frames;
  if (left_ == 0) p_ = target;
}

void Fade::process(std::span<float> samples, int channels) {
  if (idle()) return;
  auto width = static_cast<std::size_t>(channels);
  for (std::size_t at = 0; at + width <= samples.size(); at += width) {
    if (left_ > 0) p_ += (target_ - p_) / static_cast<double>(left_--);
    if (left_ == 0) p_ = target_;
    // cos(pi/2) is not 0 in binary.
    double gain = p_ == 1 ? 0 : std::cos(p_ * std::numbers::pi / 2);
    for (std::size_t c = at; c < at + width; ++c)
      samples[c] = static_cast<float>(samples[c] * gain);
  }
}

}  // namespace tutti::sound
