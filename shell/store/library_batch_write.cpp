// The transactions around the steps of library_batch.cpp.
#include <algorithm>

#include "core/base/check.hpp"
#include "shell/store/library_batch.hpp"
#include "shell/store/library_writer.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

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

// Rows are counted in the order of writing.
Result<void> LibraryBatches::write_row(const library::ScanBatch& batch, std::size_t row,
                                       Place& place, library::ScanBatchDone& done) {
  if (row < batch.upserts.size()) return upsert(place, batch.upserts[row], done);
  row -= batch.upserts.size();
  if (row < batch.failures.size()) return fail_file(place, batch.failures[row], done);
  row -= batch.failures.size();
  if (row < batch.removals.size()) return remove(place, batch.removals[row], done);
  row -= batch.removals.size();
  if (row < batch.unavailable.size()) return mark(place, batch.unavailable[row], false);
  return mark(place, batch.available[row - batch.unavailable.size()], true);
}

// As many rows as fit into a transaction, at least one.
Result<void> LibraryBatches::write_rows(const library::ScanBatch& batch, WallTime now,
                                        library::WrittenPart& part) {
  TRY_LET(place, place_of(batch.folder, now));
  std::size_t all = row_count(batch);
  do {
    TRY(write_row(batch, part.next, place, part.sums));
    ++part.next;
  } while (part.next < all && !pace_.is_full());
  pace_.rows_done();
  TRY(drop_empty_directories());
  TRY(mark_untidy());
  return flush();
}

Result<library::WrittenPart> LibraryBatches::write(const library::ScanBatch& batch,
                                                   std::size_t from, WallTime now) {
  INVARIANT(row_count(batch) <= kScanBatchRows);
  library::WrittenPart part{{}, from};
  if (from >= row_count(batch)) return part;
  pace_.begin();
  TRY_LET(transaction, Transaction::begin(library_));
  auto written = write_rows(batch, now, part);
  if (written) written = transaction.commit();
  if (!written) {
    forget();  // what was made in this transaction is not there
    return std::unexpected(written.error());
  }
  pace_.committed();
  untidy_ = true;
  return part;
}

// Its tracks first, then what they stood in, then the folder.
Result<std::int64_t> LibraryBatches::erase_rows(std::int64_t folder_row) {
  constexpr auto kMost = static_cast<std::int64_t>(kScanBatchRows);
  std::vector<TrackId> ids;
  TRY(each_row(
      library_.query("SELECT track FROM tracks WHERE folder = ? LIMIT ?", folder_row, kMost),
      [&](const Statement& row) { ids.push_back(row.id<TrackId>(0)); }));
  std::int64_t count = 0;
  while (count < std::ssize(ids) && (count == 0 || !pace_.is_full())) {
    TRY_LET(found, find(ids[static_cast<std::size_t>(count++)]));
    TRY(erase(found));
  }
  pace_.rows_done();
  TRY(drop_empty_directories());
  TRY(mark_untidy());
  TRY(flush());
  if (count > 0) return count;
  directories_.clear();
  TRY(library_.execute(
      "DELETE FROM failed_files WHERE (directory, name) IN (SELECT f.directory, f.name FROM "
      "failed_files f JOIN directories d ON d.id = f.directory WHERE d.folder = ? LIMIT ?)",
      folder_row, kMost));
  if (library_.changes() > 0) return library_.changes();
  TRY(library_.execute(
      "DELETE FROM directories WHERE id IN (SELECT id FROM directories WHERE folder = ? LIMIT ?)",
      folder_row, kMost));
  if (library_.changes() > 0) return library_.changes();
  TRY(library_.execute("DELETE FROM folders WHERE id = ?", folder_row));
  return 0;
}

Result<std::int64_t> LibraryBatches::erase_some(std::int64_t folder_row) {
  pace_.begin();
  TRY_LET(transaction, Transaction::begin(library_));
  auto erased = erase_rows(folder_row);
  Result<void> done;
  if (!erased) done = std::unexpected(erased.error());
  if (done) done = transaction.commit();
  if (!done) {
    forget();
    return std::unexpected(done.error());
  }
  pace_.committed();
  return *erased;
}

}  // namespace tutti::shell
