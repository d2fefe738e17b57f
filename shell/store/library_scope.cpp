#include "shell/store/library_scope.hpp"

#include <algorithm>

#include "shell/store/try.hpp"

namespace tutti::shell {

std::string Scope::rows() const {
  std::string out = "(";
  for (const SeenFolder& folder : folders) {
    if (out.size() > 1) out += ',';
    out += std::to_string(folder.row);
  }
  return out.size() > 1 ? out + ')' : "(0)";  // no folder has the row 0
}

const SeenFolder* Scope::find(FolderId id) const {
  auto found = std::find_if(folders.begin(), folders.end(),
                            [id](const SeenFolder& folder) { return folder.id == id; });
  return found == folders.end() ? nullptr : &*found;
}

const SeenFolder* Scope::find_row(std::int64_t row) const {
  auto found = std::find_if(folders.begin(), folders.end(),
                            [row](const SeenFolder& folder) { return folder.row == row; });
  return found == folders.end() ? nullptr : &*found;
}

Result<Scope> scope_of(Database& db, AccountId account, WallTime now) {
  Scope scope{db};
  scope.now = now;
  TRY_LET(known, one_row(db.query("SELECT id FROM house.accounts WHERE account = ?", account),
                         [&](const Statement& row) { scope.account = row.integer(0); }));
  if (!known) return no_such("account");
  std::vector<FolderId> chosen;
  TRY(each_row(
      db.query("SELECT folder FROM house.account_folders WHERE account_id = ?", scope.account),
      [&](const Statement& row) { chosen.push_back(row.id<FolderId>(0)); }));
  scope.all = chosen.empty();
  TRY(each_row(
      db.prepare("SELECT id, folder, path, name, available, tracks FROM main.folders ORDER BY id"),
      [&](const Statement& row) {
        SeenFolder folder{
            row.integer(0),           row.id<FolderId>(1), std::string(as_text(row.bytes(2))),
            std::string(row.text(3)), row.integer(4) != 0, row.integer(5)};
        bool seen = scope.all || std::find(chosen.begin(), chosen.end(), folder.id) != chosen.end();
        if (seen) scope.folders.push_back(std::move(folder));
      }));
  return scope;
}

Result<Statement> prepare(Database& db, const library::SqlText& sql) {
  auto statement = db.prepare(sql.text);
  int index = 0;
  if (!statement) return statement;
  for (const library::SqlValue& value : sql.values)
    std::visit([&](const auto& v) { statement->bind(++index, v); }, value);
  return statement;
}

std::unexpected<Error> no_such(const char* thing) {
  return fail(Code::not_found, std::string("there is no such ") + thing);
}

}  // namespace tutti::shell
