#pragma once
// What the explorer has to say of one row: the wrong variant is found, and how soon; its repaired
// twin and the shipped machines are clean and reach their witnesses.

#include <string>
#include <string_view>
#include <vector>

#include "sim/explore/explore.hpp"
#include "sim/races/rows.hpp"

namespace tutti::races {

struct Effort {
  std::size_t seeds = 100;                // of each strategy's first hit
  std::size_t most = 100'000;             // schedules until the portfolio must have hit
  std::size_t most_alone = 2'000;         // until a single strategy counts as missing it
  std::size_t wrong_schedules = 190'000;  // of the portfolio over the wrong variant, hits counted
  std::size_t twin_schedules = 20'000;    // of the portfolio over the repaired twin
};

// Schedules to the first violation, over the seeds.
struct FirstHits {
  std::string_view strategy;
  std::size_t median = 0;
  std::size_t most = 0;
  std::size_t missed = 0;  // seeds whose schedules ran out
};

struct Survey {
  std::string id;
  // Scenarios: [0] exhaustive, [1] exhaustive by the other engine, [2] portfolio. Empty for
  // properties.
  std::vector<explore::Report> wrong;
  std::vector<explore::Report> repaired;
  bool fifo_passes = true;
  int delays = -1;  // the least number that finds the wrong variant, up to 3; -1: none of them
  std::vector<FirstHits> hits;
  std::size_t trace_before = 0;  // steps of the first violation met
  std::size_t trace_after = 0;   // and of it shrunk
  explore::Trace trace;          // the shrunk one
  std::size_t cases = 0;         // of a property, until the wrong one fails
  std::string counterexample;    // of a property
  double seconds = 0;
  std::vector<std::string> faults;  // what is not as it must be; empty: all is well
};
Survey survey(const Row& row, const Effort& effort);

}  // namespace tutti::races
