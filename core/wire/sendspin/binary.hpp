#pragma once
// Sendspin's binary frames, server to client ("Binary Message ID Structure"): a byte that says what
// it is, the server's time in microseconds (int64, big-endian) at which it is heard or seen, and
// the data. Reading copies nothing.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace tutti::wire::sendspin {

inline constexpr std::uint8_t kPlayerAudio = 4;   // "Audio Chunks"; 5 to 7 are the role's, unused
inline constexpr std::uint8_t kArtworkFirst = 8;  // "Artwork": the channel is added; empty clears
inline constexpr std::uint8_t kArtworkLast = 11;
// The visualizer role of 2026; 21 to 23 are the role's, unused. 16, 18 and 19 are periodic.
inline constexpr std::uint8_t kLoudness = 16;
inline constexpr std::uint8_t kBeat = 17;
inline constexpr std::uint8_t kFrequencyPeak = 18;
inline constexpr std::uint8_t kSpectrum = 19;
inline constexpr std::uint8_t kPeak = 20;
// Free for roles like ours ("Application-Specific Roles").
inline constexpr std::uint8_t kApplicationFirst = 192;

inline constexpr std::size_t kFrameHeader = 9;

struct Frame {
  std::uint8_t type = 0;
  ServerTime at;
  ByteView data;
};

// A view into `bytes`; any type. Errors: bad_request when shorter than its header.
Result<Frame> parse_frame(ByteView bytes);
// The header, in front of data that stays where it is.
void write_frame_header(std::span<std::byte, kFrameHeader> out, std::uint8_t type, ServerTime at);

// Loudness and amplitudes: A-weighted decibels, -60 and below as 0, 0 and above as 65535, linear
// between them; not a number is silence.
std::uint16_t visual_level(double db);
double visual_db(std::uint16_t level);

// One value of the visualizer role. Beats and peaks are single bytes, all else is uint16,
// big-endian.
struct Loudness {
  std::uint16_t level = 0;
  friend bool operator==(const Loudness&, const Loudness&) = default;
};
struct Beat {
  bool downbeat = false;  // of meaning when stream/start says tracks_downbeats
  friend bool operator==(const Beat&, const Beat&) = default;
};
struct FrequencyPeak {
  std::uint16_t hertz = 0;  // 0: none, the level is 0 too
  std::uint16_t level = 0;
  friend bool operator==(const FrequencyPeak&, const FrequencyPeak&) = default;
};
struct Peak {
  std::uint8_t strength = 0;
  friend bool operator==(const Peak&, const Peak&) = default;
};
// n_disp_bins levels from low to high frequencies, as they came.
struct SpectrumView {
  ByteView bins;
  std::size_t size() const { return bins.size() / 2; }
  std::uint16_t operator[](std::size_t bin) const {
    return load_be<std::uint16_t>(bins.data() + 2 * bin);
  }
};
using Visual = std::variant<Loudness, Beat, FrequencyPeak, SpectrumView, Peak>;

// The value in a frame of types 16 to 20. Bytes behind it are ignored, for a later version may add
// some; of a spectrum exactly `bins` are taken. Errors: bad_request for other types and for too few
// bytes.
Result<Visual> parse_visual(const Frame& frame, std::size_t bins);

// Whole frames.
std::string visual_frame(ServerTime at, Loudness value);
std::string visual_frame(ServerTime at, Beat value);
std::string visual_frame(ServerTime at, FrequencyPeak value);
std::string visual_frame(ServerTime at, std::span<const std::uint16_t> bins);
std::string visual_frame(ServerTime at, Peak value);

}  // namespace tutti::wire::sendspin
