#pragma once
// Codec: frames of sound to the bytes of a chunk and back, for players in time. A chunk decodes by
// itself (pcm, flac) or in the order of its stream (opus); one encoder serves all who listen to
// the same format.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/result.hpp"

namespace tutti::codec {

enum class Codec : std::uint8_t { pcm, flac, opus };

std::string_view name(Codec codec);  // as on the wire: "pcm"
// bad_request for a name of none of them.
Result<Codec> codec_named(std::string_view name);

// What is in a chunk. Frames are interleaved; as floats, full scale is 1.
struct AudioFormat {
  Codec codec = Codec::pcm;
  int sample_rate = 48'000;  // Hz
  int channels = 2;
  int bits = 16;  // of a sample; opus has none of its own, a player then names those of its output

  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

// Frames in one chunk: the most of a block of FLAC (RFC 9639 section 9.1.1), over 150 ms at any
// rate that we make.
inline constexpr std::size_t kChunkFramesMost = 65'535;

// unsupported, with what there is instead, unless both directions can be had:
// pcm 16, 24 (packed) or 32 bits, 1 to 8 channels, 4,000 to 384,000 Hz;
// flac 16 or 24 bits, else the same;
// opus 1 or 2 channels at 8, 12, 16, 24 or 48 kHz (RFC 6716 section 2).
Result<void> check(const AudioFormat& format);

}  // namespace tutti::codec
