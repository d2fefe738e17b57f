#include "core/base/utf8.hpp"

#include <algorithm>

namespace tutti {

std::size_t utf8_sequence(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  auto tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  unsigned lead = byte(0);
  unsigned next = byte(1);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    bool fits = next >= (lead == 0xe0 ? 0xa0U : 0x80U) && next <= (lead == 0xed ? 0x9fU : 0xbfU);
    return fits && tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    bool fits = next >= (lead == 0xf0 ? 0x90U : 0x80U) && next <= (lead == 0xf4 ? 0x8fU : 0xbfU);
    return fits && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool utf8_valid(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t utf8_length(std::string_view text) {
  auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
}

}  // namespace tutti
