#pragma once
// Who asks, and which folders are to be seen: asked once for each request, and part of every query.

#include <string>
#include <vector>

#include "core/library/requests.hpp"
#include "core/library/sql_text.hpp"
#include "shell/store/sqlite.hpp"
#include "shell/store/track_row.hpp"

namespace tutti::shell {

struct SeenFolder {
  std::int64_t row = 0;
  FolderId id;
  std::string path;
  std::string name;
  bool available = true;
  std::int64_t tracks = 0;
};

// A connection to library.db with house.db attached as `house`, and what one account sees in it.
// Thread: that of the connection.
struct Scope {
  Database& db;
  std::int64_t account = 0;  // the account's row
  bool all = true;           // it sees every folder
  std::vector<SeenFolder> folders{};
  WallTime now{};

  // "(1,4)" for IN; never empty.
  std::string rows() const;
  const SeenFolder* find(FolderId id) const;
  const SeenFolder* find_row(std::int64_t row) const;
};

// not_found: there is no such account.
Result<Scope> scope_of(Database& db, AccountId account, WallTime now = {});

// A statement with its values bound.
Result<Statement> prepare(Database& db, const library::SqlText& sql);

// What an answer says of something that is not there, or not to be seen.
std::unexpected<Error> no_such(const char* thing);

}  // namespace tutti::shell
