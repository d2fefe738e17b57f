#pragma once
// The values of a scan: what is on disk, what the library knows, and what is to be written. The
// machine that drives a scan is scan_machine.hpp, the comparison scan_plan.hpp.
//
// Paths are bytes, as the disk has them: `directory` is relative to its folder, without a slash at
// either end, empty for the folder itself. Text for people is made by display_text.

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/library/track.hpp"

namespace tutti::library {

// A file the library knows, as compared with the disk. One that could not be read is known too, so
// that it is tried again only when it has changed.
struct KnownFile {
  std::string name;
  FileStamp stamp;
  TrackId track;  // none: it failed
  bool available = true;
  std::uint64_t beside = 0;  // Companions::mark when it was read
};

// A file that was read. `track` names the row it replaces (it changed, or it was moved here); none:
// it is new, or known to the house by its content.
struct ScannedFile {
  std::string directory;
  std::string name;
  FileStamp stamp;
  TrackId track;
  ContentId content;
  AudioFacts audio;
  Tags tags;
  ArtworkKey artwork;        // embedded, else the folder's
  std::uint64_t beside = 0;  // as listed before it was read: what came later is seen next time
};
struct FailedFile {
  std::string directory;
  std::string name;
  FileStamp stamp;
  Error why;
};
struct FilePath {
  std::string directory;
  std::string name;
};

// What a scan writes in one go, in this order. It may become several transactions; a row is whole
// or not there.
struct ScanBatch {
  FolderId folder;
  std::vector<ScannedFile> upserts;
  std::vector<FailedFile> failures;
  std::vector<FilePath> removals;     // tracks and failed files that are gone
  std::vector<FilePath> unavailable;  // cannot be reached now: kept, not played
  std::vector<FilePath> available;    // can be reached again, unchanged
};
std::size_t row_count(const ScanBatch& batch);
struct ScanBatchDone {
  std::int64_t added = 0;
  std::int64_t changed = 0;  // moved files count here
  std::int64_t removed = 0;
  std::int64_t failed = 0;
  ScanBatchDone& operator+=(const ScanBatchDone& more);
};

// What a transaction wrote of a batch; `next` is the row that the next one begins with.
struct WrittenPart {
  ScanBatchDone sums;
  std::size_t next = 0;
};

// What a walk found. Files are those whose names look like audio, in the order of their bytes.
struct ScanEntry {
  std::string name;
  FileStamp stamp;
  std::uint64_t beside = 0;  // Companions::mark
};
struct ListedDirectory {
  std::string directory;
  std::vector<ScanEntry> files;
};
// Where a walk begins; `deep`: with everything below, else this one directory only.
struct WalkStart {
  std::string directory;
  bool deep = true;
  friend bool operator==(const WalkStart&, const WalkStart&) = default;
};
// A directory that could not be looked into, or a name that could not be followed.
struct WalkProblem {
  std::string path;
  Error why;
};
struct WalkSlice {
  std::vector<ListedDirectory> directories;
  std::vector<WalkProblem> problems;
  std::vector<std::string> passed;  // ignored, or gone: nothing below them counts as there
  bool root_gone = false;           // the folder itself is missing, unreadable or empty
  bool finished = false;
};

// Sums of a whole scan, as its last line says them.
struct ScanTotals {
  std::int64_t tracks = 0;  // in the library afterwards
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::int64_t failed = 0;
  std::int64_t seen = 0;  // files looked at
};

// Whether a scan reads files of this name: by its ending, upper or lower case. Names that begin
// with a dot are passed by, as are all other hidden things (macOS leaves "._x.mp3" beside "x.mp3").
bool is_audio_name(std::string_view name);
bool is_hidden_name(std::string_view name);

// Text for people of bytes from the disk: what is no UTF-8 becomes U+FFFD.
std::string display_text(std::string_view path_bytes);

}  // namespace tutti::library
