#pragma once
// "Did you mean": the known name nearest to a mistyped one.

#include <span>
#include <string_view>

namespace tutti {

// Damerau-Levenshtein distance in its restricted form (optimal string alignment): insert, delete,
// replace, swap.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, the first among equals, if at most a third of the word (at least 2)
// differs; else empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace tutti
