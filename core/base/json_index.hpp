#pragma once
// Members by key, for objects where a linear search per key would be quadratic. Sorted, not hashed:
// keys come from peers, who could choose them to collide.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace tutti {

// Valid while the object's members are neither added, removed nor moved.
class JsonIndex {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  explicit JsonIndex(const JsonObject& object) : object_(object) {
    if (object.size() <= kLinear) return;
    order_.resize(object.size());
    for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      int order = object[a].key.compare(object[b].key);
      return order < 0 || (order == 0 && a < b);
    });
  }

  // The first member of that key, or kNone.
  std::size_t find(std::string_view key) const {
    if (order_.empty()) {
      for (std::size_t i = 0; i < object_.size(); ++i) {
        if (object_[i].key == key) return i;
      }
      return kNone;
    }
    auto less = [&](std::uint32_t at, std::string_view wanted) { return object_[at].key < wanted; };
    auto at = std::lower_bound(order_.begin(), order_.end(), key, less);
    return at != order_.end() && object_[*at].key == key ? *at : kNone;
  }

 private:
  static constexpr std::size_t kLinear = 16;
  const JsonObject& object_;
  std::vector<std::uint32_t> order_;
};

}  // namespace tutti
