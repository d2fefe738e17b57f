#pragma once
// Numbered SQL files (migrations/house, migrations/library, embedded at build time) bring a
// database to this program's version. `PRAGMA user_version` is the number of the last one that ran.

#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "shell/store/data_dir.hpp"
#include "shell/store/sqlite.hpp"

namespace tutti::shell {

struct Migration {
  int version;
  const char* name;
  const char* sql;
};

std::span<const Migration> house_migrations();
std::span<const Migration> library_migrations();

// One of the two databases: its name ("house"), its mark in the file's header, how it is opened.
struct Schema {
  std::string name;
  std::int64_t application_id = 0;
  std::string synchronous;
  std::vector<Migration> migrations;
  bool can_be_made_again = false;

  int latest() const { return migrations.empty() ? 0 : migrations.back().version; }
};
Schema house_schema();
Schema library_schema();

struct Probe {
  int version = 0;
};
// Looks at a database without changing a byte of it. Errors: not_found; corrupt (also: not this
// kind of database); newer_version. `deep` also walks its pages (quick_check).
Result<Probe> probe(const std::string& path, const Schema& schema, bool deep);

struct Migrated {
  int from = 0;
  int to = 0;
  int ran = 0;         // 0: somebody else had done it, or there was nothing to do
  std::string backup;  // the copy made before; empty when there was nothing to copy
};
// Brings an open database to schema.latest(): takes SQLite's write lock, reads the version again,
// copies the database to backups_dir/before-NAME-vN.db if it holds anything (backups_dir empty: no
// copy), runs all that is missing in one transaction. After an error the database is what it was.
Result<Migrated> migrate(Database& database, const Schema& schema, const std::string& backups_dir);

struct Opened {
  Database database;
  bool created = false;
  Migrated migrated;
};
// Opens DIR/NAME.db for writing: creates it (complete or not at all), or probes and migrates it.
// WAL, foreign keys. Looking at all pages takes a quarter of a second for 100,000 tracks: of what
// can be made again they are looked at after an end that was none of ours, before a migration, and
// once a day (the time of NAME.db.checked).
Result<Opened> open_database(const DataDir& dir, const Schema& schema);
// The same database for reading only; it must be open for writing somewhere.
Result<Database> open_reader(const std::string& path);

}  // namespace tutti::shell
