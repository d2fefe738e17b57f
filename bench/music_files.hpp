#pragma once
// What benchmarks of the library work on: a folder for a measurement, commands with their costs,
// tagged music in it.

#include <string>
#include <vector>

#include "bench/mpd.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

// A folder that is gone with this; its path is empty when it could not be made.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/tutti-bench-XXXXXX";
};

// Runs a command to its end: wall time, and CPU and memory of it and its children. Errors: it does
// not start, it ends with another code than 0.
Result<ScanCost> run_to_end(std::vector<std::string> command);

struct MusicFiles {
  std::size_t files = 0;
  std::string formats = "flac,mp3,ogg";
  int seconds = 8;  // each
};
// Fills the folder, with tools/make_library.py. not_found: this is not run in its source tree.
Result<void> make_music(const std::string& folder, const MusicFiles& wanted);

}  // namespace tutti::bench
