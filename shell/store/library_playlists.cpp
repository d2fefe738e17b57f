#include "shell/store/library_playlists.hpp"

#include <algorithm>

#include "core/library/m3u.hpp"
#include "core/library/track_words.hpp"
#include "shell/store/library_details.hpp"
#include "shell/store/library_pages.hpp"
#include "shell/store/library_search.hpp"
#include "shell/store/library_views.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

using library::SqlText;

struct Stored {  // a playlist's row
  library::PlaylistView view;
  std::optional<library::SmartRules> rules;
  std::optional<Json> json;
};

Result<library::SmartRules> stored_rules(std::string_view text, std::optional<Json>& json) {
  TRY_LET(parsed, parse_json(text));
  TRY_LET(rules, library::read_rules(parsed));
  json = std::move(parsed);
  return std::move(rules);
}

Result<Stored> load(const Scope& scope, PlaylistId playlist) {
  Stored out;
  std::string rules;
  TRY_LET(found, one_row(scope.db.query("SELECT name, version, created_at, changed_at, rules, "
                                        "(SELECT count(*) FROM house.playlist_items i WHERE "
                                        "i.playlist = p.playlist) FROM house.playlists p WHERE "
                                        "playlist = ? AND account_id = ?",
                                        playlist, scope.account),
                         [&](const Statement& row) {
                           out.view = {playlist,
                                       std::string(row.text(0)),
                                       row.integer(1),
                                       !row.is_null(4),
                                       row.integer(5),
                                       time_text(row.integer(2)),
                                       time_text(row.integer(3))};
                           rules = row.text(4);
                         }));
  if (!found) return no_such("playlist");
  if (!out.view.smart) return out;
  TRY_LET(read, stored_rules(rules, out.json));
  out.rules = std::move(read);
  TRY_LET(result, run_rules(scope, *out.rules, 0, 0));
  out.view.items = result.count;
  return out;
}

// Items of a page of a smart playlist are what its rules give now.
Result<std::vector<library::PlaylistItem>> smart_items(const Scope& scope,
                                                       const library::SmartRules& rules,
                                                       std::int64_t from, std::int64_t limit) {
  std::vector<library::PlaylistItem> out;
  TRY_LET(result, run_rules(scope, rules, from, limit));
  TRY_LET(views, track_views(scope, result.rows));
  for (library::TrackView& view : views) {
    library::PlaylistItem item{from + static_cast<std::int64_t>(out.size()),
                               view.id,
                               {},
                               view.title,
                               view.artists.empty() ? "" : view.artists.front().name};
    item.track = std::move(view);
    out.push_back(std::move(item));
  }
  return out;
}

Result<std::vector<library::PlaylistItem>> stored_items(const Scope& scope, PlaylistId playlist,
                                                        std::int64_t from, std::int64_t limit) {
  std::vector<library::PlaylistItem> out;
  // What is missing is told as it was known when it was put in.
  TRY(each_row(
      scope.db.query("SELECT i.place, i.track, k.title, k.artist FROM house.playlist_items i LEFT "
                     "JOIN house.known_tracks k ON k.track = i.track WHERE i.playlist = ? AND "
                     "i.place >= ? ORDER BY i.place LIMIT ?",
                     playlist, from, limit),
      [&](const Statement& row) {
        out.push_back({row.integer(0), row.id<TrackId>(1), std::nullopt, std::string(row.text(2)),
                       std::string(row.text(3))});
      }));
  for (library::PlaylistItem& item : out) {
    TRY_LET(view, track_view(scope, item.id));
    if (!view) continue;
    item.title = view->title;
    item.artist = view->artists.empty() ? "" : view->artists.front().name;
    item.track = std::move(*view);
  }
  return out;
}

Result<std::vector<library::PlaylistItem>> items_of(const Scope& scope, const Stored& stored,
                                                    std::int64_t from, std::int64_t limit) {
  return stored.rules ? smart_items(scope, *stored.rules, from, limit)
                      : stored_items(scope, stored.view.id, from, limit);
}

Result<library::PlaylistEntry> entry_of(const Scope& scope, const library::PlaylistItem& item,
                                        const SeenFolder* home, const std::string& directory) {
  library::PlaylistEntry entry{"", item.title, item.artist, item.track->duration_ms};
  TRY(one_row(scope.db.query("SELECT t.folder, d.path, t.name FROM tracks t JOIN directories d ON "
                             "d.id = t.directory WHERE t.track = ?",
                             item.id),
              [&](const Statement& row) {
                std::string within(as_text(row.bytes(1)));
                if (!within.empty()) within += '/';
                within += as_text(row.bytes(2));
                const SeenFolder* folder = scope.find_row(row.integer(0));
                bool beside = home != nullptr && folder->row == home->row;
                entry.path = beside
                                 ? library::relative_path(directory, within)
                                 : folder->path + (folder->path.ends_with('/') ? "" : "/") + within;
              }));
  return entry;
}

Result<std::vector<std::int64_t>> rows_of_genre(const Scope& scope, library::GenreId genre,
                                                std::int64_t limit) {
  std::vector<std::int64_t> out;
  TRY(each_row(scope.db.query("SELECT t.id FROM track_genres g CROSS JOIN tracks t ON t.id = "
                              "g.track WHERE g.genre = ? AND t.folder IN " +
                                  scope.rows() + " ORDER BY t.sort_key, t.id LIMIT ?",
                              genre, limit),
               [&](const Statement& row) { out.push_back(row.integer(0)); }));
  return out;
}

Result<std::vector<std::int64_t>> rows_of_playlist(const Scope& scope, PlaylistId playlist,
                                                   std::int64_t limit) {
  TRY_LET(stored, load(scope, playlist));
  if (stored.rules) {
    TRY_LET(result, run_rules(scope, *stored.rules, 0, limit));
    return std::move(result.rows);
  }
  std::vector<std::int64_t> out;
  TRY(each_row(scope.db.query("SELECT t.id FROM house.playlist_items i JOIN tracks t ON t.track = "
                              "i.track WHERE i.playlist = ? AND t.folder IN " +
                                  scope.rows() + " ORDER BY i.place LIMIT ?",
                              playlist, limit),
               [&](const Statement& row) { out.push_back(row.integer(0)); }));
  return out;
}

Result<std::vector<std::int64_t>> rows_of(const Scope& scope, const library::ListTrackIds& query,
                                          std::int64_t limit) {
  int given = (query.album ? 1 : 0) + (query.artist ? 1 : 0) + (query.genre ? 1 : 0) +
              (query.playlist ? 1 : 0) + (query.search ? 1 : 0);
  if (given != 1) {
    return fail(Code::bad_request,
                "expected exactly one of album, artist, genre, playlist and search");
  }
  if (query.album) return rows_of_album(scope, *query.album, limit);
  if (query.artist) return rows_of_artist(scope, *query.artist, limit);
  if (query.genre) return rows_of_genre(scope, *query.genre, limit);
  if (query.playlist) return rows_of_playlist(scope, *query.playlist, limit);
  return rows_of_search(scope, *query.search, limit);
}

}  // namespace

Result<SmartResult> run_rules(const Scope& scope, const library::SmartRules& rules,
                              std::int64_t offset, std::int64_t limit) {
  SmartResult out;
  SqlText from = library::sql_of(rules, scope.account, scope.now);
  from.add(" AND t.folder IN " + scope.rows());
  auto sum_up = [&](const SqlText& sql) {
    return one_row(prepare(scope.db, sql), [&](const Statement& row) {
      out.count = row.integer(0);
      out.duration_ms = row.integer(1);
    });
  };
  SqlText all;
  all.add("SELECT count(*), total(t.duration_ms) ").add(from);
  TRY(sum_up(all));
  if (out.count > rules.limit) {  // only then the order says which of them count
    SqlText first;
    first.add("SELECT count(*), total(duration_ms) FROM (SELECT t.duration_ms ").add(from);
    first.add(library::order_of(rules)).add(" LIMIT ").value(rules.limit).add(")");
    TRY(sum_up(first));
  }
  limit = std::min(limit, out.count - offset);
  if (limit <= 0) return out;
  SqlText sql;
  sql.add("SELECT t.id ").add(from).add(library::order_of(rules));
  sql.add(" LIMIT ").value(limit).add(" OFFSET ").value(offset);
  TRY(each_row(prepare(scope.db, sql),
               [&](const Statement& row) { out.rows.push_back(row.integer(0)); }));
  return out;
}

Result<library::PlaylistView> playlist_view(const Scope& scope, PlaylistId playlist) {
  TRY_LET(stored, load(scope, playlist));
  return std::move(stored.view);
}

Result<library::PlaylistPage> list_playlists(const Scope& scope,
                                             const library::ListPlaylists& query) {
  Order order{"sort_key", "playlist", true};
  TRY_LET(start, start_of(query.cursor, "playlists"));
  TRY_LET(after, behind(order, start));
  SqlText sql;
  sql.add("SELECT sort_key, playlist, playlist FROM house.playlists WHERE account_id = ");
  sql.value(scope.account).add(after).add(order_and_limit(order, bounded(query.limit)));
  TRY_LET(page, page_ids(scope, sql, "playlists", bounded(query.limit)));
  library::PlaylistPage out{{}, std::move(page.next)};
  for (std::int64_t id : page.ids) {
    TRY_LET(view, playlist_view(scope, PlaylistId{static_cast<std::uint64_t>(id)}));
    out.playlists.push_back(std::move(view));
  }
  return out;
}

Result<library::PlaylistAnswer> get_playlist(const Scope& scope,
                                             const library::GetPlaylist& query) {
  TRY_LET(stored, load(scope, query.playlist));
  TRY_LET(start, start_of(query.cursor, "items"));
  std::int64_t from = start ? std::max<std::int64_t>(start->id, 0) : 0;
  std::int64_t limit = bounded(query.limit);
  TRY_LET(items, items_of(scope, stored, from, limit));
  library::PlaylistAnswer out{std::move(stored.view), std::move(items), std::move(stored.json), {}};
  if (from + limit < out.playlist.items)
    out.next = library::cursor_text({"items", "", from + limit});
  return out;
}

Result<library::PlaylistEntries> export_entries(const Scope& scope,
                                                const library::ExportEntries& query) {
  TRY_LET(stored, load(scope, query.playlist));
  const SeenFolder* home = query.folder ? scope.find(*query.folder) : nullptr;
  if (query.folder && home == nullptr) return no_such("folder");
  library::PlaylistEntries out{stored.view.name, {}};
  for (std::int64_t from = 0; from < stored.view.items; from += library::kPageMost) {
    TRY_LET(items, items_of(scope, stored, from, library::kPageMost));
    for (const library::PlaylistItem& item : items) {
      if (!item.track) continue;  // nobody can say where it lies
      TRY_LET(entry, entry_of(scope, item, home, query.directory));
      out.entries.push_back(std::move(entry));
    }
  }
  return out;
}

Result<library::PlaylistText> export_playlist(const Scope& scope,
                                              const library::ExportPlaylist& query) {
  TRY_LET(entries, export_entries(scope, {query.playlist, query.folder, query.directory}));
  return library::PlaylistText{entries.name, library::write_m3u(entries.entries)};
}

Result<library::SmartPreview> preview(const Scope& scope,
                                      const library::PreviewSmartPlaylist& query) {
  TRY_LET(rules, library::read_rules(query.rules));
  TRY_LET(result, run_rules(scope, rules, 0, bounded(query.limit)));
  TRY_LET(views, track_views(scope, result.rows));
  return library::SmartPreview{result.count, result.duration_ms, std::move(views)};
}

Result<library::TrackIds> list_track_ids(const Scope& scope, const library::ListTrackIds& query) {
  std::int64_t limit = std::clamp<std::int64_t>(query.limit, 1, 10'000);
  TRY_LET(rows, rows_of(scope, query, limit + 1));
  library::TrackIds out;
  out.more = static_cast<std::int64_t>(rows.size()) > limit;
  if (out.more) rows.pop_back();
  for (std::int64_t id : rows) {
    TRY(one_row(scope.db.query("SELECT track FROM tracks WHERE id = ?", id),
                [&](const Statement& row) { out.tracks.push_back(row.id<TrackId>(0)); }));
  }
  return out;
}

Result<TrackId> track_at(const Scope& scope, std::string_view path, std::optional<FolderId> home,
                         std::string_view directory) {
  std::vector<std::string> folders;
  std::optional<std::size_t> at;
  for (const SeenFolder& folder : scope.folders) {
    if (home && folder.id == *home) at = folders.size();
    folders.push_back(folder.path);
  }
  TrackId track;
  for (const library::PathGuess& guess : library::guesses(path, folders, at, directory)) {
    TRY_LET(found,
            one_row(scope.db.query("SELECT t.track FROM directories d JOIN tracks t ON t.directory "
                                   "= d.id WHERE d.folder = ? AND d.path = ? AND t.name = ?",
                                   scope.folders[guess.folder].row, as_bytes(guess.directory),
                                   as_bytes(guess.name)),
                    [&](const Statement& row) { track = row.id<TrackId>(0); }));
    if (found) break;
  }
  return track;
}

}  // namespace tutti::shell
