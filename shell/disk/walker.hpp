#pragma once
// Walker: the directories of a music folder, one at a time, each with its audio files in the order
// of their bytes. It holds one directory's names per level, never a list of all paths.
// Thread: bulk (one slice at a time, on any worker).
//
// Names are bytes. What begins with a dot is passed by, and what .tuttiignore says. Symbolic links
// are followed, also out of the folder, unless they lead to a directory they lie in (by device and
// inode). Whatever cannot be looked at is a problem with its reason; the walk goes on. Only regular
// files count: a pipe named x.mp3 is not opened.

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/library/ignore.hpp"
#include "core/library/scan.hpp"
#include "shell/loop/descriptor.hpp"

namespace tutti::shell {

// Short: while one slice is compared with what is known, the next is walked.
struct WalkBudget {
  Duration time = millis(4);
  std::size_t files = 1024;  // a directory is never cut in two; the slice ends after it
};

class Walker {
 public:
  // `root`: the folder's path; {"", deep} is all of it.
  Walker(std::string root, std::vector<library::WalkStart> starts);

  // Called before a directory is listed, with its relative path: a watch set there misses nothing.
  void before_listing(std::function<void(const std::string&)> hook) { hook_ = std::move(hook); }

  // The next directories, until the budget is used up or `cancelled`.
  library::WalkSlice next(const WalkBudget& budget, const std::atomic<bool>& cancelled);

 private:
  struct Level {
    std::string directory;
    std::vector<std::string> folders;  // its subdirectories, last first
    std::size_t rules = 0;             // how many patterns to keep when it is left
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  struct Listing;
  struct RawEntry {  // as readdir gives it
    std::string name;
    unsigned char type = 0;
  };

  bool open_root(library::WalkSlice& slice);
  void begin(const library::WalkStart& start, library::WalkSlice& slice);
  void enter(std::string directory, library::WalkSlice& slice);
  bool list(Descriptor fd, const std::string& directory, Listing& listing,
            library::WalkSlice& slice);
  void classify(int fd, const std::string& directory, const RawEntry& entry, Listing& listing,
                library::WalkSlice& slice);
  void read_rules(int fd, const std::string& directory);
  bool is_loop(std::uint64_t device, std::uint64_t inode) const;

  std::string root_path_;
  Descriptor root_;
  std::vector<library::WalkStart> starts_;  // last first
  std::vector<Level> levels_;
  library::IgnoreRules rules_;
  std::function<void(const std::string&)> hook_;
  std::vector<RawEntry> raw_;  // of the directory at hand; kept for its memory
};

// `directory` + "/" + `name`, either of which may be empty.
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace tutti::shell
