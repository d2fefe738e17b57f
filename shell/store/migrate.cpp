#include "shell/store/migrate.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "shell/loop/loop.hpp"
#include "shell/store/copy.hpp"
#include "shell/store/files.hpp"

namespace tutti::shell {

namespace {

constexpr Duration kCheckEvery = seconds(24 * 3600);
constexpr const char* kHowToRestore =
    "bring back a backup with `tutti restore FILE --data DIR`; copies are in its folder backups/";

Schema schema_of(const char* name, std::int64_t id, const char* synchronous,
                 std::span<const Migration> migrations) {
  bool can_be_made_again = std::string_view(name) == "library";
  return {name, id, synchronous, {migrations.begin(), migrations.end()}, can_be_made_again};
}

Error damaged(const std::string& path, std::string_view what) {
  return Error{Code::corrupt, fmt::format("{} is damaged: {}", path, what), kHowToRestore};
}

Error newer(const std::string& path, std::int64_t version, int latest) {
  return Error{
      Code::newer_version,
      fmt::format("{} is of version {}, this program knows versions up to {}; it was not changed",
                  path, version, latest),
      "start the newer tutti, or restore a backup that the older one made"};
}

// The same damage is met under several names; here it gets one.
Error as_damage(const std::string& path, Error error) {
  if (error.code != Code::corrupt) return error;
  return damaged(
      path, error.text.starts_with(path + ": ") ? error.text.substr(path.size() + 2) : error.text);
}

Result<Probe> probe_open(Database& database, const Schema& schema, bool deep) {
  auto version = database.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  auto mark = database.number("PRAGMA application_id");
  if (!mark) return std::unexpected(mark.error());
  if (*mark != schema.application_id) {
    return std::unexpected(
        damaged(database.path(), fmt::format("it is no {} database of tutti", schema.name)));
  }
  if (*version > schema.latest())
    return std::unexpected(newer(database.path(), *version, schema.latest()));
  if (deep) {
    auto sound = check_integrity(database, false);
    if (!sound) return std::unexpected(sound.error());
  }
  return Probe{static_cast<int>(*version)};
}

std::string checked_mark(const std::string& path) { return path + ".checked"; }

// Not worth an error: without the mark it is checked again.
void mark_checked(const std::string& path) { (void)write_file_atomic(checked_mark(path), ""); }

bool wants_check(const std::string& path, const Schema& schema, const Probe& found) {
  if (!schema.can_be_made_again || found.version < schema.latest()) return true;
  if (file_size(path + "-wal") > 0) return true;  // whoever closes it last takes that away
  struct stat checked{};
  if (::stat(checked_mark(path).c_str(), &checked) != 0) return true;
  Duration age = seconds(clock_now().wall.us / 1'000'000 - checked.st_mtim.tv_sec);
  return age < Duration{} || age >= kCheckEvery;
}

// Before it is opened for writing: nothing of a damaged one is touched.
Result<void> look_at(const std::string& path, const Schema& schema) {
  settle_journal(path);
  auto found = probe(path, schema, false);
  if (!found) return std::unexpected(found.error());
  if (!wants_check(path, schema, *found)) return {};
  found = probe(path, schema, true);
  if (!found) return std::unexpected(found.error());
  if (schema.can_be_made_again) mark_checked(path);
  return {};
}

Result<void> run_pending(Database& database, const Schema& schema, std::int64_t from) {
  for (const Migration& migration : schema.migrations) {
    if (migration.version <= from) continue;
    auto done = database.exec(migration.sql);
    if (!done) {
      Error error = done.error();
      error.text = fmt::format("{}: the update {} failed, the database is unchanged: {}",
                               database.path(), migration.name, error.text);
      return std::unexpected(error);
    }
  }
  return database.exec(fmt::format("PRAGMA user_version = {}", schema.latest()));
}

Result<void> check_references(Database& database) {
  auto broken = database.prepare("PRAGMA foreign_key_check");
  if (!broken) return std::unexpected(broken.error());
  auto row = broken->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  return fail(
      Code::internal,
      fmt::format(
          "{}: the update leaves table {} with broken references; the database is unchanged",
          database.path(), broken->text(0)),
      "this is a bug in tutti; please report it");
}

Result<std::string> copy_before(Database& database, const Schema& schema,
                                const std::string& backups_dir) {
  auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (backups_dir.empty() || *tables == 0) return std::string{};
  std::string to = fmt::format("{}/before-{}-v{}.db", backups_dir, schema.name, schema.latest());
  auto copied = copy_database(database.path(), to, {.overwrite = true});
  if (copied) return to;
  Error error = copied.error();
  error.text = "the copy before the update failed, the database is unchanged: " + error.text;
  return std::unexpected(error);
}

Result<Migrated> migrate_locked(Database& database, const Schema& schema,
                                const std::string& backups_dir) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  auto version =
      database.number("PRAGMA user_version");  // again: another process may have been here
  if (!version) return std::unexpected(version.error());
  if (*version > schema.latest())
    return std::unexpected(newer(database.path(), *version, schema.latest()));
  Migrated report{static_cast<int>(*version),
                  schema.latest(),
                  schema.latest() - static_cast<int>(*version),
                  {}};
  if (report.ran == 0) return report;
  auto copy = copy_before(database, schema, backups_dir);
  if (!copy) return std::unexpected(copy.error());
  report.backup = *copy;
  auto done = run_pending(database, schema, *version);
  if (done) done = check_references(database);
  if (done) done = transaction->commit();
  if (!done) return std::unexpected(done.error());
  return report;
}

Result<void> configure(Database& database, const Schema& schema) {
  auto mode = database.text("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(mode.error());
  if (*mode != "wal") {
    return fail(Code::io,
                fmt::format("{}: this file system cannot hold a WAL database", database.path()),
                "put the data directory on a local disk");
  }
  return database.exec(
      fmt::format("PRAGMA synchronous = {}; PRAGMA foreign_keys = ON", schema.synchronous));
}

// Complete, in WAL mode, or not at all: made under a temporary name, so that an empty house.db is
// always damage, never a beginning, and no rollback journal is ever beside it.
Result<Migrated> create(const std::string& path, const Schema& schema) {
  std::string temp = temp_name(path);
  remove_database(temp);
  Result<Migrated> report;
  auto made = create_private(temp);
  if (!made) return std::unexpected(made.error());
  {
    auto database = Database::open(temp, OpenMode::read_write);
    report = database ? migrate(*database, schema, "") : std::unexpected(database.error());
    if (report) made = configure(*database, schema);
  }
  if (report && made) made = sync_file(temp);
  if (report && made) made = rename_durably(temp, path, false);
  if (report && made) return report;
  remove_database(temp);
  return report ? std::unexpected(made.error()) : report;
}

}  // namespace

Schema house_schema() { return schema_of("house", 0x74757468, "FULL", house_migrations()); }
Schema library_schema() { return schema_of("library", 0x7475746c, "NORMAL", library_migrations()); }

Result<Probe> probe(const std::string& path, const Schema& schema, bool deep) {
  if (file_exists(path) && file_size(path) == 0)
    return std::unexpected(damaged(path, "it is empty"));
  auto database = Database::open(path, OpenMode::read_only);
  if (!database) return std::unexpected(as_damage(path, database.error()));
  auto found = probe_open(*database, schema, deep);
  if (!found) return std::unexpected(as_damage(path, found.error()));
  return found;
}

Result<Migrated> migrate(Database& database, const Schema& schema, const std::string& backups_dir) {
  // Rebuilding a table drops the old one; with keys enforced that would take the referring rows
  // along (https://sqlite.org/lang_altertable.html#otheralter). They are checked before the commit
  // instead.
  auto off = database.exec("PRAGMA foreign_keys = OFF");
  if (!off) return std::unexpected(off.error());
  auto report = migrate_locked(database, schema, backups_dir);
  auto on = database.exec("PRAGMA foreign_keys = ON");
  if (!on) return std::unexpected(on.error());
  return report;
}

Result<Opened> open_database(const DataDir& dir, const Schema& schema) {
  std::string path = dir.file(schema.name + ".db");
  bool missing = !file_exists(path);
  Migrated created;
  if (missing && file_size(path + "-wal") > 0) {
    return std::unexpected(
        damaged(path, "it is gone, but what was being written to it (-wal) is there"));
  }
  if (missing) {
    auto made = create(path, schema);
    if (!made) return std::unexpected(made.error());
    created = *made;
    if (schema.can_be_made_again) mark_checked(path);
  } else {
    if (auto sound = look_at(path, schema); !sound) return std::unexpected(sound.error());
  }
  auto database = Database::open(path, OpenMode::read_write);
  if (!database) return std::unexpected(as_damage(path, database.error()));
  auto configured = configure(*database, schema);
  if (!configured) return std::unexpected(as_damage(path, configured.error()));
  auto backups = dir.backups();
  if (!backups) return std::unexpected(backups.error());
  auto migrated = migrate(*database, schema, *backups);
  if (!migrated) return std::unexpected(as_damage(path, migrated.error()));
  return Opened{std::move(*database), missing, missing ? created : *migrated};
}

Result<Database> open_reader(const std::string& path) {
  auto database = Database::open(path, OpenMode::read_only);
  if (!database) return database;
  auto configured = database->exec("PRAGMA query_only = ON; PRAGMA foreign_keys = ON");
  if (!configured) return std::unexpected(configured.error());
  return database;
}

}  // namespace tutti::shell
