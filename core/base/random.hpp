#pragma once
// Randomness as a parameter: a machine gets a Random& when it is made. In the shell it is a CSPRNG
// seeded by the kernel; in the explorer it draws from the `choose` stream.

#include <cstdint>

#include "core/base/choose.hpp"
#include "core/base/ids.hpp"

namespace tutti {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t bits() = 0;

  // A number in [0, n), n >= 1; for jitter, not for keys (the bias is below n / 2^64).
  std::uint64_t below(std::uint64_t n) { return bits() % n; }
  // A fresh id; 0 is "none" and never drawn.
  template <class IdType>
  IdType id() {
    std::uint64_t value = bits();
    return IdType{value != 0 ? value : 1};
  }
};

// Repeatable: for tests and simulation.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : choose_(seed) {}
  std::uint64_t bits() override { return choose_.next(); }

 private:
  SeededChoose choose_;
};

}  // namespace tutti
