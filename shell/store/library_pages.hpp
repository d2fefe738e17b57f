#pragma once
// One page of anything that has a key and an id: the shape that all lists share.

#include <optional>
#include <string>
#include <vector>

#include "core/library/cursor.hpp"
#include "shell/store/library_scope.hpp"

namespace tutti::shell {

// What a list is ordered by, as SQL.
struct Order {
  std::string key;  // an expression
  std::string id;   // what tells rows of one key apart
  bool is_text = false;
  bool descending = false;
};

// A list's name for its cursors: kind, order and direction.
std::string list_name(const char* kind, library::Sort sort, bool reverse, std::int64_t seed = 0);

// Where the page begins; nothing: at the start.
Result<std::optional<library::Cursor>> start_of(const std::string& cursor, const std::string& list);

// " AND (key, id) > (?, ?)", or nothing at the start.
Result<library::SqlText> behind(const Order& order, const std::optional<library::Cursor>& start);
// " ORDER BY key, id LIMIT ?": one more than the page holds, to know whether there is another.
library::SqlText order_and_limit(const Order& order, std::int64_t limit);

struct PageIds {
  std::vector<std::int64_t> ids;
  std::optional<std::string> next;
};
// Runs a statement whose columns are key, id and what the page shall hold; `limit` is the page's.
Result<PageIds> page_ids(const Scope& scope, const library::SqlText& sql, const std::string& list,
                         std::int64_t limit);

// A page of all that `sql` gives (ids, in any order), mixed by the seed: the same order for all
// pages of one seed, whatever is added in between.
Result<PageIds> mixed_ids(const Scope& scope, const library::SqlText& sql, const std::string& list,
                          std::int64_t seed, const std::optional<library::Cursor>& start,
                          std::int64_t limit);

// The limit within its bounds, whoever asks.
std::int64_t bounded(std::int64_t limit);

}  // namespace tutti::shell
