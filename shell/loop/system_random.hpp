#pragma once
// The kernel's random bytes as a Random, fetched a page at a time.
// Thread: any one; each machine gets its own.

#include <array>

#include "core/base/random.hpp"

namespace tutti::shell {

class SystemRandom final : public Random {
 public:
  std::uint64_t bits() override;

 private:
  std::array<std::uint64_t, 512> pool_{};
  std::size_t used_ = 512;
};

}  // namespace tutti::shell
