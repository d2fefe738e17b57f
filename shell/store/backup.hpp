#pragma once
// A backup is house.db as one SQLite file with one more table, tutti_backup, that says what it is.
// library.db is not in it: a scan makes it again.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "shell/store/copy.hpp"
#include "shell/store/migrate.hpp"

namespace tutti::shell {

inline constexpr int kBackupFormat = 1;

struct BackupOptions {
  bool overwrite = false;
  int pages_per_step = 256;
  std::function<bool(const CopyProgress&)> progress{};  // after each step; false cancels
};

struct BackupReport {
  std::string file;
  std::int64_t bytes = 0;
  int schema_version = 0;
  std::string program;  // version that made it
  WallTime created_at;
};

// Writes DIR/house.db to `file` while the server runs; no writer waits for it. The file (mode 0600:
// it holds secrets) is complete and durable, or not there. Errors: conflict (exists), no_space,
// cancelled, corrupt, io, not_found. Thread: any; it opens its own connection.
Result<BackupReport> make_backup(const std::string& data_dir, const std::string& file,
                                 const std::string& program, const BackupOptions& options = {});

// Reads the whole file and says what it is. Errors: not_found, bad_request (no backup of tutti),
// corrupt, newer_version.
Result<BackupReport> inspect_backup(const std::string& file, const Schema& schema = house_schema());

struct RestoreReport {
  BackupReport backup;
  std::string kept;  // the house.db that was there; empty when there was none
};
// Puts a backup in the place of DIR/house.db; what was there is kept in
// DIR/backups/before-restore-UTC.db (and, were it too damaged to read, byte for byte with its
// -wal). The next open migrates it. A crash at any moment leaves the old one or the new one.
// Errors: those of inspect_backup; in_use (a server holds DIR); no_space, io. Thread: any.
Result<RestoreReport> restore(const std::string& file, const std::string& data_dir,
                              const Schema& schema = house_schema());

// FNV-1a (Fowler, Noll, Vo), 64 bits, over the definition and every row of every table but
// tutti_backup: finds damage inside of values, which no integrity_check sees.
Result<std::int64_t> content_hash(Database& database);

}  // namespace tutti::shell
