#pragma once
// Floats to whole numbers of 16, 24 or 32 bits.

#include <cstdint>
#include <span>

#include "core/base/choose.hpp"

namespace tutti::codec {

// At 16 bits what is not already a number of 16 bits gets dither of triangular density, two least
// significant bits wide (Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical
// Survey", JAES 40(5), 1992): the error is then noise, and not a function of the music. Music that
// came with 16 bits and was not touched stays bit for bit, and silence stays silent. Which of the
// two is decided for each call. At 24 bits and more the floats themselves are coarser than the
// step near full scale: rounded only.
class Quantizer {
 public:
  explicit Quantizer(int bits) : bits_(bits) {}
  // Clips beyond full scale; what is not a number is 0. `out` is as long as `in`.
  void quantize(std::span<const float> in, std::span<std::int32_t> out);

 private:
  void dithered(std::span<const float> in, std::span<std::int32_t> out);

  int bits_;
  // Of a fixed seed: the same music gives the same bytes.
  SeededChoose noise_{0x7075'7474'6921ULL};
};

// The float of a number of so many bits, and so Quantizer's inverse.
inline float to_float(std::int32_t value, int bits) {
  return static_cast<float>(value) * (1.0F / static_cast<float>(std::uint32_t{1} << (bits - 1)));
}

}  // namespace tutti::codec
