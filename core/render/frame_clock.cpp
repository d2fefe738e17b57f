#include "core/render/frame_clock.hpp"

#include <numeric>

#include "core/base/check.hpp"

namespace tutti::render {
namespace {

using Wide = __int128;

// Beyond this denominator the fraction is rounded, by less than a billionth of a frame: only a row
// of tracks whose odd rates share no factor gets there.
constexpr std::int64_t kMaxDenominator = std::int64_t{1} << 40;

Wide ceil_divide(Wide a, Wide b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

}  // namespace

std::int64_t FrameClock::until(std::int64_t frames, int rate) const {
  INVARIANT(frames >= 0 && rate > 0);
  return static_cast<std::int64_t>(
      ceil_divide(Wide{frames} * out_ * den_ - Wide{num_} * rate, Wide{rate} * den_));
}

void FrameClock::advance(std::int64_t frames, int rate) {
  // lag' = ceil(x) - x with x = frames * out / rate - num / den, over the denominator rate * den.
  Wide made = until(frames, rate);
  Wide den = Wide{rate} * den_;
  Wide num = made * den - (Wide{frames} * out_ * den_ - Wide{num_} * rate);
  auto small_num = static_cast<std::int64_t>(num);  // below den < 2^60
  auto small_den = static_cast<std::int64_t>(den);
  std::int64_t common = std::gcd(small_num, small_den);
  num_ = small_num / common;
  den_ = small_den / common;
  if (den_ <= kMaxDenominator) return;
  num_ = static_cast<std::int64_t>(Wide{num_} * kMaxDenominator / den_);
  den_ = kMaxDenominator;
}

}  // namespace tutti::render
