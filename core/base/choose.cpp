#include "core/base/choose.hpp"

#include <bit>

namespace tutti {

SeededChoose::SeededChoose(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    word = z ^ (z >> 31);
  }
}

std::uint64_t SeededChoose::next() {
  std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint32_t SeededChoose::choose(std::uint32_t n, std::string_view) {
  // Multiply-shift (Lemire 2019) without the rejection step: the bias is below n / 2^32.
  return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
}

}  // namespace tutti
