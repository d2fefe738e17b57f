#pragma once
// Batches of a scan as transactions: the steps, in the order that scan.hpp states.

#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "core/base/random.hpp"
#include "shell/store/library_names.hpp"
#include "shell/store/write_pace.hpp"

namespace tutti::shell {

// Thread: store (the library's writer).
class LibraryBatches {
 public:
  LibraryBatches(Database& library, Database& house, Random& random, WritePace pace)
      : library_(library),
        house_(house),
        random_(random),
        names_(library),
        pace_(std::move(pace)) {}

  Result<library::WrittenPart> write(const library::ScanBatch& batch, std::size_t from,
                                     WallTime now);
  // Takes out some tracks, failed files and directories of a folder, at last itself: one
  // transaction. How many rows they were; 0: nothing is left.
  Result<std::int64_t> erase_some(std::int64_t folder_row);
  Result<TrackId> known_track(library::ContentId content);

  // Work of others within a transaction of theirs, on the same rows.
  LibraryNames& names() { return names_; }
  SearchIndex& tracks() { return tracks_; }
  Result<void> flush();
  void forget();
  // Whether anything was written since the last begin_tidy.
  void begin_tidy() { untidy_ = false; }
  bool wrote_since_tidy() const { return untidy_; }

 private:
  struct Place {  // the folder of a batch, and what is asked once for all of its rows
    std::int64_t row = 0;
    FolderId folder;
    WallTime now;
    bool house_knows = false;  // the house knows any track at all
    bool failures = false;     // any file of the library failed
  };
  struct Found {
    std::int64_t id = 0;  // 0: no such row
    TrackId track;
    std::int64_t search_row = 0;
    std::int64_t directory = 0;
    WallTime added_at;
    bool available = true;
    library::ContentId content;
    std::int64_t folder = 0;  // a row number
    std::int64_t duration_ms = 0;
    std::int64_t bytes = 0;
  };
  struct Sums {  // how those of a folder change with this transaction
    std::int64_t tracks = 0;
    std::int64_t duration_ms = 0;
    std::int64_t bytes = 0;
  };
  Result<void> write_rows(const library::ScanBatch& batch, WallTime now,
                          library::WrittenPart& part);
  Result<void> write_row(const library::ScanBatch& batch, std::size_t row, Place& place,
                         library::ScanBatchDone& done);
  Result<std::int64_t> erase_rows(std::int64_t folder_row);
  Result<Place> place_of(FolderId folder, WallTime now);
  Result<std::int64_t> directory_row(const Place& place, const std::string& path);
  Result<std::optional<std::int64_t>> known_directory(const Place& place, const std::string& path);
  Result<Found> find(TrackId track);
  Result<Found> find(std::int64_t directory, std::string_view name);
  Result<Found> found_by(Result<Statement> statement);
  Result<void> erase(const Found& found);
  Result<void> forget_failure(const Place& place, std::int64_t directory, std::string_view name);
  Result<void> upsert(const Place& place, const library::ScannedFile& file,
                      library::ScanBatchDone& done);
  Result<void> insert(const Place& place, TrackRow row, bool changed);
  Result<TrackRow> row_for(const Place& place, const library::ScannedFile& file, bool& changed);
  Result<void> fail_file(Place& place, const library::FailedFile& file,
                         library::ScanBatchDone& done);
  Result<void> remove(const Place& place, const library::FilePath& path,
                      library::ScanBatchDone& done);
  Result<void> mark(const Place& place, const library::FilePath& path, bool available);
  Result<void> drop_empty_directories();
  Result<void> store_sums();
  Result<void> mark_untidy();

  Database& library_;
  Database& house_;
  Random& random_;
  LibraryNames names_;
  WritePace pace_;
  SearchIndex tracks_{SearchKind::tracks};
  std::unordered_map<std::string, std::int64_t> directories_;  // by folder row and path
  std::map<std::int64_t, Sums> sums_;                          // by folder row
  std::set<std::int64_t> emptied_;  // directories that lost a file in this transaction
  bool untidy_ = false;             // said so in the database
};

}  // namespace tutti::shell
