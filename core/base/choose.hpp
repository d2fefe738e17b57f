#pragma once
// One stream of decisions. Exhaustive search, random search, replay, shrinking and property tests
// all stand behind it: schedules, splits of bytes, faults and generated values are drawn here and
// nowhere else.

#include <cstdint>
#include <string_view>

namespace tutti {

class Choose {
 public:
  virtual ~Choose() = default;
  // A number in [0, n); n >= 1. Option 0 is the benign one: shrinking moves towards it. The tag
  // names the decision.
  virtual std::uint32_t choose(std::uint32_t n, std::string_view tag) = 0;
};

// Decisions from a seed: xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64. The same seed,
// the same stream.
class SeededChoose final : public Choose {
 public:
  explicit SeededChoose(std::uint64_t seed);
  std::uint32_t choose(std::uint32_t n, std::string_view tag) override;
  std::uint64_t next();

 private:
  std::uint64_t state_[4];
};

}  // namespace tutti
