#pragma once
// Where a page of a list ended: the key and the id of its last row, so that the next page begins
// behind it whatever was added or removed before.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace tutti::library {

struct Cursor {
  std::string list;  // which list, in which order
  std::string key;   // of the last row; numbers as decimal digits
  std::int64_t id = 0;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// Opaque to who passes it on: letters and digits only.
std::string cursor_text(const Cursor& cursor);
// bad_request: not a cursor, or one of another list or order.
Result<Cursor> read_cursor(std::string_view text, std::string_view list);
// The key of a list that is ordered by numbers.
Result<std::int64_t> number_key(const Cursor& cursor);

}  // namespace tutti::library
