#include "shell/store/house_playlists.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/library/m3u.hpp"
#include "core/library/playlist_edit.hpp"
#include "core/library/smart_playlist.hpp"
#include "core/library/track_words.hpp"
#include "shell/store/library_playlists.hpp"
#include "shell/store/library_views.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr std::size_t kMissingTold = 1000;  // entries of a file that the answer lists

Result<void> check_name(const std::string& name) {
  bool blank = name.find_first_not_of(" \t\r\n") == name.npos;
  if (!blank && name.size() <= 4 * library::kNameLength) return {};
  return fail(Code::bad_request, blank ? "name: is empty" : "name: is too long");
}

// The playlist as the transaction has it now; the version must be the one it is based on.
Result<void> check_version(House& house, const library::PlaylistEdit& edit, bool smart) {
  std::int64_t version = 0;
  bool is_smart = false;
  TRY_LET(found, one_row(house.db.query("SELECT version, rules IS NOT NULL FROM playlists WHERE "
                                        "playlist = ? AND account_id = ?",
                                        edit.playlist, house.scope.account),
                         [&](const Statement& row) {
                           version = row.integer(0);
                           is_smart = row.integer(1) != 0;
                         }));
  if (!found) return no_such("playlist");
  if (version != edit.version) {
    return fail(Code::stale, fmt::format("the playlist is at version {} by now", version),
                "read it again and base the edit on that version");
  }
  if (smart == is_smart) return {};
  return fail(Code::conflict, smart ? "the playlist has no rules"
                                    : "the tracks of a smart playlist follow its rules");
}

Result<library::PlaylistView> view_of(House& house, PlaylistId playlist) {
  library::PlaylistView view;
  TRY(one_row(house.db.query("SELECT name, version, rules IS NOT NULL, (SELECT count(*) FROM "
                             "playlist_items i WHERE i.playlist = p.playlist), created_at, "
                             "changed_at FROM playlists p WHERE playlist = ?",
                             playlist),
              [&](const Statement& row) {
                view = {playlist,
                        std::string(row.text(0)),
                        row.integer(1),
                        row.integer(2) != 0,
                        row.integer(3),
                        time_text(row.integer(4)),
                        time_text(row.integer(5))};
              }));
  return view;
}

Changed changed(House& house, PlaylistId playlist) {
  TRY_LET(view, view_of(house, playlist));
  return library::PlaylistChanged{std::move(view)};
}

Result<void> raise_version(House& house, PlaylistId playlist) {
  return house.db.execute(
      "UPDATE playlists SET version = version + 1, changed_at = ? WHERE playlist = ?",
      house.scope.now.us, playlist);
}

Result<library::Items> items_of(House& house, PlaylistId playlist) {
  library::Items items;
  TRY(each_row(house.db.query("SELECT track FROM playlist_items WHERE playlist = ? ORDER BY place",
                              playlist),
               [&](const Statement& row) { items.push_back(row.id<TrackId>(0)); }));
  return items;
}

// Writes the places that differ, and nothing else.
Result<void> store_items(House& house, PlaylistId playlist, const library::Items& before,
                         const library::Items& after) {
  std::size_t same = 0;
  while (same < before.size() && same < after.size() && before[same] == after[same]) ++same;
  std::size_t end = after.size();
  if (before.size() == after.size())
    while (end > same && before[end - 1] == after[end - 1]) --end;
  std::size_t last = before.size() == after.size() ? end : std::max(before.size(), after.size());
  TRY(house.db.execute("DELETE FROM playlist_items WHERE playlist = ? AND place >= ? AND place < ?",
                       playlist, static_cast<std::int64_t>(same), static_cast<std::int64_t>(last)));
  for (std::size_t i = same; i < end; ++i) {
    TRY(house.db.execute("INSERT INTO playlist_items(playlist, place, track) VALUES (?, ?, ?)",
                         playlist, static_cast<std::int64_t>(i), after[i]));
  }
  return {};
}

Result<PlaylistId> create(House& house, const std::string& name,
                          const std::optional<std::string>& rules, Random& random) {
  TRY(check_name(name));
  auto id = random.id<PlaylistId>();
  TRY(house.db.execute(
      "INSERT INTO playlists(playlist, account_id, name, sort_key, version, rules, created_at, "
      "changed_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?)",
      id, house.scope.account, name, library::sort_key(name), rules, house.scope.now.us,
      house.scope.now.us));
  return id;
}

template <class Edit>
Changed edit_items(House& house, const Edit& edit) {
  TRY(check_version(house, edit, false));
  TRY_LET(before, items_of(house, edit.playlist));
  TRY_LET(after, library::edited(before, edit));
  TRY(store_items(house, edit.playlist, before, after));
  TRY(raise_version(house, edit.playlist));
  return changed(house, edit.playlist);
}

}  // namespace

Result<void> know_track(House& house, TrackId track) {
  TRY_LET(known, one_row(house.db.query("SELECT 1 FROM known_tracks WHERE track = ?", track),
                         [](const Statement&) {}));
  std::int64_t folder_row = 0;
  TRY_LET(there, one_row(house.scope.db.query("SELECT folder FROM tracks WHERE track = ?", track),
                         [&](const Statement& row) { folder_row = row.integer(0); }));
  const SeenFolder* folder = house.scope.find_row(folder_row);
  if (there ? folder == nullptr : !known) return no_such("track");
  if (known) return {};
  TRY_LET(row, load_track_row(house.scope.db, track));
  if (!row) return no_such("track");
  const library::ScannedFile& file = row->file;
  std::string content(16, '\0');
  if (file.content) content = content_bytes(file.content);
  return house.db.execute(
      "INSERT INTO known_tracks(track, content, title, artist, album, folder) VALUES (?, ?, ?, ?, "
      "?, ?)",
      track, as_bytes(content), library::shown_title(file.tags, file.name),
      file.tags.artists.empty() ? "" : file.tags.artists.front(), file.tags.album,
      as_bytes(folder->path));
}

Changed write_playlist(House& house, const library::CreatePlaylist& ask, Random& random) {
  TRY_LET(id, create(house, ask.name, std::nullopt, random));
  for (TrackId track : ask.tracks) TRY(know_track(house, track));
  library::AddToPlaylist all;
  all.tracks = ask.tracks;
  TRY_LET(items, library::edited(library::Items{}, all));
  TRY(store_items(house, id, {}, items));
  return changed(house, id);
}

Changed write_playlist(House& house, const library::CreateSmartPlaylist& ask, Random& random) {
  TRY(library::read_rules(ask.rules));
  TRY_LET(id, create(house, ask.name, write_json(ask.rules), random));
  return changed(house, id);
}

Changed write_playlist(House& house, const library::UpdateSmartPlaylist& ask, Random&) {
  TRY(check_version(house, ask, true));
  TRY(library::read_rules(ask.rules));
  TRY(house.db.execute("UPDATE playlists SET rules = ? WHERE playlist = ?", write_json(ask.rules),
                       ask.playlist));
  TRY(raise_version(house, ask.playlist));
  return changed(house, ask.playlist);
}

Changed write_playlist(House& house, const library::RenamePlaylist& ask, Random&) {
  TRY(check_name(ask.name));
  auto fits = check_version(house, ask, false);
  if (!fits && fits.error().code == Code::conflict) fits = check_version(house, ask, true);
  if (!fits) return std::unexpected(fits.error());
  TRY(house.db.execute("UPDATE playlists SET name = ?, sort_key = ? WHERE playlist = ?", ask.name,
                       library::sort_key(ask.name), ask.playlist));
  TRY(raise_version(house, ask.playlist));
  return changed(house, ask.playlist);
}

Changed write_playlist(House& house, const library::AddToPlaylist& ask, Random&) {
  for (TrackId track : ask.tracks) TRY(know_track(house, track));
  return edit_items(house, ask);
}
Changed write_playlist(House& house, const library::RemoveFromPlaylist& ask, Random&) {
  return edit_items(house, ask);
}
Changed write_playlist(House& house, const library::MoveInPlaylist& ask, Random&) {
  return edit_items(house, ask);
}
Changed write_playlist(House& house, const library::ReorderPlaylist& ask, Random&) {
  return edit_items(house, ask);
}

Result<library::Done> write_playlist(House& house, const library::DeletePlaylist& ask, Random&) {
  auto fits = check_version(house, ask, false);
  if (!fits && fits.error().code != Code::conflict) return std::unexpected(fits.error());
  TRY(house.db.execute("DELETE FROM playlists WHERE playlist = ?", ask.playlist));
  return library::Done{};
}

Result<Import> resolve(const Scope& scope, const library::ImportEntries& ask) {
  Import import{ask.name, {}, {}};
  if (ask.folder && scope.find(*ask.folder) == nullptr) return no_such("folder");
  for (const library::PlaylistEntry& entry : ask.entries) {
    TRY_LET(track, track_at(scope, entry.path, ask.folder, ask.directory));
    if (track) import.tracks.push_back(track);
    else if (import.missing.size() < kMissingTold)
      import.missing.push_back(library::display_text(entry.path));
  }
  return import;
}

Result<Import> resolve(const Scope& scope, const library::ImportPlaylist& ask) {
  if (ask.text.size() > library::kImportBytes)
    return fail(Code::too_large, "text: the file is too large");
  TRY_LET(entries, library::read_m3u(ask.text));
  return resolve(scope,
                 library::ImportEntries{ask.name, std::move(entries), ask.folder, ask.directory});
}

Result<library::PlaylistImported> write_import(House& house, Import import, Random& random) {
  library::CreatePlaylist create_it{std::move(import.name), std::move(import.tracks)};
  TRY_LET(made, write_playlist(house, create_it, random));
  return library::PlaylistImported{std::move(made.playlist),
                                   static_cast<std::int64_t>(create_it.tracks.size()),
                                   std::move(import.missing)};
}

}  // namespace tutti::shell
