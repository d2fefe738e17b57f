#pragma once
// Playlists as they are changed. Each function runs within a transaction of its caller.

#include "core/base/random.hpp"
#include "shell/store/library_scope.hpp"

namespace tutti::shell {

// The house's writer beside the view that says what its account sees.
struct House {
  Database& db;
  const Scope& scope;
};

// Enters a track into known_tracks; it must be seen, or known and gone from the library.
// not_found: neither.
Result<void> know_track(House& house, TrackId track);

using Changed = Result<library::PlaylistChanged>;
Changed write_playlist(House& house, const library::CreatePlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::CreateSmartPlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::UpdateSmartPlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::RenamePlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::AddToPlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::RemoveFromPlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::MoveInPlaylist& ask, Random& random);
Changed write_playlist(House& house, const library::ReorderPlaylist& ask, Random& random);
Result<library::Done> write_playlist(House& house, const library::DeletePlaylist& ask,
                                     Random& random);

// A playlist file with its paths looked up.
struct Import {
  std::string name;
  std::vector<TrackId> tracks;
  std::vector<std::string> missing;
};
Result<Import> resolve(const Scope& scope, const library::ImportPlaylist& ask);
Result<Import> resolve(const Scope& scope, const library::ImportEntries& ask);
Result<library::PlaylistImported> write_import(House& house, Import import, Random& random);

}  // namespace tutti::shell
