#pragma once
// Budgets: bytes that are held longer than a turn are charged to a node (process, class, then
// account or connection) and to all nodes above it. A charge that would pass any limit on the way
// is refused whole.

#include <cstddef>
#include <string>
#include <utility>

#include "core/base/check.hpp"

namespace tutti {

class Budget {
 public:
  Budget(std::string name, std::size_t limit, Budget* parent = nullptr)
      : name_(std::move(name)), limit_(limit), parent_(parent) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() { INVARIANT(used_ == 0); }

  [[nodiscard]] bool charge(std::size_t bytes) {
    for (const Budget* node = this; node != nullptr; node = node->parent_) {
      if (bytes > node->limit_ - node->used_) return false;
    }
    for (Budget* node = this; node != nullptr; node = node->parent_) node->used_ += bytes;
    return true;
  }
  void release(std::size_t bytes) {
    for (Budget* node = this; node != nullptr; node = node->parent_) {
      INVARIANT(bytes <= node->used_);
      node->used_ -= bytes;
    }
  }
  std::size_t used() const { return used_; }
  std::size_t limit() const { return limit_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::size_t limit_;
  std::size_t used_ = 0;
  Budget* parent_;
};

// A charge that follows its owner: changed as the owner's size changes, released when the owner
// dies.
class Charge {
 public:
  explicit Charge(Budget& budget) : budget_(&budget) {}
  Charge(Charge&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  Charge& operator=(Charge&&) = delete;
  ~Charge() { budget_->release(bytes_); }

  // False when the budget refuses the growth; then nothing changed. Shrinking always succeeds.
  [[nodiscard]] bool resize(std::size_t bytes) {
    if (bytes > bytes_ && !budget_->charge(bytes - bytes_)) return false;
    if (bytes < bytes_) budget_->release(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  Budget* budget_;
  std::size_t bytes_ = 0;
};

}  // namespace tutti
