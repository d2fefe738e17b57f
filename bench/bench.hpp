#pragma once
// `tutti bench`: what the server costs, in real units, with peers measured beside it in the same
// run by the same load generator. CPU time, not elapsed time, wherever both would do: machines are
// shared. Medians of several runs.

#include <optional>
#include <string>

namespace tutti::bench {

struct BenchOptions {
  std::string name = "all";  // ws, explore, render or all
  std::size_t clients =
      10'000;  // connections of the idle measurement; a broadcast goes to at most 1,000
  int runs = 5;
  double seconds = 1;  // of load for each figure and run
  bool json = false;
  bool svg = false;
  std::string svg_file;  // empty: below build/
};

// Measures and prints. Returns the exit code: 0 done (a target that was missed is printed as
// short), 1 the work failed.
int bench(const BenchOptions& options);

}  // namespace tutti::bench
