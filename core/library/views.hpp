#pragma once
// What lists and answers show of tracks, albums, artists, genres, folders and playlists. Each
// struct names its members once, in fields(), for the reader, the writer and the schema of
// core/api. Artwork is 32 hexadecimal digits, empty for none; times are RFC 3339 in UTC, empty for
// never.

#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/library/fold.hpp"

namespace tutti::library {

struct ArtistRef {
  ArtistId id;
  std::string name;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the artist"});
    v.field("name", name, {.text = "as this file or album has it"});
  }
  friend bool operator==(const ArtistRef&, const ArtistRef&) = default;
};

struct TrackView {
  TrackId id;
  std::string title;
  std::vector<ArtistRef> artists;
  std::optional<AlbumId> album;
  std::string album_title;
  std::int64_t disc = 0;
  std::int64_t number = 0;
  std::int64_t duration_ms = 0;
  std::string date;
  std::vector<std::string> genres;
  std::string artwork;
  std::string codec;
  std::string added_at;
  bool available = true;
  bool favourite = false;
  std::int64_t rating = 0;
  std::int64_t plays = 0;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the track"});
    v.field("title", title, {.text = "its title; the file's name where it has none"});
    v.field("artists", artists, {.text = "in the file's order"});
    v.field("album", album, {.text = "absent where the file names none"});
    v.field("album_title", album_title, {.text = "as tagged"});
    v.field("disc", disc, {.text = "0: not said", .min = 0});
    v.field("number", number, {.text = "on its disc; 0: not said", .min = 0});
    v.field("duration_ms", duration_ms, {.text = "milliseconds", .min = 0});
    v.field("date", date, {.text = "of the release, ISO 8601 as far as known"});
    v.field("genres", genres, {.text = "in the file's order"});
    v.field("artwork", artwork, {.text = "key of its image; empty: none"});
    v.field("codec", codec, {.text = "flac, mp3, ..."});
    v.field("added_at", added_at, {.text = "when it was first seen, RFC 3339"});
    v.field("available", available, {.text = "its file can be reached"});
    v.field("favourite", favourite, {.text = "of the account that asks"});
    v.field("rating", rating, {.text = "of that account; 0: none", .min = 0, .max = 100});
    v.field("plays", plays, {.text = "by that account", .min = 0});
  }
};

struct AlbumView {
  AlbumId id;
  std::string title;
  std::vector<ArtistRef> artists;
  std::string date;
  bool compilation = false;
  std::string artwork;
  std::int64_t tracks = 0;
  std::int64_t duration_ms = 0;
  std::string added_at;
  bool favourite = false;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the album"});
    v.field("title", title, {.text = "its title"});
    v.field("artists", artists, {.text = "empty: various artists"});
    v.field("date", date, {.text = "of the release, ISO 8601 as far as known"});
    v.field("compilation", compilation, {.text = "tagged as one"});
    v.field("artwork", artwork, {.text = "key of its image; empty: none"});
    v.field("tracks", tracks, {.text = "how many the account sees", .min = 0});
    v.field("duration_ms", duration_ms, {.text = "of those, milliseconds", .min = 0});
    v.field("added_at", added_at, {.text = "when its first track was seen, RFC 3339"});
    v.field("favourite", favourite, {.text = "of the account that asks"});
  }
};

struct ArtistView {
  ArtistId id;
  std::string name;
  std::int64_t albums = 0;
  std::int64_t tracks = 0;
  std::string artwork;
  bool favourite = false;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the artist"});
    v.field("name", name, {.text = "as first seen"});
    v.field("albums", albums, {.text = "with a track by them", .min = 0});
    v.field("tracks", tracks, {.text = "that they perform", .min = 0});
    v.field("artwork", artwork, {.text = "of one of their albums; empty: none"});
    v.field("favourite", favourite, {.text = "of the account that asks"});
  }
};

struct GenreView {
  GenreId id;
  std::string name;
  std::int64_t tracks = 0;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the genre"});
    v.field("name", name, {.text = "as first seen"});
    v.field("tracks", tracks, {.text = "that the account sees", .min = 0});
  }
};

struct FolderView {
  FolderId id;
  std::string name;
  std::string path;
  std::int64_t tracks = 0;
  bool available = true;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the folder"});
    v.field("name", name, {.text = "what people call it"});
    v.field("path", path, {.text = "where it lies"});
    v.field("tracks", tracks, {.text = "in it", .min = 0});
    v.field("available", available, {.text = "it can be reached"});
  }
};

struct PlaylistView {
  PlaylistId id;
  std::string name;
  std::int64_t version = 0;
  bool smart = false;
  std::int64_t items = 0;
  std::string created_at;
  std::string changed_at;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "the playlist"});
    v.field("name", name, {.text = "its name"});
    v.field("version", version, {.text = "counts its changes; an edit names it", .min = 1});
    v.field("smart", smart, {.text = "its tracks follow rules"});
    v.field("items", items, {.text = "how many it holds; of a smart one: matches now", .min = 0});
    v.field("created_at", created_at, {.text = "RFC 3339"});
    v.field("changed_at", changed_at, {.text = "RFC 3339"});
  }
};

}  // namespace tutti::library
