#pragma once
// What is to be done about one directory: its sorted files against the sorted rows of the library.
// Pure, and in memory only as long as the directory is at hand.

#include <span>
#include <string>
#include <vector>

#include "core/library/scan.hpp"

namespace tutti::library {

struct PlannedRead {  // a new file, or one that is another than the row says, or has others beside
                      // it
  std::string name;
  FileStamp stamp;
  TrackId track;  // of the row; none: new, or it failed before
  std::uint64_t beside = 0;
};
struct GoneFile {  // a row without a file
  std::string name;
  bool available = true;  // what the row says
};
struct DirectoryPlan {
  std::vector<PlannedRead> reads;
  std::vector<GoneFile> gone;
  std::vector<std::string> back;  // unchanged, but the row says unavailable
  std::int64_t unchanged = 0;
};

// Both lists in the order of the bytes of their names, no name twice; linear.
DirectoryPlan plan_directory(std::span<const ScanEntry> files, std::span<const KnownFile> known);

}  // namespace tutti::library
