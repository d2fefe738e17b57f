#pragma once
// Folding: text as it is looked for. "Björk" and "bjork", "AC/DC" and "ac dc" fold to the same
// words, in the library and in what is typed, so that one comparison of bytes decides. It also
// gives the keys that lists are sorted by and the ids that outlive the database they stand in.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.hpp"

namespace tutti::library {

using GenreId = Id<struct GenreTag>;

// The words of a text, lower case, without accents, apart by one space: Unicode's compatibility
// decomposition and case folding (UAX 15, UAX 44), anything that is neither letter nor digit
// between words. Each ideograph and kana is a word, as those are written without spaces. What is
// not UTF-8 separates words.
std::string fold(std::string_view text);

// Words that mean the thing: what folds to nothing ("!!!", "+/-") stays as it is, in lower case.
std::string fold_name(std::string_view text);

// What names are sorted by: folded, without a leading "the"; at most 60 bytes.
std::string sort_key(std::string_view name);

// Ids of what has no row of its own in any file: 64 bits of the folded name (FNV-1a, then
// splitmix64's finalizer), the same in every database that is ever built. Empty names have none.
ArtistId artist_id(std::string_view name);
GenreId genre_id(std::string_view name);
std::uint64_t stable_hash(std::string_view text);

// How tracks come to be one album. A release id decides; else the title with the album artists;
// else, a compilation, the title alone; else the title within the directory, disc folders ("CD 2")
// counting as their parent. Several discs are one album, one title by two artists is two. Tracks
// without an album title have none.
struct AlbumKey {
  std::string_view title;
  std::string_view release;  // MusicBrainz
  const std::vector<std::string>* album_artists = nullptr;
  bool compilation = false;
  std::uint64_t folder = 0;
  std::string_view directory;
};
AlbumId album_id(const AlbumKey& key);
// The directory without a last part that names a disc.
std::string_view album_directory(std::string_view directory);

}  // namespace tutti::library
