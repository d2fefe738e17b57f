#include "shell/store/library_search.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/library/cursor.hpp"
#include "core/library/search_plan.hpp"
#include "core/library/track_words.hpp"
#include "shell/store/library_pages.hpp"
#include "shell/store/library_views.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr const char* kCursorList = "search";

struct Match {
  int rank = 0;
  std::int64_t row = 0;   // in the index: its place in the static order
  std::int64_t item = 0;  // a track's, album's or artist's id
};

// Best first; as well fitting ones in the static order.
bool before(const Match& a, const Match& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.row < b.row;
}

// The first kRanked matches from `from` on, ranked. `full`: there may be more behind them.
struct Window {
  std::vector<Match> matches;
  std::int64_t last = 0;  // row of the last one met
  bool full = false;
};

constexpr const char* kTracks =
    "SELECT s.id, s.item, s.words FROM track_words w CROSS JOIN search_tracks s ON s.id = w.rowid "
    "WHERE track_words MATCH ? AND w.rowid > ? ORDER BY w.rowid LIMIT ?";
constexpr const char* kArtists =
    "SELECT s.id, s.item, s.words FROM artist_words w CROSS JOIN search_artists s ON s.id = "
    "w.rowid WHERE artist_words MATCH ? AND w.rowid > ?{} ORDER BY w.rowid LIMIT ?";
constexpr const char* kAlbums =
    "SELECT s.id, s.item, s.words FROM album_words w CROSS JOIN search_albums s ON s.id = w.rowid "
    "WHERE album_words MATCH ? AND w.rowid > ?{} ORDER BY w.rowid LIMIT ?";

Result<Window> window(const Scope& scope, const library::SearchPlan& plan, const std::string& sql,
                      const std::string& match, std::int64_t from) {
  Window out;
  TRY(each_row(scope.db.query(sql, match, from, static_cast<std::int64_t>(library::kRanked)),
               [&](const Statement& row) {
                 out.last = row.integer(0);
                 out.matches.push_back(
                     {library::rank(plan, row.text(2)), row.integer(0), row.integer(1)});
               }));
  out.full = out.matches.size() == library::kRanked;
  std::sort(out.matches.begin(), out.matches.end(), before);
  return out;
}

std::vector<std::string> folder_words(const Scope& scope) {
  std::vector<std::string> out;
  if (scope.all) return out;
  for (const SeenFolder& folder : scope.folders) out.push_back(library::folder_word(folder.row));
  if (out.empty()) out.push_back(library::folder_word(0));  // no folder: nothing
  return out;
}

// Whole words first; where those find nothing, each as a beginning.
Result<Window> tracks_window(const Scope& scope, const library::SearchPlan& plan,
                             std::int64_t from) {
  std::vector<std::string> folders = folder_words(scope);
  TRY_LET(found, window(scope, plan, kTracks, library::match_text(plan, false, folders), from));
  if (!found.matches.empty() || plan.words.size() < 2 || from > 0) return found;
  return window(scope, plan, kTracks, library::match_text(plan, true, folders), from);
}

// Where a page of tracks begins: in the window behind `from`, behind this match of it.
struct Place {
  std::int64_t from = 0;
  std::optional<Match> last;
};

Result<Place> place_of(const std::string& text) {
  Place place;
  if (text.empty()) return place;
  TRY_LET(cursor, library::read_cursor(text, kCursorList));
  // "RANK ROW", or nothing at the beginning of a window.
  place.from = cursor.id;
  std::size_t gap = cursor.key.find(' ');
  if (gap == cursor.key.npos) return place;
  TRY_LET(rank, library::number_key({"", cursor.key.substr(0, gap), 0}));
  TRY_LET(row, library::number_key({"", cursor.key.substr(gap + 1), 0}));
  place.last = Match{static_cast<int>(rank), row, 0};
  return place;
}

struct Page {
  std::vector<std::int64_t> tracks;  // ids
  std::optional<std::string> next;
};

Result<Page> page_of(const Scope& scope, const library::SearchPlan& plan, Place place,
                     std::size_t limit) {
  Page page;
  for (;;) {
    TRY_LET(found, tracks_window(scope, plan, place.from));
    for (const Match& match : found.matches) {
      if (place.last && !before(*place.last, match)) continue;
      if (page.tracks.size() == limit) {
        page.next = library::cursor_text(
            {kCursorList, fmt::format("{} {}", place.last->rank, place.last->row), place.from});
        return page;
      }
      page.tracks.push_back(match.item);
      place.last = match;
    }
    if (!found.full) return page;
    place = {found.last, std::nullopt};
    // A full page ends here rather than look whether the next window holds anything.
    if (page.tracks.size() == limit) {
      page.next = library::cursor_text({kCursorList, "", place.from});
      return page;
    }
  }
}

Result<std::vector<std::int64_t>> rows_of(const Scope& scope,
                                          const std::vector<std::int64_t>& tracks) {
  std::vector<std::int64_t> rows;
  for (std::int64_t track : tracks) {
    TRY(one_row(scope.db.query("SELECT id FROM tracks WHERE track = ?", track),
                [&](const Statement& row) { rows.push_back(row.integer(0)); }));
  }
  return rows;
}

// Views of the best matches, until there are enough: some may be of nothing that is listed (who
// only composed).
template <class Views>
auto best_of(const Scope& scope, const library::SearchPlan& plan, const std::string& sql,
             std::size_t limit, Views views) -> decltype(views(scope, {})) {
  TRY_LET(found, window(scope, plan, sql, library::match_text(plan, false), 0));
  if (found.matches.empty() && plan.words.size() > 1) {
    TRY_LET(begun, window(scope, plan, sql, library::match_text(plan, true), 0));
    found = std::move(begun);
  }
  typename decltype(views(scope, {}))::value_type out;
  for (const Match& match : found.matches) {
    if (out.size() == limit) break;
    TRY_LET(some, views(scope, std::span(&match.item, 1)));
    for (auto& view : some) out.push_back(std::move(view));
  }
  return out;
}

Result<void> add_names(const Scope& scope, const library::SearchPlan& plan, std::size_t limit,
                       library::SearchAnswer& out) {
  // Who sees all meets what there is; else what is not seen must not use up the matches.
  std::string artist_seen;
  std::string album_seen;
  if (!scope.all) {
    artist_seen =
        " AND EXISTS (SELECT 1 FROM credits c WHERE c.artist = s.item AND c.role < 2 AND c.folder "
        "IN " +
        scope.rows() + ")";
    album_seen = " AND EXISTS (SELECT 1 FROM tracks t WHERE t.album = s.item AND +t.folder IN " +
                 scope.rows() + ")";
  }
  TRY_LET(artists, best_of(scope, plan, fmt::format(kArtists, artist_seen), limit, artist_views));
  TRY_LET(albums, best_of(scope, plan, fmt::format(kAlbums, album_seen), limit, album_views));
  out.artists = std::move(artists);
  out.albums = std::move(albums);
  return {};
}

}  // namespace

Result<library::SearchAnswer> search(const Scope& scope, const library::Search& query) {
  library::SearchAnswer out;
  library::SearchPlan plan = library::plan_search(query.text);
  TRY_LET(place, place_of(query.cursor));
  if (plan.empty()) return out;
  auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(query.limit, 1, 100));
  TRY_LET(page, page_of(scope, plan, place, limit));
  TRY_LET(rows, rows_of(scope, page.tracks));
  TRY_LET(tracks, track_views(scope, rows));
  out.tracks = std::move(tracks);
  out.next = std::move(page.next);
  if (query.cursor.empty()) TRY(add_names(scope, plan, (limit + 1) / 2, out));
  return out;
}

Result<std::vector<std::int64_t>> rows_of_search(const Scope& scope, const std::string& text,
                                                 std::int64_t limit) {
  library::SearchPlan plan = library::plan_search(text);
  if (plan.empty()) return std::vector<std::int64_t>{};
  TRY_LET(page, page_of(scope, plan, {}, static_cast<std::size_t>(limit)));
  return rows_of(scope, page.tracks);
}

}  // namespace tutti::shell
