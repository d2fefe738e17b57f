#pragma once
// Scenarios of the shipped machines: what the explorer runs in the tests, and again with each guard
// switched off.

#include <optional>
#include <string_view>
#include <vector>

#include "sim/explore/explore.hpp"

namespace tutti::races {

#ifdef TUTTI_SANITIZED
inline constexpr std::size_t kShare = 20;  // schedules and states are divided by this
#else
inline constexpr std::size_t kShare = 1;
#endif

struct Plan {
  explore::Scenario scenario;
  std::optional<explore::Bounds> bounds;  // of the exhaustive search; none: too large for one
  std::size_t schedules = 0;              // of the portfolio
  std::size_t depth = 200;
};

// Two connections of one client id, each entering and leaving, also twice and late.
Plan registry_plan();
// One key: connecting, disconnecting, every outcome, timers.
Plan dialer_plan();
// One edge whose house says anything in any order, to a connection and to the next one in its slot.
Plan edge_plan();
// The same, with about 200 bytes to hold.
Plan short_edge_plan();
// One group: listeners, facts, slices, saves and time in any order.
Plan playback_plan();
// The query cache between readers, scans, deletes and changes of one account.
Plan library_plan();
// The clock filter beside a reader on another thread, word by word.
Plan clock_plan();
// Listeners over HTTP: three of them, two slots.
Plan streams_plan();
// House and edges through their queues: one client that comes, upgrades, subscribes and goes; and
// two of one id.
Plan server_plan(int edges, int clients);

// Scans of three folders with two slots: requests, a cancellation, changes, edits, a folder that
// vanishes.
Plan scan_plan();
// One folder, one edit and one change of the same file.
Plan scan_edit_plan();

std::vector<Plan> all_plans();

// The exhaustive search within its bounds, then the portfolio; the first that found something, or
// both, with the witnesses that neither reached. `times` as many schedules as the plan says.
std::vector<explore::Report> run(const Plan& plan, double times = 1, std::uint64_t seed = 1);

}  // namespace tutti::races
