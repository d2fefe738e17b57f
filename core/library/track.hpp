#pragma once
// What a music file is to the library: its tags as read, what is known of its audio, and where it
// lies. Values only; who reads files is shell/media, who keeps them shell/store.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"

namespace tutti::library {

// 128 bits over codec, audio length and the first and last 64 KiB of the audio without tags: the
// same for a file that was moved or retagged. Not cryptographic.
struct ContentId {
  std::array<std::uint64_t, 2> words{};
  friend bool operator==(const ContentId&, const ContentId&) = default;
  explicit operator bool() const { return words[0] != 0 || words[1] != 0; }
};

// 128 bits over the bytes of an image; 0 for none. The key of the artwork cache and of its URLs.
using ArtworkKey = ContentId;

// A number of a set, 0 where the tag does not say: track 3 of 12.
struct Numbered {
  int number = 0;
  int total = 0;
  friend bool operator==(Numbered, Numbered) = default;
};

// A gain as tagged: ReplayGain 2.0 (dB, reference -18 LUFS) or R128 (RFC 7845 section 5.2.1, Q7.8
// of dB to -23 LUFS) brought to the same reference. Peak is linear, 1 is full scale.
struct TaggedGain {
  std::optional<double> track_db;
  std::optional<double> album_db;
  std::optional<double> track_peak;
  std::optional<double> album_peak;
  friend bool operator==(const TaggedGain&, const TaggedGain&) = default;
};

// All text is UTF-8, trimmed, without control characters but line breaks in lyrics and comments.
// Several values stay several: a file with two artists has two.
struct Tags {
  std::string title;
  std::string album;
  std::vector<std::string> artists;
  std::vector<std::string> album_artists;
  std::vector<std::string> composers;
  std::vector<std::string> genres;
  std::string title_sort;
  std::string album_sort;
  std::vector<std::string> artists_sort;        // beside `artists`, or empty
  std::vector<std::string> album_artists_sort;  // beside `album_artists`, or empty
  Numbered track;
  Numbered disc;
  std::string disc_subtitle;
  std::string date;           // release, ISO 8601 as far as known: "1994", "1994-05-01"
  std::string original_date;  // of the first release
  bool compilation = false;
  std::string comment;
  std::string lyrics;         // plain
  std::string synced_lyrics;  // as in an .lrc file
  TaggedGain gain;
  std::string mb_recording;
  std::string mb_release;
  std::string mb_release_group;
  std::vector<std::string> mb_artists;
  std::vector<std::string> mb_album_artists;
  friend bool operator==(const Tags&, const Tags&) = default;
};

// What the container says of the audio. The exact number of samples is the decoder's to find.
struct AudioFacts {
  std::string codec;  // "flac", "mp3", "vorbis", "opus", "aac", "alac", "pcm", ...
  std::int64_t duration_ms = 0;
  int sample_rate = 0;
  int channels = 0;
  int bits = 0;     // per sample; 0 where the codec has none
  int bitrate = 0;  // kbit/s
  friend bool operator==(const AudioFacts&, const AudioFacts&) = default;
};

// What tells that a file has changed.
struct FileStamp {
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  friend bool operator==(FileStamp, FileStamp) = default;
};

}  // namespace tutti::library
