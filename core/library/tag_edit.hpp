#pragma once
// Edits of a file's tags: which fields people may set, and to what. The names are those of
// MusicBrainz Picard's documentation, appendix "Tag Mapping".

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/names.hpp"
#include "core/base/result.hpp"

namespace tutti::library {

enum class TagField : std::uint8_t {
  title,
  album,
  artist,
  artists,
  album_artist,
  composer,
  genre,
  title_sort,
  album_sort,
  artist_sort,
  album_artist_sort,
  track,
  disc,
  disc_subtitle,
  date,
  original_date,
  compilation,
  comment,
  copyright,  // written; the library has no use for it
  lyrics,
  track_gain,
  album_gain,
  track_peak,
  album_peak,
  mb_recording,
  mb_release,
  mb_release_group,
  mb_artist,
  mb_album_artist
};
std::span<const EnumName<TagField>> names_of(TagField);

inline constexpr std::size_t kTagValues = 64;         // of one field
inline constexpr std::size_t kTagBytes = 128 * 1024;  // of one value; lyrics are long

struct TagEdit {
  TagField field = TagField::title;
  std::vector<std::string> values;  // none: the field is removed
  template <class V>
  void fields(V& v) {
    v.field("field", field, {.text = "what is set"});
    v.optional("values", values,
               {.text = "to what, several for several artists or genres; none: it is removed",
                .max_length = kTagBytes,
                .max_items = kTagValues});
  }
  friend bool operator==(const TagEdit&, const TagEdit&) = default;
};
struct EditTags {
  TrackId track;
  std::vector<TagEdit> edits;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "whose file"});
    v.field("edits", edits, {.text = "one for each field that changes", .max_items = 64});
  }
};

// Errors: bad_request that names the field: no edits, a field twice, several values where there can
// be one, or text that is no number, date or switch where one is wanted.
Result<void> check(const EditTags& request);

}  // namespace tutti::library
