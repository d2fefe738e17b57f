#include "shell/store/search_index.hpp"

#include <algorithm>
#include <bit>

#include "core/base/check.hpp"
#include "shell/store/track_row.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

#define TUTTI_SEARCH_SQL(table, index)                                       \
  {"SELECT max(id) FROM " table " WHERE id BETWEEN ? AND ?",                 \
   "SELECT words FROM " table " WHERE id = ?",                               \
   "INSERT INTO " index "(" index ", rowid, words) VALUES ('delete', ?, ?)", \
   "DELETE FROM " table " WHERE id = ?",                                     \
   "INSERT INTO " table "(id, item, words) VALUES (?, ?, ?)",                \
   "INSERT INTO " index "(rowid, words) VALUES (?, ?)"}

const SearchIndex::Sql& SearchIndex::sql_of(SearchKind kind) {
  static constexpr Sql kSql[] = {TUTTI_SEARCH_SQL("search_tracks", "track_words"),
                                 TUTTI_SEARCH_SQL("search_artists", "artist_words"),
                                 TUTTI_SEARCH_SQL("search_albums", "album_words")};
  return kSql[static_cast<std::size_t>(kind)];
}

int search_class(std::int64_t weight) {
  int doublings = static_cast<int>(
      std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(weight, 0))));
  return std::max(kSearchClasses - 1 - doublings, 0);
}

SearchIndex::SearchIndex(SearchKind kind) : sql_(sql_of(kind)) {}

Result<std::int64_t> SearchIndex::next_row(Database& library, int search_class) {
  INVARIANT(search_class >= 0 && search_class < kSearchClasses);
  std::int64_t& last = last_[static_cast<std::size_t>(search_class)];
  std::int64_t first = std::int64_t{search_class} << kSearchClassShift;
  if (last == 0) {
    last = first;
    std::int64_t end = first + (std::int64_t{1} << kSearchClassShift) - 1;
    TRY(one_row(library.query(sql_.last, first, end), [&](const Statement& row) {
      if (!row.is_null(0)) last = row.integer(0);
    }));
  }
  return ++last;
}

void SearchIndex::put(std::int64_t row, std::int64_t item, std::string words) {
  puts_.insert_or_assign(row, Put{item, std::move(words)});
}

// What was put in this transaction is not stored; what it replaced is in removed_ already.
void SearchIndex::remove(std::int64_t row) {
  if (puts_.erase(row) == 0) removed_.insert(row);
}

// FTS5 keeps no text of its own: to take a row out of the index it needs the words as they were
// put in (https://sqlite.org/fts5.html#the_delete_command).
Result<void> SearchIndex::remove_now(Database& library, std::int64_t row) {
  std::string words;
  TRY(one_row(library.query(sql_.read, row),
              [&](const Statement& found) { words = found.text(0); }));
  TRY(library.execute(sql_.remove_words, row, words));
  return library.execute(sql_.remove, row);
}

Result<void> SearchIndex::flush(Database& library) {
  for (std::int64_t row : removed_) TRY(remove_now(library, row));
  for (const auto& [row, put] : puts_) {
    TRY(library.execute(sql_.put, row, put.item, put.words));
    TRY(library.execute(sql_.put_words, row, put.words));
  }
  puts_.clear();
  removed_.clear();
  return {};
}

void SearchIndex::forget() {
  puts_.clear();
  removed_.clear();
  last_ = {};
}

}  // namespace tutti::shell
