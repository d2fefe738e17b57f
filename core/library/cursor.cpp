#include "core/library/cursor.hpp"

#include <charconv>

#include "core/base/bytes.hpp"

namespace tutti::library {

namespace {

constexpr char kApart = '\x1f';

std::unexpected<Error> not_of_this_list() {
  return fail(Code::bad_request, "cursor: it is not one of this list",
              "pass on `next` of the page before, with the same order and filters");
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool unhex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int high = digit(text[i]);
    int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

bool read_number(std::string_view text, std::int64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string cursor_text(const Cursor& cursor) {
  return hex(as_bytes(cursor.list + kApart + std::to_string(cursor.id) + kApart + cursor.key));
}

Result<Cursor> read_cursor(std::string_view text, std::string_view list) {
  std::string plain;
  if (!unhex(text, plain)) return not_of_this_list();
  std::size_t first = plain.find(kApart);
  std::size_t second = first == plain.npos ? plain.npos : plain.find(kApart, first + 1);
  if (second == plain.npos || plain.compare(0, first, list) != 0) return not_of_this_list();
  Cursor cursor{plain.substr(0, first), plain.substr(second + 1), 0};
  if (!read_number(std::string_view(plain).substr(first + 1, second - first - 1), cursor.id))
    return not_of_this_list();
  return cursor;
}

Result<std::int64_t> number_key(const Cursor& cursor) {
  std::int64_t number = 0;
  if (!read_number(cursor.key, number)) return not_of_this_list();
  return number;
}

}  // namespace tutti::library
