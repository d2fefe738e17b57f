// Guards: the explorer itself, row by row: each wrong variant is found by every engine and the
// portfolio, each repaired twin is clean, complete and reaches its witnesses. How: the whole table,
// with a share of the schedules that `tutti explore --all` takes.
#include <doctest/doctest.h>

#include <set>

#include "sim/races/scenarios.hpp"
#include "sim/races/survey.hpp"

using namespace tutti;
using namespace tutti::races;

TEST_CASE("rows: each wrong variant is found, each repaired twin is clean") {
  Effort effort{.seeds = 10, .wrong_schedules = 2000 / kShare, .twin_schedules = 2000 / kShare};
  for (const Row& row : all_rows()) {
    Survey found = survey(row, effort);
    INFO("row ", std::string(row.id));
    for (const std::string& fault : found.faults) FAIL_CHECK(std::string(row.id) << ": " << fault);
    CHECK(found.faults.empty());
  }
}

TEST_CASE("rows: each says what it is, once") {
  std::set<std::string> ids, plans;
  const std::set<std::string> guards = {
#include "guards.inc"
  };
  for (const Plan& plan : all_plans()) plans.insert(plan.scenario.name);
  for (const Row& row : all_rows()) {
    INFO("row ", std::string(row.id));
    CHECK(ids.insert(row.id).second);
    for (const char* text : {row.report, row.kind, row.title, row.invariant}) CHECK(*text != 0);
    CHECK((row.wrong.make != nullptr) == (row.repaired.make != nullptr));
    CHECK((row.wrong_property != nullptr) == (row.repaired_property != nullptr));
    CHECK((row.wrong.make != nullptr) != (row.wrong_property != nullptr));
    // The shipped machines are held to it, or the shell's part is tested, or it says what they
    // wait for.
    CHECK((row.waits != nullptr) + !row.shipped.empty() + (row.tested != nullptr) == 1);
    for (const char* name : row.shipped) CHECK(plans.contains(name));
    // A row that holds today names the guards that keep it out, or says why there is none.
    if (row.waits == nullptr) CHECK(row.guards.empty() == (row.unguarded != nullptr));
    for (const char* guard : row.guards) CHECK(guards.contains(guard));
  }
}
