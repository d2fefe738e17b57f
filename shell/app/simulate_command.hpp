#pragma once
// `tutti simulate`: the whole server in virtual time, one line a seed. Exit codes: 0 nothing found,
// 1 violations, 2 wrong usage.

#include <cstdint>
#include <optional>
#include <string>

namespace tutti::shell {

struct SimulateOptions {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;  // so many, from `seed` on
  std::optional<double> hours;
  std::optional<double> minutes;  // added to the hours; 2 without either
  std::uint32_t clients = 16;
  std::uint16_t edges = 0;  // 0: drawn
  std::string faults = "all";
  std::string workload = "mixed";  // or idle
  bool json = false;
  std::string svg_file;  // of the last seed; empty: none
};

// Runs and prints; stops at the first seed with a violation.
int simulate(const SimulateOptions& options);

}  // namespace tutti::shell
