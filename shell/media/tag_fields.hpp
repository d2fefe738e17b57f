#pragma once
// From a file's raw fields to Tags: names as MusicBrainz Picard writes them (appendix "Tag Mapping"
// of its documentation), values cleaned and bounded. Pure. Thread: any one.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/library/track.hpp"

namespace tutti::shell {

// Bytes kept of one text; what is longer is cut at a character. A tag of a megabyte is somebody's
// mistake or attack, not a title.
inline constexpr std::size_t kTextBytes = 2048;
inline constexpr std::size_t kCommentBytes = 8 * 1024;
inline constexpr std::size_t kLyricsBytes = 128 * 1024;
inline constexpr std::size_t kValues = 64;  // of one field

// What Picard calls a field; several names lead to one.
enum class Field : std::uint8_t {
  title,
  album,
  artist,
  artists,
  album_artist,
  album_artists,
  composer,
  genre,
  title_sort,
  album_sort,
  artist_sort,
  artists_sort,
  album_artist_sort,
  track,
  track_total,
  disc,
  disc_total,
  disc_subtitle,
  date,
  year,
  original_date,
  original_year,
  compilation,
  comment,
  description,
  lyrics,
  synced_lyrics,
  track_gain,
  album_gain,
  track_peak,
  album_peak,
  r128_track,
  r128_album,
  mb_recording,
  mb_release,
  mb_release_group,
  mb_artist,
  mb_album_artist,
  count
};

class RawFields {
 public:
  // `name` in upper case, as Vorbis comments and TagLib's property maps spell it; unknown names are
  // passed over. The first writer of a field wins: add the better tag first. With `more`, values
  // join those there are.
  void add(std::string_view name, std::vector<std::string> values, bool more = false);
  // ID3v2.3 has no several values: Picard joins them by '/', other programs mean one artist with a
  // '/' in its name. Split only where the number of MusicBrainz ids agrees, and composers, whose
  // frame is defined so (ID3v2.3 section 4.2.1). Call it after the last add.
  void split_v23();
  const std::vector<std::string>& of(Field field) const {
    return values_[static_cast<std::size_t>(field)];
  }

 private:
  std::vector<std::string> values_[static_cast<std::size_t>(Field::count)];
};

library::Tags tags_of(const RawFields& fields);

// Valid UTF-8 (what is not becomes U+FFFD), trimmed, without control characters, at most `most`
// bytes. Line breaks stay as "\n" with `lines`, else they become spaces.
std::string clean_text(std::string_view text, std::size_t most, bool lines = false);
// "3", "3/12", "03": else 0.
library::Numbered parse_numbered(std::string_view text);
// ISO 8601 as far as it goes: "1994", "1994-05", "1994-05-01"; "" when there is no year.
std::string parse_date(std::string_view text);
// Whether the text has lines that begin with [mm:ss.
bool is_synced(std::string_view lyrics);

}  // namespace tutti::shell
