#pragma once
// `tutti bench`: what the server costs, in real units, with peers measured beside it in the same
// run by the same load generator. CPU time, not elapsed time, wherever both would do: machines are
// shared. Medians of several runs.

#include <cstdint>
#include <optional>
#include <string>

namespace tutti::bench {

struct BenchOptions {
  std::string name = "all";  // ws, explore, render, play, scan, search, clock or all
  std::size_t clients =
      10'000;  // connections of the idle measurement; a broadcast goes to at most 1,000
  std::int64_t tracks = 100'000;  // of the library that is searched
  int runs = 5;
  std::size_t files = 5000;  // of the music that is scanned
  double seconds = 1;        // of load for each figure and run
  bool json = false;
  bool svg = false;
  std::string svg_file;  // empty: below build/
};

// Measures and prints. Returns the exit code: 0 done (a target that was missed is printed as
// short), 1 the work failed.
int bench(const BenchOptions& options);

}  // namespace tutti::bench
