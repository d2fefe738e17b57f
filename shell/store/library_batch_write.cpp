// The transaction around the steps of library_batch.cpp.
#include "core/base/check.hpp"
#include "shell/store/library_batch.hpp"
#include "shell/store/library_writer.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

std::size_t rows_of(const library::ScanBatch& batch) {
  return batch.upserts.size() + batch.failures.size() + batch.removals.size() +
         batch.unavailable.size() + batch.available.size();
}

}  // namespace

// In the database, so that tidying is not forgotten over a crash.
Result<void> LibraryBatches::mark_untidy() {
  if (untidy_) return {};
  return library_.execute("INSERT OR IGNORE INTO meta(key, value) VALUES ('library.untidy', '1')");
}

Result<void> LibraryBatches::store_sums() {
  for (const auto& [folder, sums] : sums_) {
    TRY(library_.execute(
        "UPDATE folders SET tracks = tracks + ?, duration_ms = duration_ms + ?, bytes = bytes + ? "
        "WHERE id = ?",
        sums.tracks, sums.duration_ms, sums.bytes, folder));
  }
  sums_.clear();
  return {};
}

Result<void> LibraryBatches::flush() {
  TRY(store_sums());
  TRY(tracks_.flush(library_));
  return names_.flush();
}

void LibraryBatches::forget() {
  tracks_.forget();
  names_.forget();
  directories_.clear();
  emptied_.clear();
  sums_.clear();
  untidy_ = false;
}

Result<void> LibraryBatches::write_all(const library::ScanBatch& batch, Place& place,
                                       library::ScanBatchDone& done) {
  for (const library::ScannedFile& file : batch.upserts) TRY(upsert(place, file, done));
  for (const library::FailedFile& file : batch.failures) TRY(fail_file(place, file, done));
  for (const library::FilePath& path : batch.removals) TRY(remove(place, path, done));
  TRY(mark(place, batch.unavailable, false));
  TRY(mark(place, batch.available, true));
  TRY(drop_empty_directories());
  TRY(mark_untidy());
  return flush();
}

Result<library::ScanBatchDone> LibraryBatches::write(const library::ScanBatch& batch,
                                                     WallTime now) {
  INVARIANT(rows_of(batch) <= kScanBatchRows);
  library::ScanBatchDone done;
  if (rows_of(batch) == 0) return done;
  TRY_LET(transaction, Transaction::begin(library_));
  TRY_LET(place, place_of(batch.folder, now));
  auto written = write_all(batch, place, done);
  if (written) written = transaction.commit();
  if (!written) {
    forget();  // what was made in this transaction is not there
    return std::unexpected(written.error());
  }
  untidy_ = true;
  return done;
}

Result<std::int64_t> LibraryBatches::erase_some(std::int64_t folder_row, std::size_t limit) {
  std::vector<TrackId> ids;
  TRY(each_row(library_.query("SELECT track FROM tracks WHERE folder = ? LIMIT ?", folder_row,
                              static_cast<std::int64_t>(limit)),
               [&](const Statement& row) { ids.push_back(row.id<TrackId>(0)); }));
  for (TrackId id : ids) {
    TRY_LET(found, find(id));
    TRY(erase(found));
  }
  std::int64_t count = static_cast<std::int64_t>(ids.size());
  if (ids.size() < limit) {
    TRY(library_.execute(
        "DELETE FROM failed_files WHERE directory IN (SELECT id FROM directories WHERE folder = ?)",
        folder_row));
    count += library_.changes();
    TRY(
        library_.execute("DELETE FROM directories WHERE folder = ? AND NOT EXISTS (SELECT 1 FROM "
                         "tracks WHERE directory = directories.id)",
                         folder_row));
    directories_.clear();
    emptied_.clear();
  }
  TRY(drop_empty_directories());
  TRY(mark_untidy());
  return count;
}

}  // namespace tutti::shell
