// Lists of albums, artists, genres and failed files: like those of tracks, over what has a track
// that is seen.
#include <fmt/format.h>

#include "shell/store/library_lists.hpp"
#include "shell/store/library_pages.hpp"
#include "shell/store/library_views.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

using library::ListQuery;
using library::Sort;
using library::SqlText;

using Start = std::optional<library::Cursor>;

std::int64_t signed_id(std::uint64_t id) { return static_cast<std::int64_t>(id); }

Result<std::string> seen_rows(const Scope& scope, const ListQuery& query) {
  if (!query.folder) return scope.rows();
  const SeenFolder* folder = scope.find(*query.folder);
  if (folder == nullptr) return no_such("folder");
  return fmt::format("({})", folder->row);
}

std::string years(const ListQuery& query, const char* date) {
  std::string out;
  if (query.year_from > 0) out += fmt::format(" AND {} >= '{:04}'", date, query.year_from);
  if (query.year_to > 0)
    out += fmt::format(" AND {0} < '{1:04}' AND {0} <> ''", date, query.year_to + 1);
  return out;
}

// What a personal order sums up over the tracks of a thing.
struct Sum {
  const char* table;
  const char* sum;
};
std::optional<Sum> sum_of(Sort sort) {
  switch (sort) {
    case Sort::plays: return Sum{"house.play_counts", "sum(p.plays)"};
    case Sort::played: return Sum{"house.play_counts", "max(p.last_at)"};
    case Sort::rating: return Sum{"house.ratings", "CAST(avg(p.rating) * 1000 AS INTEGER)"};
    case Sort::name:
    case Sort::added:
    case Sort::date:
    case Sort::random: break;
  }
  return std::nullopt;
}

Order order_of(const ListQuery& query) {
  if (sum_of(query.sort)) return {"k", "id", false, !query.reverse};
  if (query.sort == Sort::added) return {"a.added_at", "a.id", false, !query.reverse};
  if (query.sort == Sort::date) return {"a.date", "a.id", true, !query.reverse};
  return {"a.sort_key", "a.id", true, query.reverse};
}

// " AND a.id IN (...)" for what the list is narrowed to, but for artists of albums.
SqlText favourites_only(const Scope& scope, const ListQuery& query, const char* id, int kind) {
  SqlText sql;
  if (!query.favourites) return sql;
  return sql
      .add(fmt::format(" AND {} IN (SELECT item FROM house.favourites WHERE kind = {} AND "
                       "account_id = ",
                       id, kind))
      .value(scope.account)
      .add(")");
}

SqlText albums_where(const Scope& scope, const ListQuery& query, const std::string& rows,
                     const char* id) {
  SqlText sql;
  if (query.artist) {
    sql.add(fmt::format(" AND {} IN (SELECT album FROM credits WHERE artist = ", id))
        .value(signed_id(query.artist->value))
        .add(" AND folder IN " + rows + ")");
  }
  if (query.genre) {
    sql.add(fmt::format(" AND {} IN (SELECT t.album FROM track_genres g CROSS JOIN tracks t ON "
                        "t.id = g.track WHERE g.genre = ",
                        id))
        .value(signed_id(query.genre->value))
        .add(" AND t.folder IN " + rows + ")");
  }
  return sql.add(favourites_only(scope, query, id, 1));
}

SqlText artists_where(const Scope& scope, const ListQuery& query, const std::string& rows,
                      const char* id) {
  SqlText sql;
  if (query.genre) {
    sql.add(fmt::format(" AND {} IN (SELECT c.artist FROM track_genres g CROSS JOIN credits c ON "
                        "c.track = g.track WHERE g.genre = ",
                        id))
        .value(signed_id(query.genre->value))
        .add(" AND c.role < 2 AND c.folder IN " + rows + ")");
  }
  return sql.add(favourites_only(scope, query, id, 2));
}

// Columns of the key and twice the id, as page_ids wants them; ids alone for a mixed list.
std::string columns(const ListQuery& query, const Order& order) {
  return query.sort == Sort::random ? "a.id" : fmt::format("{}, a.id, a.id", order.key);
}

Result<SqlText> sql_of_albums(const Scope& scope, const ListQuery& query, const Start& start) {
  TRY_LET(rows, seen_rows(scope, query));
  Order order = order_of(query);
  TRY_LET(after, behind(order, start));
  SqlText sql;
  if (auto sum = sum_of(query.sort)) {
    sql.add(
        fmt::format("SELECT {} AS k, t.album AS id, t.album FROM {} p CROSS JOIN tracks t ON "
                    "t.track = p.track WHERE t.album IS NOT NULL AND t.folder IN {}{} AND "
                    "p.account_id = ",
                    sum->sum, sum->table, rows, years(query, "t.date")));
    sql.value(scope.account).add(albums_where(scope, query, rows, "t.album"));
    sql.add(" GROUP BY t.album HAVING 1").add(after);
    return sql.add(order_and_limit(order, query.limit));
  }
  sql.add(
      fmt::format("SELECT {} FROM albums a WHERE EXISTS (SELECT 1 FROM tracks t WHERE t.album = "
                  "a.id AND +t.folder IN {}){}",
                  columns(query, order), rows, years(query, "a.date")));
  sql.add(albums_where(scope, query, rows, "a.id"));
  if (query.sort == Sort::random) return sql;
  return sql.add(after).add(order_and_limit(order, query.limit));
}

Result<SqlText> sql_of_artists(const Scope& scope, const ListQuery& query, const Start& start) {
  if (query.sort == Sort::date || query.artist || query.year_from > 0 || query.year_to > 0) {
    return fail(Code::bad_request, "artists have no date and no artist to be listed by",
                "list tracks or albums with it");
  }
  TRY_LET(rows, seen_rows(scope, query));
  Order order = order_of(query);
  TRY_LET(after, behind(order, start));
  SqlText sql;
  if (auto sum = sum_of(query.sort)) {
    sql.add(
        fmt::format("SELECT {} AS k, c.artist AS id, c.artist FROM {} p CROSS JOIN tracks t ON "
                    "t.track = p.track CROSS JOIN credits c ON c.track = t.id WHERE c.role = 0 "
                    "AND c.folder IN {} AND p.account_id = ",
                    sum->sum, sum->table, rows));
    sql.value(scope.account).add(artists_where(scope, query, rows, "c.artist"));
    sql.add(" GROUP BY c.artist HAVING 1").add(after);
    return sql.add(order_and_limit(order, query.limit));
  }
  sql.add(
      fmt::format("SELECT {} FROM artists a WHERE EXISTS (SELECT 1 FROM credits c WHERE "
                  "c.artist = a.id AND c.role < 2 AND c.folder IN {})",
                  columns(query, order), rows));
  sql.add(artists_where(scope, query, rows, "a.id"));
  if (query.sort == Sort::random) return sql;
  return sql.add(after).add(order_and_limit(order, query.limit));
}

template <class Build>
Result<PageIds> page_of(const Scope& scope, const char* kind, const ListQuery& query, Build build) {
  std::string list = list_name(kind, query.sort, query.reverse, query.seed);
  TRY_LET(start, start_of(query.cursor, list));
  TRY_LET(sql, build(scope, query, start));
  if (query.sort == Sort::random)
    return mixed_ids(scope, sql, list, query.seed, start, query.limit);
  return page_ids(scope, sql, list, query.limit);
}

}  // namespace

Result<library::AlbumPage> list_albums(const Scope& scope, const library::ListAlbums& asked) {
  library::ListAlbums query = asked;
  query.limit = bounded(asked.limit);
  TRY_LET(page, page_of(scope, "albums", query, sql_of_albums));
  TRY_LET(views, album_views(scope, page.ids));
  return library::AlbumPage{std::move(views), std::move(page.next)};
}

Result<library::ArtistPage> list_artists(const Scope& scope, const library::ListArtists& asked) {
  library::ListArtists query = asked;
  query.limit = bounded(asked.limit);
  TRY_LET(page, page_of(scope, "artists", query, sql_of_artists));
  TRY_LET(views, artist_views(scope, page.ids));
  return library::ArtistPage{std::move(views), std::move(page.next)};
}

Result<library::GenrePage> list_genres(const Scope& scope, const library::ListGenres& query) {
  Order order{"g.sort_key", "g.id", true};
  TRY_LET(start, start_of(query.cursor, "genres"));
  TRY_LET(after, behind(order, start));
  SqlText sql;
  sql.add(
      "SELECT g.sort_key, g.id, g.id FROM genres g WHERE EXISTS (SELECT 1 FROM track_genres n "
      "CROSS JOIN tracks t ON t.id = n.track WHERE n.genre = g.id AND t.folder IN " +
      scope.rows() + ")");
  sql.add(after).add(order_and_limit(order, bounded(query.limit)));
  TRY_LET(page, page_ids(scope, sql, "genres", bounded(query.limit)));
  library::GenrePage out{{}, std::move(page.next)};
  // Who sees all counts without looking at the tracks.
  std::string count =
      scope.all ? "SELECT id, name, (SELECT count(*) FROM track_genres WHERE genre = ?1) FROM "
                  "genres WHERE id = ?1"
                : "SELECT id, name, (SELECT count(*) FROM track_genres n CROSS JOIN tracks t ON "
                  "t.id = n.track WHERE n.genre = ?1 AND t.folder IN " +
                      scope.rows() + ") FROM genres WHERE id = ?1";
  for (std::int64_t id : page.ids) {
    TRY(one_row(scope.db.query(count, id), [&](const Statement& row) {
      out.genres.push_back({row.id<library::GenreId>(0), std::string(row.text(1)), row.integer(2)});
    }));
  }
  return out;
}

Result<library::FailedPage> list_failed(const Scope& scope, const library::ListFailed& query) {
  TRY_LET(start, start_of(query.cursor, "failed"));
  std::int64_t limit = bounded(query.limit);
  SqlText sql;
  sql.add(
      "SELECT f.directory, f.name, d.folder, d.path, f.code, f.reason, f.failed_at FROM "
      "failed_files f CROSS JOIN directories d ON d.id = f.directory WHERE d.folder IN " +
      scope.rows());
  if (start) {
    sql.add(" AND (f.directory, f.name) > (").value(start->id);
    sql.add(", CAST(").value(start->key).add(" AS BLOB))");
  }
  sql.add(" ORDER BY f.directory, f.name LIMIT ").value(limit + 1);
  library::FailedPage page;
  library::Cursor last{"failed", {}, 0};
  TRY(each_row(prepare(scope.db, sql), [&](const Statement& row) {
    if (static_cast<std::int64_t>(page.files.size()) == limit) {
      page.next = library::cursor_text(last);
      return;
    }
    last.id = row.integer(0);
    last.key = as_text(row.bytes(1));
    std::string directory(as_text(row.bytes(3)));
    page.files.push_back(
        {scope.find_row(row.integer(2))->id,
         library::display_text(directory.empty() ? last.key : directory + "/" + last.key),
         std::string(name(static_cast<Code>(row.integer(4)))), std::string(row.text(5)),
         time_text(row.integer(6))});
  }));
  return page;
}

}  // namespace tutti::shell
