#pragma once
// Holding: what a player has been sent and not used up. Its capacity is a hard limit: a chunk's
// bytes count from when they are sent until the chunk has been played (Sendspin,
// `buffer_capacity`).

#include <cstddef>

#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/base/time.hpp"

namespace tutti::live {

class Holding {
 public:
  explicit Holding(std::size_t capacity) : capacity_(capacity) {}

  // Whether so many bytes more may be sent now.
  bool takes(std::size_t bytes, ServerTime now) {
    while (!sent_.empty() && sent_.front().used_at <= now) bytes_ -= sent_.pop().bytes;
    return bytes_ + bytes <= capacity_ && !sent_.full();
  }
  // In the order of their use.
  void sent(std::size_t bytes, ServerTime used_at) {
    bytes_ += bytes;
    INVARIANT(sent_.push({bytes, used_at}));
  }
  // What the other was sent counts here too: another feed goes on where that one ended.
  void follow(const Holding& before) {
    sent_ = before.sent_;
    bytes_ = before.bytes_;
  }
  // When some of it is used up next; kNever when it holds nothing.
  ServerTime frees_at() const { return sent_.empty() ? kNever : sent_.front().used_at; }
  std::size_t bytes() const { return bytes_; }
  void describe(StateWriter& out) const {
    out.number(capacity_);
    out.number(bytes_);
    out.time(frees_at());
  }

 private:
  struct Sent {
    std::size_t bytes = 0;
    ServerTime used_at;
  };
  static constexpr std::size_t kMost = 4096;  // chunks: 60 s of the shortest ones
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  Ring<Sent> sent_{kMost};
};

}  // namespace tutti::live
