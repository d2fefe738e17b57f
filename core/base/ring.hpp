#pragma once
// Ring<T>: a bounded queue, first in first out. It grows by doubling up to its bound, refuses
// beyond it, and gives its memory back when it is emptied after having grown: an idle owner holds
// no buffer.

#include <cstddef>
#include <utility>
#include <vector>

#include "core/base/check.hpp"

namespace tutti {

template <class T>
class Ring {
 public:
  explicit Ring(std::size_t most) : most_(most) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  bool full() const { return size_ >= most_; }

  // False when full: the caller applies its overflow rule.
  template <class U = T>
  [[nodiscard]] bool push(U&& value) {
    if (full()) return false;
    if (size_ == slots_.size()) grow();
    slots_[(head_ + size_++) & (slots_.size() - 1)] = std::forward<U>(value);
    return true;
  }
  T& operator[](std::size_t i) { return slots_[(head_ + i) & (slots_.size() - 1)]; }
  const T& operator[](std::size_t i) const { return slots_[(head_ + i) & (slots_.size() - 1)]; }
  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }
  T pop() {
    INVARIANT(size_ > 0);
    T value = std::move(slots_[head_]);
    slots_[head_] = T{};  // what a slot held is released now, not when the slot is used again
    head_ = (head_ + 1) & (slots_.size() - 1);
    if (--size_ == 0 && slots_.size() > kKept) clear();
    return value;
  }
  void clear() {
    slots_ = {};
    head_ = size_ = 0;
  }

 private:
  static constexpr std::size_t kKept = 64;
  void grow() {
    std::vector<T> larger(slots_.empty() ? 4 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> slots_;  // its size is a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::size_t most_;
};

}  // namespace tutti
