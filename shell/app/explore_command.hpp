#pragma once
// `tutti explore`: the race explorer on the shipped core. Thread: main and its own workers.

#include <cstdint>
#include <optional>
#include <string>

namespace tutti::shell {

struct ExploreOptions {
  bool list = false;
  bool all = false;
  std::string scenario;  // a row ("RC-9"), one of its variants ("RC-9 wrong"), a shipped one
  std::string report;    // "000" to "004", "beyond"
  bool exhaustive = false;
  std::optional<std::uint64_t> seed;
  std::optional<std::size_t> schedules;
  double times = 1;  // as many random schedules
  bool json = false;
  std::string replay;   // a trace file
  std::string trace;    // where the shrunk trace of a violation goes
  std::string html;     // and its picture
  std::string gallery;  // a folder for pictures of all wrong variants
  unsigned jobs = 0;    // threads; 0: as many as there are cores
};

// 0: everything is as it must be: wrong variants are found, all else is clean. 1: not; or the trace
// reproduced its failure or diverged. 2: wrong usage.
int explore_command(const ExploreOptions& options);

}  // namespace tutti::shell
