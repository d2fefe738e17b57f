#pragma once
// Names of enumerators, for every text that holds one: `std::span<const EnumName<Role>>
// names_of(Role)`, found beside the enum.

#include <string_view>

namespace tutti {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

}  // namespace tutti
