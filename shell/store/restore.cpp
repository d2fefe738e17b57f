#include <fmt/format.h>
#include <time.h>

#include "shell/store/backup.hpp"
#include "shell/store/data_dir.hpp"

namespace tutti::shell {

namespace {

std::string utc_stamp() {
  time_t now = ::time(nullptr);
  tm parts{};
  ::gmtime_r(&now, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string free_name(const std::string& backups) {
  std::string stem = fmt::format("{}/before-restore-{}", backups, utc_stamp());
  std::string name = stem + ".db";
  for (int n = 2; file_exists(name); ++n) name = fmt::format("{}-{}.db", stem, n);
  return name;
}

// Byte for byte: for what SQLite can no longer read.
Result<void> keep_bytes(const std::string& house, const std::string& to) {
  auto done = copy_file_durably(house, to);
  if (done && file_exists(house + "-wal")) done = copy_file_durably(house + "-wal", to + "-wal");
  return done;
}

// Moves what the log holds into the file, so that the file is whole without it.
Result<void> fold_log(const std::string& house) {
  if (!file_exists(house + "-wal")) return {};
  auto database = Database::open(house, OpenMode::read_write);
  if (!database) return std::unexpected(database.error());
  auto blocked = database->number("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!blocked) return std::unexpected(blocked.error());
  if (*blocked == 0) return {};
  return fail(Code::busy, house + " is being read by another process", "end it, then try again");
}

Result<std::string> keep_old(const DataDir& dir) {
  std::string house = dir.house();
  if (!file_exists(house)) return std::string{};
  auto backups = dir.backups();
  if (!backups) return backups;
  settle_journal(house);
  std::string to = free_name(*backups);
  Result<void> done =
      file_size(house) > 0 ? copy_database(house, to, {}) : fail(Code::corrupt, "empty");
  if (done) done = fold_log(house);
  if (!done && done.error().code == Code::corrupt) {
    remove_database(to);
    done = keep_bytes(house, to);
  }
  if (!done) return std::unexpected(done.error());
  return to;
}

// The backup as it will be house.db, without the table that made it a backup.
Result<void> prepare(const std::string& file, const std::string& to) {
  // In WAL mode already: the change of mode is a write with a rollback journal, better not done to
  // house.db itself.
  auto strip = [](Database& copy) {
    return copy.exec("DROP TABLE tutti_backup; PRAGMA journal_mode = WAL");
  };
  return copy_database(file, to, {.overwrite = true, .finish = strip});
}

Result<void> replace(const DataDir& dir, const std::string& fresh) {
  std::string house = dir.house();
  // A log that stayed would be played into the new file. The old one is whole without it by now, or
  // was damaged and is kept with its log; so a crash between these lines loses nothing.
  for (const char* suffix : {"-wal", "-shm", "-journal"}) remove_quietly(house + suffix);
  auto durable = sync_dir(dir.path());
  if (!durable) return durable;
  if (file_exists(house + "-wal")) {
    return fail(Code::io, "cannot remove " + house + "-wal", "remove it by hand, then try again");
  }
  return rename_durably(fresh, house, true);
}

}  // namespace

Result<RestoreReport> restore(const std::string& file, const std::string& data_dir,
                              const Schema& schema) {
  auto report = inspect_backup(file, schema);
  if (!report) return std::unexpected(report.error());
  auto dir = DataDir::lock(data_dir);
  if (!dir) return std::unexpected(dir.error());
  dir->sweep();
  std::string fresh = temp_name(dir->file("restored"));
  auto prepared = prepare(file, fresh);
  if (!prepared) return std::unexpected(prepared.error());
  auto kept = keep_old(*dir);
  auto replaced = kept ? replace(*dir, fresh) : std::unexpected(kept.error());
  if (replaced) return RestoreReport{*report, *kept};
  remove_database(fresh);
  return std::unexpected(replaced.error());
}

}  // namespace tutti::shell
