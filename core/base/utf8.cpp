#include "core/base/utf8.hpp"

#include <algorithm>

namespace tutti {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

bool within(unsigned byte, unsigned low, unsigned high) { return byte - low <= high - low; }

// RFC 3629 section 4: the second byte is narrower after E0, ED, F0 and F4.
Utf8State after_first(unsigned byte) {
  if (byte < 0x80) return Utf8State::whole;
  if (within(byte, 0xc2, 0xdf)) return Utf8State::need_1;
  if (byte == 0xe0) return Utf8State::after_e0;
  if (byte == 0xed) return Utf8State::after_ed;
  if (within(byte, 0xe1, 0xef)) return Utf8State::need_2;
  if (byte == 0xf0) return Utf8State::after_f0;
  if (within(byte, 0xf1, 0xf3)) return Utf8State::need_3;
  if (byte == 0xf4) return Utf8State::after_f4;
  return Utf8State::bad;
}

Utf8State after(Utf8State state, unsigned byte) {
  auto when = [byte](unsigned low, unsigned high, Utf8State next) {
    return within(byte, low, high) ? next : Utf8State::bad;
  };
  switch (state) {
    case Utf8State::whole: return after_first(byte);
    case Utf8State::need_1: return when(0x80, 0xbf, Utf8State::whole);
    case Utf8State::need_2: return when(0x80, 0xbf, Utf8State::need_1);
    case Utf8State::need_3: return when(0x80, 0xbf, Utf8State::need_2);
    case Utf8State::after_e0: return when(0xa0, 0xbf, Utf8State::need_1);
    case Utf8State::after_ed: return when(0x80, 0x9f, Utf8State::need_1);
    case Utf8State::after_f0: return when(0x90, 0xbf, Utf8State::need_2);
    case Utf8State::after_f4: return when(0x80, 0x8f, Utf8State::need_2);
    case Utf8State::bad: return Utf8State::bad;
  }
  return Utf8State::bad;
}

}  // namespace

Utf8State utf8_step(Utf8State state, ByteView bytes) {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  while (at != end) {
    if (state == Utf8State::whole) {
      std::uint64_t word = 0;
      while (end - at >= 8) {
        std::memcpy(&word, at, 8);
        if ((word & kHighBits) != 0) break;
        at += 8;
      }
      while (at != end && std::to_integer<unsigned>(*at) < 0x80) ++at;
      if (at == end) break;
    }
    state = after(state, std::to_integer<unsigned>(*at++));
    if (state == Utf8State::bad) break;
  }
  return state;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // A character starts at every byte that is no continuation (10xxxxxx); step back to one.
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

std::size_t utf8_sequence(std::string_view text) {
  Utf8State state = Utf8State::whole;
  for (std::size_t i = 0; i < text.size() && state != Utf8State::bad; ++i) {
    state = utf8_step(state, as_bytes(text.substr(i, 1)));
    if (state == Utf8State::whole) return i + 1;
  }
  return 0;
}

std::size_t utf8_length(std::string_view text) {
  auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
}

}  // namespace tutti
