#pragma once
// The cover of the demo album, drawn by the program. CC0.

#include <cstdint>
#include <vector>

namespace tutti::shell {

// size x size pixels of red, green and blue: five strings that swing in their first five modes.
std::vector<std::uint8_t> draw_demo_cover(int size);

}  // namespace tutti::shell
