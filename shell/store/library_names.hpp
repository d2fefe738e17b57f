#pragma once
// Artists, genres and albums, made when the first track names them. What is known to be stored is
// remembered, so that a track of a known artist costs no query.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/base/time.hpp"
#include "shell/store/search_index.hpp"
#include "shell/store/track_row.hpp"

namespace tutti::shell {

enum class CreditRole : std::uint8_t { artist = 0, album_artist = 1, composer = 2 };

// Thread: store (the library's writer).
class LibraryNames {
 public:
  explicit LibraryNames(Database& library) : library_(library) {}

  // The album of a file, made or completed; none without an album title. `changed`: the file was
  // known before, what it says now replaces what the album said.
  Result<AlbumId> album(FolderId folder, const library::ScannedFile& file, bool changed,
                        WallTime now);
  // Who made a track, and its genres. Its row is stored, with its album.
  Result<void> credit(const TrackRow& row, WallTime now);

  Result<void> flush();
  // After a transaction that came to nothing, or rows that were taken out elsewhere.
  void forget();

  SearchIndex& artists() { return artists_; }
  SearchIndex& albums() { return albums_; }

 private:
  struct KnownAlbum {
    bool artwork = false;
    std::uint64_t artists = 0;  // a hash of them; 0: various
    std::int64_t search_row = 0;
  };
  Result<std::int64_t> artist(const std::string& name, const std::string& mb_artist, WallTime now);
  Result<std::int64_t> genre(const std::string& name);
  Result<void> credit_all(const TrackRow& row, CreditRole role,
                          const std::vector<std::string>& names,
                          const std::vector<std::string>& mb_artists, WallTime now);
  Result<bool> find_album(AlbumId id, KnownAlbum& known);
  Result<void> make_album(AlbumId id, const library::ScannedFile& file, WallTime now);
  Result<void> complete_album(AlbumId id, const library::ScannedFile& file, KnownAlbum& known);
  Result<void> rewrite_album(AlbumId id, const library::ScannedFile& file, KnownAlbum& known,
                             std::uint64_t artists_now);

  Database& library_;
  SearchIndex artists_{SearchKind::artists};
  SearchIndex albums_{SearchKind::albums};
  std::unordered_map<std::string, std::int64_t> artist_ids_;  // by the name as tagged
  std::unordered_map<std::string, std::int64_t> genre_ids_;
  std::unordered_map<AlbumId, KnownAlbum> known_albums_;
};

}  // namespace tutti::shell
