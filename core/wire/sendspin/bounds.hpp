#pragma once
// Every bound on what a Sendspin message may hold, and why. A value beyond its bound is an error
// that names the field; only texts that people read are cut instead.

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/base/json.hpp"

namespace tutti::wire::sendspin {

// Texts, in bytes of UTF-8.
struct Text {
  std::size_t most;
  bool cut = false;       // a longer one is cut between characters
  std::size_t least = 0;  // an identifier is not empty
};
// Integers, both ends included, in steps from the least.
struct Int {
  std::int64_t least;
  std::int64_t most;
  std::int64_t step = 1;
  // A fraction is rounded: values that a page computes and may not have rounded itself.
  bool round = false;
};
struct Real {
  double least;
  double most;
};
// Truth values and words of a closed set bound themselves.
struct Any {};
// Items of a list.
struct Items {
  std::size_t most;
  std::size_t least = 0;
};

namespace bounds {

// A hello with 64 formats has some 400 values in four levels.
inline constexpr JsonLimits kJson{12, 4'096};

// The type of a message, also an unknown one, which is shown: the longest we know has 21 bytes.
inline constexpr Text kType{64, true, 1};
// Ids stand in keys of our store and in logs. Known clients use MAC addresses, UUIDs and 43 bytes
// of base64url.
inline constexpr Text kId{256, false, 1};
// Names of devices, servers and groups, and a page's user agent (software_version, 100 to 250
// bytes): shown, so cut.
inline constexpr Text kName{256, true};
inline constexpr Text kRole{64, false, 1};
// Seven roles are defined, each could come in several versions.
inline constexpr Items kRoles{64};
// Words, known or not.
inline constexpr Text kWord{64, false, 1};
inline constexpr Items kCommands{64};
// Three codecs, eight rates and two depths make 48 formats.
inline constexpr Items kFormats{128};

// "version (must be 1)": any is read, so that a newer one can be refused with its number.
inline constexpr Int kVersion{0, 1'000'000};

// What our resampler and encoders make: telephone to twice DVD-Audio's 192 kHz.
inline constexpr Int kRate{8'000, 384'000};
inline constexpr Int kChannels{1, 8};  // FLAC's and Opus' mappings end at 7.1
inline constexpr Int kBits{16, 32, 8};
// Up to 2^31: a number beyond it is a unit mistaken, not a buffer. 0 would never be sent anything.
inline constexpr Int kBufferCapacity{1, std::int64_t{1} << 31};
// "fLaC" and STREAMINFO are 56 bytes of base64; the rest is for headers with seek tables.
inline constexpr Text kCodecHeader{16'384};

inline constexpr Int kVolume{0, 100, 1, true};
// "static_delay_ms (0-5000)".
inline constexpr Int kStaticDelay{0, 5'000, 1, true};
// Lead and buffer beyond 30 s would hold the whole group back; peers' servers draw the same line.
inline constexpr Int kLead{0, 30'000, 1, true};

// Times of a clock, in microseconds: what a number can be. No clock has an agreed zero.
inline constexpr Int kMicros{std::numeric_limits<std::int64_t>::min(),
                             std::numeric_limits<std::int64_t>::max()};
// Positions in a track, milliseconds: small players keep them in 32 bits.
inline constexpr Int kPosition{0, 0xffff'ffff, 1, true};
inline constexpr Int kOffset{-0x7fff'ffff, 0x7fff'ffff, 1, true};
inline constexpr Int kSpeed{0, 100'000};  // times 1000
// Small players keep years and numbers of tracks in 16 bits.
inline constexpr Int kYear{0, 9'999};
inline constexpr Int kTrack{0, 65'535};
// Titles of classical works reach some 300 bytes.
inline constexpr Text kTitle{1'024, true};
inline constexpr Text kUrl{8'192};

inline constexpr Items kArtworkChannels{4, 1};  // ids 8 to 11
inline constexpr Int kArtworkChannel{0, 3};
// One side in pixels. 0 comes with the source `none`; small players keep them in 16 bits. These are
// upper limits that a client names: what is made for it has bounds of its own.
inline constexpr Int kPixels{0, 65'535};

inline constexpr Items kVisualizerTypes{16};
inline constexpr Int kFrameRate{1, 1'000};  // frames a second; displays end at 360
inline constexpr Int kBins{1, 4'096};       // half a long transform; a screen's width in pixels
inline constexpr Int kHertz{0, 192'000};    // half of the highest rate

// Two clocks may differ by anything a double of JavaScript holds exactly.
inline constexpr Real kClockOffset{-9007199254740992.0, 9007199254740992.0};
inline constexpr Real kDrift{-10'000, 10'000};  // parts per million; a quartz stays within 100
inline constexpr Real kError{0, 60e6};          // microseconds
inline constexpr Int kBufferedMs{0, 600'000, 1, true};
inline constexpr Int kCount{0, std::int64_t{1} << 53};

}  // namespace bounds
}  // namespace tutti::wire::sendspin
