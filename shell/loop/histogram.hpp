#pragma once
// Histogram of microseconds in fixed buckets, as Prometheus wants it: counts of values at or below
// each bound.

#include <array>
#include <cstddef>
#include <cstdint>

namespace tutti::shell {

class Histogram {
 public:
  static constexpr std::array<std::int64_t, 12> kBounds{10,   25,   50,   100,   250,    500,
                                                        1000, 2500, 5000, 10000, 100000, 1000000};

  void add(std::int64_t us) {
    std::size_t i = 0;
    while (i < kBounds.size() && us > kBounds[i]) ++i;
    ++counts_[i];
    sum_ += us;
    if (us > most_) most_ = us;
  }
  // Values at or below bound i; i == kBounds.size() is all of them.
  std::uint64_t cumulative(std::size_t i) const {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k <= i; ++k) sum += counts_[k];
    return sum;
  }
  std::uint64_t count() const { return cumulative(kBounds.size()); }
  std::int64_t sum() const { return sum_; }
  std::int64_t most() const { return most_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  std::int64_t sum_ = 0;
  std::int64_t most_ = 0;
};

}  // namespace tutti::shell
