#include "sim/races/scenarios.hpp"

#include <algorithm>

namespace tutti::races {

std::vector<Plan> all_plans() {
  return {registry_plan(), dialer_plan(),     edge_plan(),       short_edge_plan(),
          playback_plan(), server_plan(1, 1), server_plan(1, 2), server_plan(2, 2),
          scan_plan(),     scan_edit_plan(),  library_plan(),    streams_plan(),
          clock_plan()};
}

std::vector<explore::Report> run(const Plan& plan, double times, std::uint64_t seed) {
  std::vector<explore::Report> reports;
  if (plan.bounds) {
    explore::Bounds bounds = *plan.bounds;
    bounds.states = std::max<std::size_t>(bounds.states / kShare, 200);
    reports.push_back(explore::stateful(plan.scenario, bounds));
    if (reports.back().failure) return reports;
  }
  auto schedules = std::max<std::size_t>(
      static_cast<std::size_t>(static_cast<double>(plan.schedules) * times) / kShare, 50);
  reports.push_back(
      explore::sample(plan.scenario, explore::Strategy::portfolio, seed, schedules, plan.depth));
  // A witness counts when either search reached it.
  if (reports.size() == 2 && !reports[1].failure) {
    std::erase_if(reports[0].missing, [&](const std::string& name) {
      return std::find(reports[1].missing.begin(), reports[1].missing.end(), name) ==
             reports[1].missing.end();
    });
    reports[1].missing = reports[0].missing;
  }
  return reports;
}

}  // namespace tutti::races
