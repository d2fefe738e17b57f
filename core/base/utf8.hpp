#pragma once
// UTF-8 in pieces (RFC 3629): surrogates, overlong forms and values over U+10FFFF are wrong at the
// first byte that makes them so, wherever the pieces are cut.

#include <cstdint>

#include "core/base/bytes.hpp"

namespace tutti {

// What the next byte may be. `whole`: between characters; `bad`: no byte can make it right any
// more.
enum class Utf8State : std::uint8_t {
  whole,
  need_1,
  need_2,
  need_3,
  after_e0,
  after_ed,
  after_f0,
  after_f4,
  bad
};

// The state after these bytes, starting from `state`. ASCII runs eight bytes at a time.
Utf8State utf8_step(Utf8State state, ByteView bytes);

inline bool utf8_valid(std::string_view text) {
  return utf8_step(Utf8State::whole, as_bytes(text)) == Utf8State::whole;
}

// The length in bytes of the sequence at the start of text, 1 to 4, or 0 if there is none (Unicode
// 15, table 3-7).
std::size_t utf8_sequence(std::string_view text);
// Characters (code points) of a valid text.
std::size_t utf8_length(std::string_view text);

// The longest prefix of at most `max_bytes` that does not cut a character of a valid text.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

}  // namespace tutti
