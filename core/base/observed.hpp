#pragma once
// Observed<T>: what a machine writes down for people (counters, histories) and never reads itself.
// Not state: it is in neither `describe` nor any footprint. Only a Projection can read it.

#include <cstddef>
#include <utility>
#include <vector>

namespace tutti {

struct Projection;

template <class T>
class Observed {
 public:
  void set(T value) { value_ = std::move(value); }
  void add(T amount) { value_ += amount; }
  // For collections: note(x) appends through T::note.
  template <class Item>
  void note(Item item) {
    value_.note(std::move(item));
  }

 private:
  friend struct Projection;
  T value_{};
};

// The readers' side: metrics, API answers, tests.
struct Projection {
  template <class T>
  static const T& of(const Observed<T>& observed) {
    return observed.value_;
  }
};

// The last N items, oldest first. Grows as needed: most owners live and die with a few.
template <class T, std::size_t N>
class Recent {
 public:
  void note(T item) {
    if (items_.size() < N) items_.push_back(std::move(item));
    else items_[count_ % N] = std::move(item);
    ++count_;
  }
  std::size_t size() const { return count_ < N ? count_ : N; }
  std::size_t total() const { return count_; }
  const T& operator[](std::size_t i) const { return items_[(count_ < N ? i : count_ + i) % N]; }

 private:
  std::vector<T> items_;
  std::size_t count_ = 0;
};

}  // namespace tutti
