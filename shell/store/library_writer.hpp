#pragma once
// The library as a scan writes it: folders, known files, batches in transactions that are short.
// Everything a search, a list or an album needs is written with the track.

#include <memory>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/time.hpp"
#include "core/library/scan.hpp"
#include "shell/store/sqlite.hpp"
#include "shell/store/write_pace.hpp"

namespace tutti::shell {

// A folder of music, as the library has it.
struct MusicFolder {
  FolderId folder;
  std::string path;  // bytes, absolute
  std::string name;
  bool available = true;
};

// A track that has some content: where a moved file may come from.
struct Candidate {
  TrackId track;
  FolderId folder;
  library::FilePath path;
  library::FileStamp stamp;
  bool available = true;
};

// Rows of a batch, and so of a transaction; more is a bug of the caller.
inline constexpr std::size_t kScanBatchRows = 500;

// Thread: store (the library's writer lane). Both databases must outlive it and stay where they
// are; `house` is a reader. Errors of each call: io, no_space, corrupt, busy; nothing of a batch
// that failed is stored.
class LibraryWriter {
 public:
  // `clock` tells how long transactions take; none: the monotonic one.
  LibraryWriter(Database& library, Database& house, Random& random, WritePace::Clock clock = {});
  ~LibraryWriter();

  Result<std::vector<MusicFolder>> folders();
  // Makes a folder known or renames it. The id is Store::folder_id's.
  Result<void> add_folder(FolderId folder, const std::string& path, const std::string& name);
  // Removes some of its tracks in one transaction, at last itself; call until it is 0. What
  // accounts have of its tracks stays.
  Result<std::int64_t> remove_folder(FolderId folder);
  // Directories with files in them, by their bytes, below the folder.
  Result<std::vector<std::string>> directories(FolderId folder);
  // Tracks and failed files of a directory, by the bytes of their names. Not found: none.
  Result<std::vector<library::KnownFile>> known_files(FolderId folder,
                                                      const std::string& directory);
  // The same of many directories, in their order, as of one moment; much cheaper than one by one.
  Result<std::vector<std::vector<library::KnownFile>>> known_files(
      FolderId folder, const std::vector<std::string>& directories);
  Result<std::vector<Candidate>> candidates(library::ContentId content);
  // The id under which the house keeps what is personal of this content; none: nothing is. Where
  // several tracks had it, one that is in no folder now.
  Result<TrackId> known_track(library::ContentId content);

  // One transaction: the rows of the batch from this one on, as many as fit into kTransaction, at
  // least one. Begin with 0 and go on with `next` until it is row_count;
  // in between others may write. not_found: the folder is not known. A new file gets the id that
  // the house knows its content by, unless another file that is there has it; a file that replaces
  // an unavailable one of the same content takes its id; else random bits.
  Result<library::WrittenPart> write_part(const library::ScanBatch& batch, std::size_t from,
                                          WallTime now);
  // All of it, one transaction after the other.
  Result<library::ScanBatchDone> write(const library::ScanBatch& batch, WallTime now);
  // The folder as a whole can or cannot be reached: all its tracks count as unavailable until then.
  Result<void> set_available(FolderId folder, bool available);
  // How many tracks the library has.
  Result<std::int64_t> track_count();

  // After a scan, or now and then: a piece (one transaction of at most kScanBatchRows rows and
  // kTransaction) of taking out artists, albums and genres without tracks, bringing search rows to
  // their class, and merging what the search index wrote apart. False: nothing is left to do.
  Result<bool> tidy();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tutti::shell
