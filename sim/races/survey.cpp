#include "sim/races/survey.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/explore/property.hpp"

namespace tutti::races {
namespace {

using explore::Report;
using explore::Scenario;
using explore::Strategy;

// More than any model needs: all of them end.
constexpr explore::Bounds kBounds{.depth = 200, .states = 1'000'000, .runs = 2'000'000};
constexpr std::size_t kCases = 20'000;

std::vector<Report> search(const Scenario& scenario, std::size_t schedules,
                           explore::OnFailure on_failure) {
  return {explore::stateless(scenario, kBounds), explore::stateful(scenario, kBounds),
          explore::sample(scenario, Strategy::portfolio, 1, schedules, kBounds.depth, on_failure)};
}

FirstHits first_hits(const Scenario& scenario, Strategy strategy, const Effort& effort) {
  std::size_t most = strategy == Strategy::portfolio ? effort.most : effort.most_alone;
  FirstHits hits{name(strategy)};
  std::vector<std::size_t> counts;
  for (std::size_t seed = 1; seed <= effort.seeds; ++seed) {
    Report report = explore::sample(scenario, strategy, seed, most, kBounds.depth);
    hits.missed += report.failure ? 0 : 1;
    counts.push_back(report.runs);
  }
  std::sort(counts.begin(), counts.end());
  hits.median = counts[counts.size() / 2];
  hits.most = counts.back();
  return hits;
}

void survey_wrong(const Row& row, const Effort& effort, Survey& out) {
  auto fault = [&](std::string text) { out.faults.push_back(std::move(text)); };
  const Scenario& wrong = row.wrong;
  out.wrong = search(wrong, effort.wrong_schedules, explore::OnFailure::go_on);
  for (const Report& report : out.wrong) {
    if (!report.failure) fault(fmt::format("{} does not find the wrong variant", report.engine));
    else if (report.failure->what == explore::kNotRepeatable) fault(report.failure->what);
  }
  for (unsigned delays = 0; delays <= 3 && out.delays < 0; ++delays) {
    if (explore::delay_bounded(wrong, delays, kBounds).failure)
      out.delays = static_cast<int>(delays);
  }
  out.fifo_passes = out.delays != 0;
  if (!out.fifo_passes && row.any_order_fails == nullptr)
    fault("FIFO fails too, and the row does not say why");
  if (out.fifo_passes && row.any_order_fails != nullptr)
    fault("FIFO passes, though the row says that any order fails");
  for (Strategy strategy : {Strategy::walk, Strategy::pct, Strategy::surw, Strategy::portfolio})
    out.hits.push_back(first_hits(wrong, strategy, effort));
  const FirstHits& portfolio = out.hits.back();
  if (portfolio.missed > 0 || portfolio.median > 1000)
    fault(fmt::format("the portfolio needs {} schedules (median), {} seeds miss it",
                      portfolio.median, portfolio.missed));
  if (const auto& found = out.wrong.back().failure) {
    out.trace_before = explore::narrate(wrong, found->decisions, kBounds.depth).steps.size();
    out.trace = explore::shrink(wrong, *found, kBounds.depth);
    out.trace_after = out.trace.steps.size();
    if (explore::replay(wrong, out.trace).broken != out.trace.broken)
      fault("the shrunk trace does not replay");
  }
}

void survey_repaired(const Row& row, const Effort& effort, Survey& out) {
  out.repaired = search(row.repaired, effort.twin_schedules, explore::OnFailure::stop);
  for (const Report& report : out.repaired) {
    if (report.failure)
      out.faults.push_back(fmt::format("the repaired twin is broken by {}: {}", report.engine,
                                       report.failure->what));
    bool exhaustive = report.engine.starts_with("state");
    if (exhaustive && !report.failure && (!report.complete || report.cut > 0))
      out.faults.push_back(fmt::format("{} did not end", report.engine));
    // Equivalent runs reach the same states but not the same situations: the stateful search and
    // the portfolio see those between independent steps.
    if (report.engine == "stateful") {
      for (const std::string& name : report.missing)
        out.faults.push_back("vacuous: never reached \"" + name + "\"");
    }
  }
  for (const Scenario* scenario : {&row.wrong, &row.repaired}) {
    Report prints = explore::check_footprints(*scenario, 1, 200);
    if (prints.failure) out.faults.push_back(prints.failure->what);
  }
}

void survey_property(const Row& row, Survey& out) {
  if (auto failure = explore::for_all(1, kCases, row.wrong_property)) {
    out.cases = failure->case_number + 1;
    out.counterexample = failure->text();
  } else {
    out.faults.push_back("no case breaks the wrong variant");
  }
  if (auto failure = explore::for_all(1, kCases, row.repaired_property))
    out.faults.push_back("the repaired twin is broken: " + failure->text());
}

}  // namespace

Survey survey(const Row& row, const Effort& effort) {
  Survey out{.id = row.id};
  double begin = explore::cpu_seconds();
  if (row.wrong_property) {
    survey_property(row, out);
  } else {
    survey_wrong(row, effort, out);
    survey_repaired(row, effort, out);
  }
  out.seconds = explore::cpu_seconds() - begin;
  return out;
}

}  // namespace tutti::races
