#pragma once
// Between libav's sample formats and interleaved floats, full scale 1.0.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

extern "C" {
#include <libavutil/frame.h>
}

namespace tutti::shell::av {

// Appends the frame's samples from the frame `from` on. Integers are divided by 2^(bits - 1): up to
// 24 bits come out exactly. False for a format that no decoder of music has.
bool to_floats(const AVFrame& frame, std::size_t from, std::vector<float>& out);

// Fills frame.data from interleaved floats, rounded to the nearest and clipped. `bits`: of integer
// formats, aligned at the top. False for formats this does not write.
bool from_floats(std::span<const float> samples, int channels, int bits, AVFrame& frame);

}  // namespace tutti::shell::av
