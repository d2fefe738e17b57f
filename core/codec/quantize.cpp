#include "core/codec/quantize.hpp"

#include <algorithm>
#include <cstddef>

namespace tutti::codec {
namespace {

// Rounds to the nearest, halves to even, for |x| below 2^51: the sum has no bits left for a
// fraction. Unlike nearbyint it is two additions, in which a compiler sees a vector.
double rounded(double x) {
  constexpr double kShift = 6755399441055744.0;  // 1.5 * 2^52
  return (x + kShift) - kShift;
}

double clipped(double x, double most) { return x < most ? (x > -most - 1 ? x : -most - 1) : most; }

// Four numbers of 16 bits make the dither of two samples.
double triangular(std::uint64_t bits) {
  auto a = static_cast<double>(bits & 0xffff), b = static_cast<double>(bits >> 16 & 0xffff);
  return (a - b) / 65536.0;
}

}  // namespace

void Quantizer::quantize(std::span<const float> in, std::span<std::int32_t> out) {
  auto scale = static_cast<double>(std::uint32_t{1} << (bits_ - 1));
  int inexact = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    double x = in[i] == in[i] ? in[i] * scale : 0.0;  // NaN is not itself
    double whole = rounded(clipped(x, scale - 1));
    inexact |= static_cast<int>(whole != x);
    out[i] = static_cast<std::int32_t>(whole);
  }
  if (bits_ == 16 && inexact != 0) dithered(in, out);
}

void Quantizer::dithered(std::span<const float> in, std::span<std::int32_t> out) {
  for (std::size_t i = 0; i < in.size(); i += 2) {
    std::uint64_t bits = noise_.next();
    std::size_t end = std::min(in.size(), i + 2);
    for (std::size_t k = i; k < end; ++k, bits >>= 32) {
      double x = in[k] == in[k] ? in[k] * 32768.0 : 0.0;
      out[k] = static_cast<std::int32_t>(rounded(clipped(x + triangular(bits), 32767)));
    }
  }
}

}  // namespace tutti::codec
