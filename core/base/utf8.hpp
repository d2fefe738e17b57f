#pragma once
// UTF-8 (RFC 3629): overlong forms, surrogates and values above U+10FFFF are no sequences.

#include <cstddef>
#include <string_view>

namespace tutti {

// The length in bytes of the sequence at the start of text, 1 to 4, or 0 if there is none (Unicode 15, table 3-7).
std::size_t utf8_sequence(std::string_view text);
bool utf8_valid(std::string_view text);
// Characters (code points) of a valid text.
std::size_t utf8_length(std::string_view text);

}  // namespace tutti
