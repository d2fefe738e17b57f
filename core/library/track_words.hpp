#pragma once
// What of a track is searched, and how it stands in the index: folded text, a field a line, in the
// order of WordField.

#include <string>
#include <string_view>

#include "core/library/scan.hpp"

namespace tutti::library {

enum class WordField : std::uint8_t {
  title,
  artists,
  album,
  album_artists,
  composers,
  genres,
  years,
  file,    // what the file's name says beyond the fields above
  folder,  // a word that no text folds to: the folder the track is in
};

// The title as shown: the tag's, else the file's name without its ending.
std::string shown_title(const Tags& tags, std::string_view file_name);
// The word that stands for a folder in the index: a letter of the private use area, then `row`.
std::string folder_word(std::int64_t row);
std::string track_words(const Tags& tags, std::string_view file_name, std::int64_t folder_row);

}  // namespace tutti::library
