#include "shell/store/backup.hpp"

#include <fmt/format.h>
#include <time.h>

#include <array>

#include "core/base/bytes.hpp"

namespace tutti::shell {

namespace {

WallTime wall_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000};
}

class Hash {
 public:
  void add(ByteView bytes) {
    for (std::byte b : bytes)
      value_ = (value_ ^ std::to_integer<std::uint64_t>(b)) * 1099511628211ULL;
  }
  void add(std::uint64_t number) {
    std::array<std::byte, 8> bytes;
    store_be(bytes.data(), number);
    add(bytes);
  }
  void add_value(const Statement& row, int column) {
    add(static_cast<std::uint64_t>(row.type(column)));
    if (row.type(column) == 1) return add(static_cast<std::uint64_t>(row.integer(column)));
    ByteView bytes = row.bytes(column);
    add(bytes.size());
    add(bytes);
  }
  std::int64_t value() const { return static_cast<std::int64_t>(value_); }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

Result<void> hash_rows(Database& database, const std::string& table, Hash& hash) {
  // NOT INDEXED: in the order of the table itself, whatever the planner prefers.
  auto rows = database.prepare("SELECT * FROM " + quoted(table) + " NOT INDEXED");
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    for (int column = 0; column < rows->columns(); ++column) hash.add_value(*rows, column);
  }
}

struct Table {
  std::string name;
  std::string sql;
};

Result<std::vector<Table>> tables_of(Database& database) {
  auto rows = database.prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'tutti_backup' AND "
      "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name");
  if (!rows) return std::unexpected(rows.error());
  std::vector<Table> tables;
  for (;;) {
    auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return tables;
    tables.push_back({std::string(rows->text(0)), std::string(rows->text(1))});
  }
}

// Signs the copy: what it is, and what must be found in it again.
Result<void> sign(Database& copy, BackupReport& report) {
  auto sound = check_integrity(copy, true);
  if (!sound) return sound;
  auto version = copy.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  auto hash = content_hash(copy);
  if (!hash) return std::unexpected(hash.error());
  report.schema_version = static_cast<int>(*version);
  auto made = copy.exec(
      "DROP TABLE IF EXISTS tutti_backup; CREATE TABLE tutti_backup(format INTEGER NOT NULL, "
      "program TEXT NOT NULL, "
      "created_at INTEGER NOT NULL, schema_version INTEGER NOT NULL, integrity TEXT NOT NULL, "
      "content_hash INTEGER NOT NULL) STRICT");
  if (!made) return made;
  return copy.execute("INSERT INTO tutti_backup VALUES (?, ?, ?, ?, 'ok', ?)", kBackupFormat,
                      report.program, report.created_at.us, *version, *hash);
}

Result<Statement> signature(Database& database) {
  auto there = database.number(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tutti_backup'");
  if (!there) return std::unexpected(there.error());
  if (*there == 0) {
    return fail(Code::bad_request, database.path() + " is a database, but no backup of tutti",
                "give a file that `tutti backup` wrote");
  }
  auto row = database.prepare(
      "SELECT format, program, created_at, schema_version, content_hash FROM tutti_backup");
  if (!row) return row;
  auto found = row->step();
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(Code::corrupt, database.path() + ": its table tutti_backup is empty",
                "take another backup");
  return row;
}

Result<BackupReport> verify(Database& database, const Schema& schema) {
  auto row = signature(database);
  if (!row) return std::unexpected(row.error());
  auto version = database.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (row->integer(0) > kBackupFormat || *version > schema.latest()) {
    return fail(Code::newer_version,
                fmt::format("{} was made by tutti {}, which is newer than this one",
                            database.path(), row->text(1)),
                "restore it with that version or a later one");
  }
  BackupReport report{database.path(), file_size(database.path()),
                      static_cast<int>(row->integer(3)), std::string(row->text(1)),
                      WallTime{row->integer(2)}};
  auto sound = check_integrity(database, true);
  if (!sound) return std::unexpected(sound.error());
  auto hash = content_hash(database);
  if (!hash) return std::unexpected(hash.error());
  if (*hash != row->integer(4) || *version != row->integer(3)) {
    return fail(Code::corrupt, database.path() + " is damaged: its content is not what was written",
                "");
  }
  return report;
}

}  // namespace

Result<std::int64_t> content_hash(Database& database) {
  auto tables = tables_of(database);
  if (!tables) return std::unexpected(tables.error());
  Hash hash;
  for (const Table& table : *tables) {
    hash.add(as_bytes(table.name));
    hash.add(as_bytes(table.sql));
    auto done = hash_rows(database, table.name, hash);
    if (!done) return std::unexpected(done.error());
  }
  return hash.value();
}

Result<BackupReport> make_backup(const std::string& data_dir, const std::string& file,
                                 const std::string& program, const BackupOptions& options) {
  BackupReport report{file, 0, 0, program, wall_now()};
  CopyOptions copy{options.pages_per_step, options.overwrite, options.progress,
                   [&](Database& database) { return sign(database, report); }};
  auto done = copy_database(data_dir + "/house.db", file, copy);
  if (!done) return std::unexpected(done.error());
  report.bytes = file_size(file);
  return report;
}

Result<BackupReport> inspect_backup(const std::string& file, const Schema& schema) {
  auto database = Database::open(file, OpenMode::read_only);
  auto report = database ? verify(*database, schema) : std::unexpected(database.error());
  if (report || report.error().code != Code::corrupt) return report;
  Error error = report.error();
  error.text = "this backup cannot be restored, or is none: " + error.text;
  error.hint = "take another backup; nothing was changed";
  return std::unexpected(error);
}

}  // namespace tutti::shell
