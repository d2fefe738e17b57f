#include "shell/store/library_pages.hpp"

#include <algorithm>
#include <utility>

#include "shell/store/try.hpp"

namespace tutti::shell {

std::string list_name(const char* kind, library::Sort sort, bool reverse, std::int64_t seed) {
  std::string out = kind;
  for (const auto& row : library::names_of(sort))
    if (row.value == sort) (out += '.') += row.name;
  if (reverse) out += '-';
  if (seed != 0) out += std::to_string(seed);
  return out;
}

Result<std::optional<library::Cursor>> start_of(const std::string& cursor,
                                                const std::string& list) {
  if (cursor.empty()) return std::nullopt;
  TRY_LET(read, library::read_cursor(cursor, list));
  return read;
}

Result<library::SqlText> behind(const Order& order, const std::optional<library::Cursor>& start) {
  library::SqlText sql;
  if (!start) return sql;
  sql.add(" AND (" + order.key + ", " + order.id + (order.descending ? ") < (" : ") > ("));
  if (order.is_text) {
    sql.value(start->key);
  } else {
    TRY_LET(number, library::number_key(*start));
    sql.value(number);
  }
  sql.add(", ").value(start->id).add(")");
  return sql;
}

library::SqlText order_and_limit(const Order& order, std::int64_t limit) {
  const char* way = order.descending ? " DESC" : "";
  library::SqlText sql;
  sql.add(" ORDER BY " + order.key + way + ", " + order.id + way + " LIMIT ").value(limit + 1);
  return sql;
}

Result<PageIds> page_ids(const Scope& scope, const library::SqlText& sql, const std::string& list,
                         std::int64_t limit) {
  PageIds page;
  library::Cursor last{list, {}, 0};
  bool more = false;
  TRY(each_row(prepare(scope.db, sql), [&](const Statement& row) {
    if (static_cast<std::int64_t>(page.ids.size()) == limit) {
      more = true;
      return;
    }
    last.key = row.text(0);
    last.id = row.integer(1);
    page.ids.push_back(row.integer(2));
  }));
  if (more) page.next = library::cursor_text(last);
  return page;
}

Result<PageIds> mixed_ids(const Scope& scope, const library::SqlText& sql, const std::string& list,
                          std::int64_t seed, const std::optional<library::Cursor>& start,
                          std::int64_t limit) {
  using Mixed = std::pair<std::uint64_t, std::int64_t>;
  std::optional<Mixed> after;
  std::uint64_t salt = hash_mix(static_cast<std::uint64_t>(seed) + 0x9e3779b97f4a7c15ULL);
  auto mix = [salt](std::int64_t id) {
    return Mixed{hash_mix(static_cast<std::uint64_t>(id) ^ salt), id};
  };
  if (start) after = mix(start->id);
  std::vector<Mixed> first;  // a heap of the smallest behind the start, largest on top
  TRY(each_row(prepare(scope.db, sql), [&](const Statement& row) {
    Mixed one = mix(row.integer(0));
    if (after && one <= *after) return;
    bool full = static_cast<std::int64_t>(first.size()) > limit;
    if (full && one >= first.front()) return;
    if (full) {
      std::pop_heap(first.begin(), first.end());
      first.pop_back();
    }
    first.push_back(one);
    std::push_heap(first.begin(), first.end());
  }));
  std::sort_heap(first.begin(), first.end());
  PageIds page;
  bool more = static_cast<std::int64_t>(first.size()) > limit;
  if (more) first.pop_back();
  for (const Mixed& one : first) page.ids.push_back(one.second);
  if (more) page.next = library::cursor_text({list, "", page.ids.back()});
  return page;
}

std::int64_t bounded(std::int64_t limit) {
  return std::clamp<std::int64_t>(limit, 1, library::kPageMost);
}

}  // namespace tutti::shell
