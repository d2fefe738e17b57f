#pragma once
// Scenarios of the shipped machines: what the explorer runs in the tests, and again with each guard
// switched off.

#include <vector>

#include "sim/explore/explore.hpp"

namespace tutti::races {

#ifdef TUTTI_SANITIZED
inline constexpr std::size_t kShare = 20;  // schedules and states are divided by this
#else
inline constexpr std::size_t kShare = 1;
#endif

// TUTTI_LONG=1 walks so many times as often.
inline constexpr std::size_t kLongTimes = 20;

struct Plan {
  explore::Scenario scenario;
  explore::Bounds bounds;     // of the exhaustive search; depth 0: too large for one
  std::size_t schedules = 0;  // of the random walk
  std::size_t depth = 200;
};

// Two connections of one client id, each entering and leaving, also twice and late.
Plan registry_plan();
// One key: connecting, disconnecting, every outcome, timers.
Plan dialer_plan();
// One edge whose house says anything in any order, to a connection and to the next one in its slot.
Plan edge_plan();
// House and edges through their queues: one client that comes, upgrades, subscribes and goes; and
// two of one id.
Plan server_plan(int edges, int clients);

inline std::vector<Plan> all_plans() {
  return {registry_plan(),   dialer_plan(),     edge_plan(),
          server_plan(1, 1), server_plan(1, 2), server_plan(2, 2)};
}

// The exhaustive search within its bounds, then the walk; the first that is not clean, or the last.
explore::Report run(const Plan& plan, std::uint64_t seed = 1);

}  // namespace tutti::races
