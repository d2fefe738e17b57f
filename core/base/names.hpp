#pragma once
// Names of enumerators, for every text that holds one: `std::span<const EnumName<Role>>
// names_of(Role)`, found beside the enum.

#include <span>
#include <string_view>

namespace tutti {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

// Empty for a value that has none.
template <class E>
std::string_view enum_name(E value) {
  for (const EnumName<E>& row : std::span<const EnumName<E>>(names_of(value))) {
    if (row.value == value) return row.name;
  }
  return {};
}

}  // namespace tutti
