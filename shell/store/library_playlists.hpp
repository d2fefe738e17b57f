#pragma once
// Playlists as they are looked at, smart ones worked out; tracks to be queued.

#include "core/library/smart_playlist.hpp"
#include "shell/store/library_scope.hpp"

namespace tutti::shell {

Result<library::PlaylistPage> list_playlists(const Scope& scope,
                                             const library::ListPlaylists& query);
Result<library::PlaylistAnswer> get_playlist(const Scope& scope, const library::GetPlaylist& query);
Result<library::PlaylistText> export_playlist(const Scope& scope,
                                              const library::ExportPlaylist& query);
Result<library::PlaylistEntries> export_entries(const Scope& scope,
                                                const library::ExportEntries& query);
Result<library::SmartPreview> preview(const Scope& scope,
                                      const library::PreviewSmartPlaylist& query);
Result<library::TrackIds> list_track_ids(const Scope& scope, const library::ListTrackIds& query);

// not_found also for a playlist of another account.
Result<library::PlaylistView> playlist_view(const Scope& scope, PlaylistId playlist);

// What rules give for the account now: how many, how long, and row numbers from `offset` on.
struct SmartResult {
  std::int64_t count = 0;
  std::int64_t duration_ms = 0;
  std::vector<std::int64_t> rows;
};
Result<SmartResult> run_rules(const Scope& scope, const library::SmartRules& rules,
                              std::int64_t offset, std::int64_t limit);

// The track at a path that a playlist file names, among what is seen; none when there is none.
Result<TrackId> track_at(const Scope& scope, std::string_view path, std::optional<FolderId> home,
                         std::string_view directory);

}  // namespace tutti::shell
