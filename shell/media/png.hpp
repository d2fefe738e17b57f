#pragma once
// A picture as the bytes of a PNG file. Thread: any.

#include <cstdint>
#include <span>
#include <string>

#include "core/base/result.hpp"

namespace tutti::shell {

// 8 bits each of red, green and blue, row by row from the top; rgb.size() is 3 * width * height.
Result<std::string> encode_png(int width, int height, std::span<const std::uint8_t> rgb);

}  // namespace tutti::shell
