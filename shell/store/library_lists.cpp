#include "shell/store/library_lists.hpp"

#include <fmt/format.h>

#include "shell/store/library_pages.hpp"
#include "shell/store/library_views.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

using library::Filter;
using library::ListQuery;
using library::Sort;
using library::SqlText;

std::int64_t signed_id(std::uint64_t id) { return static_cast<std::int64_t>(id); }

bool is_personal(Sort sort) {
  return sort == Sort::plays || sort == Sort::played || sort == Sort::rating;
}

// The table that a personal order is read from, and its column.
struct Personal {
  const char* table;
  const char* column;
  const char* sum;  // over the tracks of an album or artist
};
Personal personal(Sort sort) {
  if (sort == Sort::plays) return {"house.play_counts", "plays", "sum(p.plays)"};
  if (sort == Sort::played) return {"house.play_counts", "last_at", "max(p.last_at)"};
  return {"house.ratings", "rating", "CAST(avg(p.rating) * 1000 AS INTEGER)"};
}

bool by_year(const Filter& filter) { return filter.year_from > 0 || filter.year_to > 0; }

// " AND DATE >= ... AND DATE < ...": dates are text that begins with the year.
void add_years(SqlText& sql, const Filter& filter, const char* date) {
  if (filter.year_from > 0)
    sql.add(fmt::format(" AND {} >= ", date)).value(fmt::format("{:04}", filter.year_from));
  if (filter.year_to > 0)
    sql.add(fmt::format(" AND {} < ", date)).value(fmt::format("{:04}", filter.year_to + 1));
  if (filter.year_to > 0 && filter.year_from == 0) sql.add(fmt::format(" AND {} <> ''", date));
}

// The folders a list is about: those seen, or the one asked for.
Result<std::vector<std::int64_t>> folders_of(const Scope& scope, const Filter& filter) {
  std::vector<std::int64_t> rows;
  if (!filter.folder) {
    for (const SeenFolder& folder : scope.folders) rows.push_back(folder.row);
    return rows;
  }
  const SeenFolder* folder = scope.find(*filter.folder);
  if (folder == nullptr) return no_such("folder");
  return std::vector{folder->row};
}

std::string in_list(const std::vector<std::int64_t>& rows) {
  return rows.empty() ? "(0)" : fmt::format("({})", fmt::join(rows, ","));
}

// Where the tracks of a narrowed list come from: the smallest of what it is narrowed to.
SqlText narrowed_from(const Scope& scope, const Filter& filter) {
  SqlText sql;
  if (filter.artist) {
    sql.add("(SELECT DISTINCT track AS row FROM credits WHERE artist = ")
        .value(signed_id(filter.artist->value))
        .add(") n CROSS JOIN tracks t ON t.id = n.row");
  } else if (filter.genre) {
    sql.add("track_genres n CROSS JOIN tracks t ON t.id = n.track");
  } else if (filter.favourites) {
    sql.add("house.favourites n CROSS JOIN tracks t ON t.track = n.item");
  } else {
    sql.add("tracks t INDEXED BY tracks_by_date");
  }
  sql.add(" WHERE 1");
  if (!filter.artist && filter.genre)
    sql.add(" AND n.genre = ").value(signed_id(filter.genre->value));
  if (!filter.artist && !filter.genre && filter.favourites)
    sql.add(" AND n.kind = 0 AND n.account_id = ").value(scope.account);
  return sql;
}

// The conditions of a filter on tracks `t`; what already leads the join is true anyway.
SqlText conditions(const Scope& scope, const Filter& filter, const std::string& folders) {
  SqlText sql;
  sql.add(" AND t.folder IN " + folders);
  if (filter.genre && filter.artist) {
    sql.add(" AND EXISTS (SELECT 1 FROM track_genres g WHERE g.track = t.id AND g.genre = ")
        .value(signed_id(filter.genre->value))
        .add(")");
  }
  if (filter.favourites) {
    sql.add(
           " AND EXISTS (SELECT 1 FROM house.favourites f WHERE f.kind = 0 AND f.item = t.track "
           "AND f.account_id = ")
        .value(scope.account)
        .add(")");
  }
  add_years(sql, filter, "t.date");
  return sql;
}

Order order_of_tracks(const ListQuery& query, bool by_index) {
  // A unary plus keeps SQLite from walking an index for the order where something else narrows.
  std::string plus = by_index ? "" : "+";
  Order order{plus + "t.sort_key", "t.id", true, query.reverse};
  if (query.sort == Sort::added) order = {plus + "t.added_at", "t.id", false, !query.reverse};
  if (query.sort == Sort::date) order = {plus + "t.date", "t.id", true, !query.reverse};
  if (is_personal(query.sort))
    order = {fmt::format("p.{}", personal(query.sort).column), "p.track", false, !query.reverse};
  return order;
}

using Start = std::optional<library::Cursor>;

// A select for each folder, each in the order of its index and no longer than the page; together
// ordered and cut again.
Result<SqlText> tracks_by_folder(const std::vector<std::int64_t>& folders, const ListQuery& query,
                                 const Start& start) {
  Order order = order_of_tracks(query, true);
  TRY_LET(after, behind(order, start));
  SqlText sql;
  sql.add("SELECT k, id, id FROM (");
  for (std::int64_t folder : folders.empty() ? std::vector<std::int64_t>{0} : folders) {
    if (!sql.values.empty()) sql.add(" UNION ALL ");
    sql.add(fmt::format("SELECT * FROM (SELECT {} AS k, t.id AS id FROM tracks t WHERE t.folder = ",
                        order.key));
    sql.value(folder).add(after).add(order_and_limit(order, query.limit)).add(")");
  }
  sql.add(")").add(order_and_limit({"k", "id", order.is_text, order.descending}, query.limit));
  return sql;
}

Result<SqlText> tracks_narrowed(const Scope& scope, const std::string& folders,
                                const ListQuery& query, const Start& start) {
  Order order = order_of_tracks(query, false);
  TRY_LET(after, behind(order, start));
  SqlText sql;
  sql.add(fmt::format("SELECT {}, t.id, t.id FROM ", order.key));
  return sql.add(narrowed_from(scope, query))
      .add(conditions(scope, query, folders))
      .add(after)
      .add(order_and_limit(order, query.limit));
}

Result<SqlText> tracks_personal(const Scope& scope, const std::string& folders,
                                const ListQuery& query, const Start& start) {
  Order order = order_of_tracks(query, true);
  TRY_LET(after, behind(order, start));
  SqlText sql;
  sql.add(
      fmt::format("SELECT {}, p.track, t.id FROM {} p CROSS JOIN tracks t ON t.track = p.track "
                  "WHERE p.account_id = ",
                  order.key, personal(query.sort).table));
  sql.value(scope.account).add(after).add(conditions(scope, query, folders));
  if (query.artist) {
    sql.add(" AND EXISTS (SELECT 1 FROM credits c WHERE c.track = t.id AND c.artist = ")
        .value(signed_id(query.artist->value))
        .add(")");
  } else if (query.genre) {
    sql.add(" AND EXISTS (SELECT 1 FROM track_genres g WHERE g.track = t.id AND g.genre = ")
        .value(signed_id(query.genre->value))
        .add(")");
  }
  return sql.add(order_and_limit(order, query.limit));
}

bool is_narrowed(const Filter& filter) {
  return filter.artist || filter.genre || filter.favourites || by_year(filter);
}

SqlText ids_of_tracks(const Scope& scope, const std::string& folders, const ListQuery& query) {
  SqlText sql;
  if (is_narrowed(query)) {
    return sql.add("SELECT t.id FROM ")
        .add(narrowed_from(scope, query))
        .add(conditions(scope, query, folders));
  }
  return sql.add("SELECT t.id FROM tracks t WHERE t.folder IN " + folders);
}

Result<SqlText> sql_of(const Scope& scope, const ListQuery& query, const Start& start) {
  TRY_LET(folders, folders_of(scope, query));
  std::string in = in_list(folders);
  if (query.sort == Sort::random) return ids_of_tracks(scope, in, query);
  if (is_personal(query.sort)) return tracks_personal(scope, in, query, start);
  if (is_narrowed(query)) return tracks_narrowed(scope, in, query, start);
  return tracks_by_folder(folders, query, start);
}

}  // namespace

Result<SqlText> sql_of_tracks(const Scope& scope, const library::ListTracks& query) {
  std::string list = list_name("tracks", query.sort, query.reverse, query.seed);
  TRY_LET(start, start_of(query.cursor, list));
  return sql_of(scope, query, start);
}

Result<library::TrackPage> list_tracks(const Scope& scope, const library::ListTracks& asked) {
  library::ListTracks query = asked;
  query.limit = bounded(asked.limit);
  std::string list = list_name("tracks", query.sort, query.reverse, query.seed);
  TRY_LET(start, start_of(query.cursor, list));
  TRY_LET(sql, sql_of(scope, query, start));
  auto page = query.sort == Sort::random
                  ? mixed_ids(scope, sql, list, query.seed, start, query.limit)
                  : page_ids(scope, sql, list, query.limit);
  if (!page) return std::unexpected(page.error());
  TRY_LET(views, track_views(scope, page->ids));
  return library::TrackPage{std::move(views), std::move(page->next)};
}

// Folder by folder: all of one that is away, else those that are marked.
Result<library::TrackPage> list_unavailable(const Scope& scope,
                                            const library::ListUnavailable& query) {
  std::string list = "unavailable";
  TRY_LET(start, start_of(query.cursor, list));
  std::int64_t limit = bounded(query.limit);
  SqlText sql;
  sql.add("SELECT id, id, id FROM (");
  for (const SeenFolder& folder : scope.folders) {
    if (!sql.values.empty()) sql.add(" UNION ALL ");
    sql.add("SELECT * FROM (SELECT id FROM tracks WHERE folder = ").value(folder.row);
    if (folder.available) sql.add(" AND available = 0");
    sql.add(" AND id > ").value(start ? start->id : 0).add(" ORDER BY id LIMIT ").value(limit + 1);
    sql.add(")");
  }
  if (scope.folders.empty()) return library::TrackPage{};
  sql.add(") ORDER BY id LIMIT ").value(limit + 1);
  TRY_LET(page, page_ids(scope, sql, list, limit));
  TRY_LET(views, track_views(scope, page.ids));
  return library::TrackPage{std::move(views), std::move(page.next)};
}

}  // namespace tutti::shell
