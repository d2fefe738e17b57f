// Guards: the shipped machines keep their promises in every order of events within the printed
// bounds. How: the scenarios beside, exhaustively as far as their bounds go, then by the portfolio;
// each must reach its witnesses.
#include <doctest/doctest.h>

#include <cstdlib>

#include "sim/races/scenarios.hpp"

using namespace tutti;
using namespace tutti::races;

TEST_CASE("races: every scenario of the shipped machines is clean and reaches its witnesses") {
  // A share here, all of them in `tutti explore --all`.
  double times = std::getenv("TUTTI_LONG") != nullptr ? 4 : 0.1;
  for (const Plan& plan : all_plans()) {
    for (const explore::Report& report : run(plan, times)) {
      MESSAGE(report.text().substr(0, report.text().find('\n')));
      std::string trace;
      if (report.failure) trace = explore::shrink(plan.scenario, *report.failure).text();
      INFO(report.text(), "\n", trace);
      CHECK(report.clean());
    }
  }
}

TEST_CASE("races: registry, dialer, query cache and clock are searched to the end") {
  for (const Plan& plan : {registry_plan(), dialer_plan(), library_plan(), clock_plan()}) {
    explore::Report report = explore::stateful(plan.scenario, {.depth = 100, .states = 1'000'000});
    MESSAGE(report.text());
    CHECK(report.complete);
    CHECK(report.cut == 0);
    CHECK(report.clean());
  }
}

TEST_CASE("races: what the shipped machines record of their steps holds in both orders") {
  // Registry, dialer and one edge change as a whole: none of their steps are independent. House and
  // edges are.
  for (const Plan& plan : all_plans()) {
    explore::Report report =
        explore::check_footprints(plan.scenario, 1, 20'000 / kShare, plan.depth);
    MESSAGE(report.scenario, ": ", report.runs, " independent pairs in both orders");
    INFO(report.text());
    CHECK_FALSE(report.failure.has_value());
    if (plan.scenario.name.starts_with("server")) CHECK(report.runs > 10);
  }
}
