#pragma once
// Report: what a run of the world has shown, as one line of JSON, as text for people, and as a
// picture of several quantities over virtual time.

#include <bitset>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/world/sim.hpp"

namespace tutti::world {

// The state of the world at one moment.
struct Sample {
  double at = 0;  // virtual seconds
  double connections = 0;
  double steps_per_second = 0;  // of virtual time
  double held = 0;              // bytes, of all edges
  double faults = 0;            // since the last sample
};

struct Report {
  std::uint64_t seed = 0;
  std::string hash;
  std::uint64_t steps = 0;
  double virtual_seconds = 0;
  double wall_seconds = 0;
  std::vector<std::string> violations;
  std::vector<std::string> last_events;  // before the first violation, or of the run
  std::map<std::string, std::uint64_t> counters;
  std::bitset<static_cast<std::size_t>(Witness::kCount)> witnessed;
  std::vector<Sample> samples;

  bool clean() const { return violations.empty(); }
  // One line; `{"seed":N,"trace":"<hash>","violations":N,...}`.
  std::string json() const;
  std::string text() const;
};

// Small multiples over one axis of time.
std::string svg(const Report& report);

}  // namespace tutti::world
