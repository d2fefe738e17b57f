#include "core/library/tag_edit.hpp"

#include <algorithm>
#include <string_view>

namespace tutti::library {
namespace {

bool digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "3" or "3/12".
bool numbered(std::string_view text) {
  std::size_t slash = text.find('/');
  return digits(text.substr(0, slash), 1, 5) &&
         (slash == std::string_view::npos || digits(text.substr(slash + 1), 1, 5));
}

// ISO 8601, as far as known: "1994", "1994-05", "1994-05-01".
bool date(std::string_view text) {
  bool shape = (text.size() == 4 || text.size() == 7 || text.size() == 10) &&
               digits(text.substr(0, 4), 4, 4);
  for (std::size_t dash = 4; shape && dash < text.size(); dash += 3)
    shape = text[dash] == '-' && digits(text.substr(dash + 1, 2), 2, 2);
  return shape;
}

bool several(TagField field) {
  switch (field) {
    case TagField::artist:
    case TagField::artists:
    case TagField::album_artist:
    case TagField::composer:
    case TagField::genre:
    case TagField::artist_sort:
    case TagField::album_artist_sort:
    case TagField::mb_artist:
    case TagField::mb_album_artist: return true;
    default: return false;
  }
}

// What a value must be; empty: it is.
std::string_view wanted(TagField field, std::string_view value) {
  switch (field) {
    case TagField::track:
    case TagField::disc: return numbered(value) ? "" : "a number, or a number of a total: 3/12";
    case TagField::date:
    case TagField::original_date: return date(value) ? "" : "a date: 1994, 1994-05 or 1994-05-01";
    case TagField::compilation: return value == "0" || value == "1" ? "" : "0 or 1";
    default: return "";
  }
}

}  // namespace

Result<void> check(const EditTags& request) {
  auto refuse = [](TagField field, std::string_view why) {
    return fail(Code::bad_request, std::string(enum_name(field)) + ": " + std::string(why));
  };
  if (request.edits.empty()) return fail(Code::bad_request, "args.edits: nothing is to be changed");
  for (auto edit = request.edits.begin(); edit != request.edits.end(); ++edit) {
    auto same = [&](const TagEdit& other) { return other.field == edit->field; };
    if (std::any_of(request.edits.begin(), edit, same))
      return refuse(edit->field, "it is set twice");
    if (edit->values.size() > 1 && !several(edit->field))
      return refuse(edit->field, "it has one value at most");
    for (const std::string& value : edit->values) {
      if (value.find_first_not_of(" \t\r\n") == std::string::npos)
        return refuse(edit->field, "an empty value; leave the values out to remove it");
      if (auto want = wanted(edit->field, value); !want.empty())
        return refuse(edit->field,
                      "expected " + std::string(want) + ", got " + value.substr(0, 64));
    }
  }
  return {};
}

std::span<const EnumName<TagField>> names_of(TagField) {
  using F = TagField;
  static constexpr EnumName<F> kNames[] = {{F::title, "title"},
                                           {F::album, "album"},
                                           {F::artist, "artist"},
                                           {F::artists, "artists"},
                                           {F::album_artist, "album_artist"},
                                           {F::composer, "composer"},
                                           {F::genre, "genre"},
                                           {F::title_sort, "title_sort"},
                                           {F::album_sort, "album_sort"},
                                           {F::artist_sort, "artist_sort"},
                                           {F::album_artist_sort, "album_artist_sort"},
                                           {F::track, "track"},
                                           {F::disc, "disc"},
                                           {F::disc_subtitle, "disc_subtitle"},
                                           {F::date, "date"},
                                           {F::original_date, "original_date"},
                                           {F::compilation, "compilation"},
                                           {F::comment, "comment"},
                                           {F::copyright, "copyright"},
                                           {F::lyrics, "lyrics"},
                                           {F::track_gain, "track_gain"},
                                           {F::album_gain, "album_gain"},
                                           {F::track_peak, "track_peak"},
                                           {F::album_peak, "album_peak"},
                                           {F::mb_recording, "mb_recording"},
                                           {F::mb_release, "mb_release"},
                                           {F::mb_release_group, "mb_release_group"},
                                           {F::mb_artist, "mb_artist"},
                                           {F::mb_album_artist, "mb_album_artist"}};
  return kNames;
}

}  // namespace tutti::library
