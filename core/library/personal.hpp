#pragma once
// Requests that keep what an account thinks of its music, and what it may see.

#include "core/library/views.hpp"

namespace tutti::library {

// A change that was made and has nothing more to say.
struct Done {
  template <class V>
  void fields(V&) {}
};

struct RateTrack {
  TrackId track;
  std::int64_t rating = 0;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "the track"});
    v.field("rating", rating, {.text = "1 to 100, 0 to take it back", .min = 0, .max = 100});
  }
};
struct FavouriteTrack {
  TrackId track;
  bool favourite = true;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "the track"});
    v.optional("favourite", favourite, {.text = "false: no longer"});
  }
};
struct FavouriteAlbum {
  AlbumId album;
  bool favourite = true;
  template <class V>
  void fields(V& v) {
    v.field("album", album, {.text = "the album"});
    v.optional("favourite", favourite, {.text = "false: no longer"});
  }
};
struct FavouriteArtist {
  ArtistId artist;
  bool favourite = true;
  template <class V>
  void fields(V& v) {
    v.field("artist", artist, {.text = "the artist"});
    v.optional("favourite", favourite, {.text = "false: no longer"});
  }
};

// Each is kept in the history; it counts as a play by counts_as_play.
struct RecordPlay {
  TrackId track;
  std::int64_t played_ms = 0;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "the track"});
    v.field("played_ms", played_ms,
            {.text = "how much of it was heard, milliseconds", .min = 0, .max = 86'400'000});
  }
};
// Half of it or four minutes, as listening histories count.
constexpr bool counts_as_play(std::int64_t played_ms, std::int64_t duration_ms) {
  return played_ms > 0 && (played_ms >= 240'000 || played_ms * 2 >= duration_ms);
}

// Which folders an account sees; none: all.
struct SetAccountFolders {
  AccountId account;
  std::vector<FolderId> folders;
  template <class V>
  void fields(V& v) {
    v.field("account", account, {.text = "whose"});
    v.field("folders", folders, {.text = "that it sees; empty: all", .max_items = 256});
  }
};

}  // namespace tutti::library
