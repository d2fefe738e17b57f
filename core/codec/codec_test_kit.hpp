#pragma once
// Music for the codec's tests, and streams cut into chunks.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/choose.hpp"
#include "core/codec/codec.hpp"

namespace tutti::codec::kit {

// Three partials and some noise, different in each channel; peaks at about 0.8.
inline std::vector<float> music(const AudioFormat& format, std::size_t frames,
                                std::uint64_t seed = 1) {
  SeededChoose noise(seed);
  std::vector<float> samples;
  for (std::size_t i = 0; i < frames; ++i)
    for (int c = 0; c < format.channels; ++c) {
      double t = static_cast<double>(i) / format.sample_rate * 2 * 3.14159265358979;
      double x = 0.4 * std::sin(440 * (1 + 0.1 * c) * t) + 0.2 * std::sin(1337 * t) +
                 0.1 * std::sin(70 * t + c);
      x += 0.1 * (static_cast<double>(noise.next() >> 11) / 9007199254740992.0 - 0.5);
      samples.push_back(static_cast<float>(x));
    }
  return samples;
}

// The same as they are with so many bits.
inline std::vector<float> with_bits(std::vector<float> samples, int bits) {
  double scale = std::ldexp(1.0, bits - 1);
  for (float& sample : samples) sample = static_cast<float>(std::round(sample * scale) / scale);
  return samples;
}

inline std::span<const float> frames_of(const std::vector<float>& samples,
                                        const AudioFormat& format, std::size_t first,
                                        std::size_t frames) {
  auto width = static_cast<std::size_t>(format.channels);
  return std::span(samples).subspan(first * width, frames * width);
}

}  // namespace tutti::codec::kit
