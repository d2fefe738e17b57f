#include "bench/explore_bench.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/races/scenarios.hpp"
#include "sim/races/survey.hpp"
#include "sim/world/world.hpp"

namespace tutti::bench {
namespace {

using explore::Scenario;
using explore::Strategy;

using ExploreReport = explore::Report;

// Three actors of three steps.
constexpr std::string_view kThreeActors = "001-1";

Row rate_row(std::string key, std::string what, std::string unit, std::optional<double> target) {
  Row row;
  row.key = std::move(key);
  row.what = std::move(what);
  row.unit = std::move(unit);
  row.target = target;
  row.more_is_better = true;
  return row;
}

// Schedules per CPU second: as many as fill the time asked for.
double schedule_rate(const Scenario& scenario, Strategy strategy, double seconds,
                     std::size_t depth) {
  std::size_t runs = 0;
  double spent = 0;
  for (std::uint64_t seed = 1; spent < seconds; ++seed) {
    ExploreReport report =
        explore::sample(scenario, strategy, seed, 20'000, depth, explore::OnFailure::go_on);
    runs += report.runs;
    spent += report.seconds;
  }
  return static_cast<double>(runs) / spent;
}

// Complete searches of a small model, again and again: its runs or states per CPU second.
template <class Search, class Count>
double search_rate(double seconds, Search search, Count count) {
  std::size_t sum = 0;
  double spent = 0;
  while (spent < seconds) {
    ExploreReport report = search();
    sum += count(report);
    spent += report.seconds;
  }
  return static_cast<double>(sum) / spent;
}

void rates_of_rows(const races::Row& row, const BenchOptions& options, std::vector<Row>& rows) {
  struct {
    Strategy strategy;
    const char* key;
    std::optional<double> target;
  } kStrategies[] = {{Strategy::walk, "walk", 2e6},
                     {Strategy::pct, "pct", {}},
                     {Strategy::surw, "surw", {}},
                     {Strategy::portfolio, "portfolio", {}}};
  for (const auto& [strategy, key, target] : kStrategies) {
    Row line =
        rate_row(key, fmt::format("{} wrong, {}", row.id, name(strategy)), "schedules/s", target);
    for (int run = 0; run < options.runs; ++run)
      line.ours.push_back(schedule_rate(row.wrong, strategy, options.seconds, 200));
    rows.push_back(std::move(line));
  }
  Row stateless =
      rate_row("stateless", fmt::format("{} repaired, source-DPOR", row.id), "classes/s", {});
  Row stateful = rate_row("stateful", fmt::format("{} repaired, stateful", row.id), "states/s", {});
  for (int run = 0; run < options.runs; ++run) {
    stateless.ours.push_back(search_rate(
        options.seconds, [&] { return explore::stateless(row.repaired, {.depth = 200}); },
        [](const ExploreReport& report) { return report.classes; }));
    stateful.ours.push_back(search_rate(
        options.seconds, [&] { return explore::stateful(row.repaired, {.depth = 200}); },
        [](const ExploreReport& report) { return report.states; }));
  }
  rows.push_back(std::move(stateless));
  rows.push_back(std::move(stateful));
}

// Registry and dialer take typed messages; edge and server take bytes.
void rates_of_shipped(const BenchOptions& options, std::vector<Row>& rows) {
  for (const races::Plan& plan : races::all_plans()) {
    const std::string& name = plan.scenario.name;
    bool typed = name == "registry" || name == "dialer";
    std::string key = "shipped_" + name;
    std::replace(key.begin(), key.end(), ' ', '_');
    Row row = rate_row(key, fmt::format("shipped {}, {}", name, typed ? "typed messages" : "bytes"),
                       "schedules/s", typed ? std::optional(50'000.0) : std::nullopt);
    for (int run = 0; run < options.runs; ++run)
      row.ours.push_back(
          schedule_rate(plan.scenario, Strategy::portfolio, options.seconds, plan.depth));
    rows.push_back(std::move(row));
  }
}

// The whole server: steps per second of runs with faults, and how much faster than life idle chats
// are. (With players: when there are rooms.)
void rates_of_world(const BenchOptions& options, std::vector<Row>& rows) {
  Row steps = rate_row("world_steps", "whole server, 16 clients, all faults", "steps/s", 500'000);
  Row idle = rate_row("world_idle", "whole server, 100 idle chats, no faults", "x real time", 1e4);
  auto seeds = static_cast<std::uint64_t>(20 * options.seconds) + 1;
  for (std::uint64_t seed = 1; seed <= seeds * static_cast<std::uint64_t>(options.runs); ++seed) {
    world::WorldOptions run{.seed = seed};
    run.faults = *world::parse_faults("all");
    double begin = explore::cpu_seconds();
    world::Report report = world::World(run).run();
    steps.ours.push_back(static_cast<double>(report.steps) / (explore::cpu_seconds() - begin));
  }
  for (int run = 0; run < options.runs; ++run) {
    world::WorldOptions chats{.seed = static_cast<std::uint64_t>(run) + 1};
    chats.clients = 100;
    chats.idle = true;
    chats.faults = *world::parse_faults("none");
    chats.length = static_cast<world::Micros>(3600 * options.seconds) * world::kSecond;
    double begin = explore::cpu_seconds();
    world::Report report = world::World(chats).run();
    idle.ours.push_back(report.virtual_seconds / (explore::cpu_seconds() - begin));
  }
  rows.push_back(std::move(steps));
  rows.push_back(std::move(idle));
}

// How soon wrong variants are found, and the slowest exhaustive search.
std::string finds(std::vector<Row>& rows) {
  races::Effort effort{.wrong_schedules = 1000, .twin_schedules = 1000};
  double slowest = 0, median = 0, most = 0, missed = 0;
  std::string worst, slow;
  for (const races::Row& row : races::all_rows()) {
    if (!row.wrong.make) continue;
    races::Survey survey = races::survey(row, effort);
    for (const auto* reports : {&survey.wrong, &survey.repaired}) {
      for (std::size_t i = 0; i < 2; ++i) {
        if ((*reports)[i].seconds <= slowest) continue;
        slowest = (*reports)[i].seconds;
        slow = (*reports)[i].scenario;
      }
    }
    missed += survey.wrong[0].failure && survey.wrong[1].failure ? 0 : 1;
    const races::FirstHits& hits = survey.hits.back();
    median = std::max(median, static_cast<double>(hits.median));
    if (static_cast<double>(hits.most) > most)
      most = static_cast<double>(hits.most), worst = row.id;
  }
  auto add = [&](const char* key, const char* what, const char* unit, double value, double target) {
    Row row = rate_row(key, what, unit, target);
    row.more_is_better = false;
    row.ours = {value};
    rows.push_back(std::move(row));
  };
  add("exhaustive_slowest", "slowest exhaustive search of a row", "s", slowest, 1);
  add("not_found", "wrong variants that an exhaustive search misses", "rows", missed, 0);
  add("portfolio_median", "portfolio, worst row's median of 100 seeds", "schedules", median, 1000);
  add("portfolio_most", "portfolio, worst row's worst of 100 seeds", "schedules", most, 100'000);
  return fmt::format("The slowest search is {}; the portfolio's worst row is {}.", slow, worst);
}

}  // namespace

Result<Report> bench_explore(const BenchOptions& options) {
  Report report;
  report.name = "explore";
  std::vector<races::Row> table = races::all_rows();
  const races::Row* three = races::find_row(table, kThreeActors);
  if (three == nullptr) three = &table.front();
  rates_of_rows(*three, options, report.rows);
  rates_of_shipped(options, report.rows);
  rates_of_world(options, report.rows);
  std::string worst = finds(report.rows);
  report.notes = {
      fmt::format("CPU time of one thread, medians of {} runs. A schedule is a whole run from the "
                  "start: {} has three actors of three steps.",
                  options.runs, three->id),
      "First hits: schedules until the first violation, 100 seeds. " + worst};
  return report;
}

}  // namespace tutti::bench
