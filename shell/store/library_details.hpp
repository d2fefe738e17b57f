#pragma once
// One thing with all that belongs to it; folders and sums; tracks for the queue and the player.

#include <span>

#include "core/play/facts.hpp"
#include "shell/store/library_scope.hpp"

namespace tutti::shell {

Result<library::FolderList> list_folders(const Scope& scope);
Result<library::LibraryStats> get_stats(const Scope& scope);
// not_found also for what is not to be seen.
Result<library::ArtistAnswer> get_artist(const Scope& scope, ArtistId artist);
Result<library::AlbumAnswer> get_album(const Scope& scope, AlbumId album);
Result<library::TrackAnswer> get_track(const Scope& scope, TrackId track);

// Row numbers of an album's tracks, in order; of an artist's, album by album.
Result<std::vector<std::int64_t>> rows_of_album(const Scope& scope, AlbumId album,
                                                std::int64_t limit);
Result<std::vector<std::int64_t>> rows_of_artist(const Scope& scope, ArtistId artist,
                                                 std::int64_t limit);

struct TrackPlace {
  FolderId folder;
  std::string folder_path;
  library::FilePath path;  // within it
};
// Where a track lies, and a track that has this image. not_found: none that the account sees.
Result<TrackPlace> track_place(const Scope& scope, TrackId track);
Result<TrackPlace> artwork_place(const Scope& scope, library::ArtworkKey artwork);

// In the order asked for; what is not in the library, or not to be seen, is left out.
Result<std::vector<play::TrackFacts>> track_facts(const Scope& scope,
                                                  std::span<const TrackId> tracks);

}  // namespace tutti::shell
