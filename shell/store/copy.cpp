#include "shell/store/copy.hpp"

#include "shell/store/files.hpp"

namespace tutti::shell {

namespace {

Result<void> copy_pages(const std::string& from, Database& to, const CopyOptions& options) {
  auto source = Database::open(from, OpenMode::read_only);
  if (!source) return std::unexpected(source.error());
  // The read transaction pins one state: no writer makes the copy start again, and none waits for
  // it.
  auto pinned = source->exec("BEGIN; SELECT count(*) FROM sqlite_schema");
  if (!pinned) return pinned;
  auto backup = OnlineBackup::start(*source, to);
  if (!backup) return std::unexpected(backup.error());
  for (;;) {
    auto done = backup->step(options.pages_per_step);
    if (!done) return std::unexpected(done.error());
    bool go_on =
        !options.progress || options.progress({backup->pages_done(), backup->pages_total()});
    if (*done) return {};
    if (!go_on) return fail(Code::cancelled, "the copy of " + from + " was cancelled");
  }
}

Result<void> fill(const std::string& from, const std::string& temp, const CopyOptions& options) {
  auto made = create_private(temp);
  if (!made) return made;
  auto target = Database::open(temp, OpenMode::read_write);
  if (!target) return std::unexpected(target.error());
  auto copied = copy_pages(from, *target, options);
  if (!copied) return copied;
  auto single = target->text("PRAGMA journal_mode = DELETE");  // the copied header says WAL
  if (!single) return std::unexpected(single.error());
  return options.finish ? options.finish(*target) : Result<void>{};
}

}  // namespace

void settle_journal(const std::string& path) {
  if (file_size(path + "-journal") == 0) return;
  auto database = Database::open(path, OpenMode::read_write);
  if (database)
    (void)database->number(
        "SELECT count(*) FROM sqlite_schema");  // failing, the next who looks says why
}

Result<void> copy_database(const std::string& from, const std::string& to,
                           const CopyOptions& options) {
  if (!options.overwrite && file_exists(to)) {
    return fail(Code::conflict, to + " exists",
                "choose another name, or say that it may be overwritten");
  }
  std::string temp = temp_name(to);
  remove_database(temp);  // of an earlier process that had our number
  auto done = fill(from, temp, options);
  if (done) done = sync_file(temp);
  if (done) done = rename_durably(temp, to, options.overwrite);
  if (!done) remove_database(temp);
  return done;
}

}  // namespace tutti::shell
