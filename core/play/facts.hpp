#pragma once
// What playback needs to know of a track; it asks for it by TrackId and keeps it no longer than the
// track is at hand.

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/ids.hpp"

namespace tutti::play {

// Loudness as measured or tagged. LUFS as in ITU-R BS.1770-5; peak linear, 1 is full scale.
struct Loudness {
  std::optional<double> track_lufs;
  std::optional<double> album_lufs;
  std::optional<double> track_peak;
  std::optional<double> album_peak;
  friend bool operator==(const Loudness&, const Loudness&) = default;
};

struct TrackFacts {
  TrackId track;
  std::string path;  // for whoever opens it; the machines only pass it on
  std::int64_t duration_ms = 0;
  int sample_rate = 0;
  int channels = 0;
  int bits = 0;
  Loudness loudness;
  AlbumId album;  // tracks of one album are not crossfaded where they follow each other
  int disc = 0;
  int number = 0;  // its order on the album
  bool available = true;
  friend bool operator==(const TrackFacts&, const TrackFacts&) = default;
};

}  // namespace tutti::play
