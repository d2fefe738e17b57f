#include "shell/loop/system_random.hpp"

#include <sys/random.h>

#include <cerrno>

#include "core/base/check.hpp"

namespace tutti::shell {

std::uint64_t SystemRandom::bits() {
  if (used_ == pool_.size()) {
    auto* at = reinterpret_cast<char*>(pool_.data());
    for (std::size_t done = 0; done < sizeof pool_;) {
      ssize_t n = ::getrandom(at + done, sizeof pool_ - done, 0);
      INVARIANT(n > 0 || errno == EINTR);
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    used_ = 0;
  }
  std::uint64_t value = pool_[used_];
  pool_[used_++] = 0;  // a secret that was handed out is not kept
  return value;
}

}  // namespace tutti::shell
