#pragma once
// Requests that look: lists, single things, search, and their answers. Lists are read page by page;
// `cursor` is the `next` of the page before, opaque, and stays good while things are added.

#include <span>

#include "core/base/names.hpp"
#include "core/library/views.hpp"

namespace tutti::library {

inline constexpr std::int64_t kPageMost = 500;
inline constexpr std::size_t kCursorLength = 1024;
inline constexpr std::size_t kSearchLength = 256;

// How a list is ordered. What has no plays, rating or time of playing is not in a list by these.
enum class Sort : std::uint8_t { name, added, plays, played, rating, date, random };
std::span<const EnumName<Sort>> names_of(Sort);

// What a list is about; every part given must hold.
struct Filter {
  std::optional<FolderId> folder;
  std::optional<GenreId> genre;
  std::optional<ArtistId> artist;
  bool favourites = false;
  std::int64_t year_from = 0;
  std::int64_t year_to = 0;
};

// The members that the lists of tracks, albums and artists share.
struct ListQuery : Filter {
  Sort sort = Sort::name;
  bool reverse = false;
  std::int64_t seed = 0;
  std::string cursor;
  std::int64_t limit = 100;
  template <class V>
  void fields(V& v) {
    v.optional("sort", sort,
               {.text = "by name; or newest, most played, last played, best first; or mixed"});
    v.optional("reverse", reverse, {.text = "the other way round"});
    v.optional("seed", seed, {.text = "of the random order: the same for all of its pages"});
    v.optional("folder", folder, {.text = "only in this folder"});
    v.optional("genre", genre, {.text = "only of this genre"});
    v.optional("artist", artist, {.text = "only with this artist"});
    v.optional("favourites", favourites, {.text = "only favourites of the account"});
    v.optional("year_from", year_from, {.text = "0: no bound", .min = 0, .max = 9999});
    v.optional("year_to", year_to, {.text = "inclusive; 0: no bound", .min = 0, .max = 9999});
    v.optional("cursor", cursor,
               {.text = "`next` of the page before", .max_length = kCursorLength});
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = kPageMost});
  }
};

struct ListTracks : ListQuery {};
struct ListAlbums : ListQuery {};
struct ListArtists : ListQuery {};

struct ListGenres {
  std::string cursor;
  std::int64_t limit = 100;
  template <class V>
  void fields(V& v) {
    v.optional("cursor", cursor,
               {.text = "`next` of the page before", .max_length = kCursorLength});
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = kPageMost});
  }
};

// Tracks whose file cannot be reached now.
struct ListUnavailable : ListGenres {};
// Files that could not be read at the last look, each with why.
struct ListFailed : ListGenres {};

struct ListFolders {
  template <class V>
  void fields(V&) {}
};
struct GetStats {
  template <class V>
  void fields(V&) {}
};

struct GetArtist {
  ArtistId artist;
  template <class V>
  void fields(V& v) {
    v.field("artist", artist, {.text = "the artist"});
  }
};
struct GetAlbum {
  AlbumId album;
  template <class V>
  void fields(V& v) {
    v.field("album", album, {.text = "the album"});
  }
};
struct GetTrack {
  TrackId track;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "the track"});
  }
};

struct Search {
  std::string text;
  std::string cursor;
  std::int64_t limit = 20;
  template <class V>
  void fields(V& v) {
    v.field("text", text,
            {.text = "words, the last of which may be begun only", .max_length = kSearchLength});
    v.optional("cursor", cursor,
               {.text = "`next` of the answer before: more tracks", .max_length = kCursorLength});
    v.optional("limit", limit,
               {.text = "tracks at most; of artists and albums half", .min = 1, .max = 100});
  }
};

// The tracks of one thing in their order, to be queued. Exactly one member says of which.
struct ListTrackIds {
  std::optional<AlbumId> album;
  std::optional<ArtistId> artist;
  std::optional<GenreId> genre;
  std::optional<PlaylistId> playlist;
  std::optional<std::string> search;
  std::int64_t limit = 1000;
  template <class V>
  void fields(V& v) {
    v.optional("album", album, {.text = "disc by disc"});
    v.optional("artist", artist, {.text = "album by album"});
    v.optional("genre", genre, {.text = "by name"});
    v.optional("playlist", playlist, {.text = "its items, or what its rules give now"});
    v.optional("search", search, {.text = "best first", .max_length = kSearchLength});
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = 10'000});
  }
};

}  // namespace tutti::library
