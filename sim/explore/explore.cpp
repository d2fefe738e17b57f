// What the engines share: figures and their text.
#include "sim/explore/explore.hpp"

#include <fmt/format.h>

#include "sim/explore/engine.hpp"

namespace tutti::explore {

std::string Report::text() const {
  std::string out =
      fmt::format("{}: {}, {}: {} runs, {} steps", scenario, engine, bounds, runs, steps);
  if (states > 0) out += fmt::format(", {} states (collisions < {:.1g})", states, collision);
  if (classes > 0) out += fmt::format(", {} classes", classes);
  out += fmt::format(", deepest {}, cut {}, {:.2f} s{}", deepest, cut, seconds,
                     complete ? ", exhaustive within these bounds" : "");
  if (failure) out += "\nbroken: " + failure->what;
  for (const std::string& name : missing) out += "\nvacuous: never reached \"" + name + "\"";
  return out;
}

std::string_view name(Strategy strategy) {
  switch (strategy) {
    case Strategy::walk: return "random walk";
    case Strategy::pct: return "PCT";
    case Strategy::surw: return "SURW";
    case Strategy::portfolio: return "portfolio";
  }
  return "";
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Tally::Tally(const Scenario& scenario, std::string engine, std::string bounds)
    : begin_(cpu_seconds()) {
  report.scenario = scenario.name;
  report.engine = std::move(engine);
  report.bounds = std::move(bounds);
  report.missing = scenario.witnesses;
}

void Tally::add(const Runner& runner, const Outcome& outcome) {
  ++report.runs;
  report.steps += outcome.steps;
  report.deepest = std::max(report.deepest, outcome.steps);
  report.cut += outcome.cut ? 1 : 0;
  if (!report.missing.empty() && runner.model() != nullptr) {
    std::erase_if(report.missing, [&](const std::string& name) {
      for (const char* reached : runner.model()->witnessed()) {
        if (name == reached) return true;
      }
      return false;
    });
  }
  if (outcome.broken.empty()) return;
  ++report.failures;
  if (!report.failure) report.failure = Failure{outcome.broken, runner.decisions()};
}

Report Tally::done() {
  report.seconds = cpu_seconds() - begin_;
  return std::move(report);
}

}  // namespace tutti::explore
