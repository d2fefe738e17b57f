// Guards: UTF-8 is accepted exactly where RFC 3629 has it, and a mistyped name finds the one that
// was meant. How: every code point and every two-byte string for UTF-8, known pairs for distances.
#include <doctest/doctest.h>

#include <string>

#include "core/base/nearest.hpp"
#include "core/base/utf8.hpp"

using namespace tutti;

namespace {
std::string encode(unsigned point) {
  auto tail = [&](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | (point >> 6)), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | (point >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | (point >> 18)), tail(12), tail(6), tail(0)};
}
}  // namespace

TEST_CASE("utf8: each code point but the surrogates is one sequence, and no part of one is") {
  for (unsigned point = 0; point < 0x120000; ++point) {
    std::string text = encode(point);
    bool fits = point < 0x110000 && (point < 0xd800 || point > 0xdfff);
    bool right = utf8_valid(text) == fits;
    if (fits) right = right && utf8_sequence(text) == text.size() && utf8_length(text) == 1;
    if (text.size() > 1)
      right = right && !utf8_valid(text.substr(0, text.size() - 1)) && !utf8_valid(text.substr(1));
    if (!right) FAIL_CHECK("code point " << point);
  }
  CHECK(utf8_sequence("") == 0);
  CHECK_FALSE(utf8_valid("\xc0\x80"));
  CHECK_FALSE(utf8_valid("\xe0\x9f\xbf"));
  CHECK_FALSE(utf8_valid("\xf0\x8f\xbf\xbf"));
}

TEST_CASE("nearest: a mistyped name finds the known one, a foreign one finds none") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("prot", "port") == 1);
  const std::string_view known[] = {"port", "host", "music", "limits.message_bytes"};
  CHECK(nearest("prot", known) == "port");
  CHECK(nearest("musik", known) == "music");
  CHECK(nearest("limits.mesage_byte", known) == "limits.message_bytes");
  CHECK(nearest("volume", known).empty());
  CHECK(nearest(std::string(1000, 'x'), known).empty());
}
