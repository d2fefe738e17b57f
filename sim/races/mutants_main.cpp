// Guards: the explorer itself. Each GUARD of the core is switched off, one at a time, in the
// archive `mutants`, and some scenario must find it, with a shrunk trace that replays; each row of
// the table that names the guard must be found by a scenario that the row names. With none switched
// off all scenarios are clean. How: a forked child per guard. `sim_races_mutants_test GUARD` shows
// how one is found.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "core/base/check.hpp"
#include "sim/races/rows.hpp"
#include "sim/races/scenarios.hpp"

namespace {

using namespace tutti;
using races::Plan;
using races::Row;

constexpr std::string_view kGuards[] = {
#include "guards.inc"
};

// Guards that no scenario can miss, each with its reason. Empty is best.
struct Excused {
  std::string_view guard;
  std::string_view reason;
};
constexpr std::array<Excused, 0> kExcused{};

constexpr double kTimes = 0.15;  // of a plan's schedules, for each guard

struct Found {
  std::vector<std::string> scenarios;  // that found it
  std::string text;                    // what the first of them said, and its trace
  bool replays = true;
};

// The shrunk trace of what a plan found; `replays` false when it does not repeat the failure.
void show(const Plan& plan, const explore::Report& report, Found& found) {
  explore::Trace trace = explore::shrink(plan.scenario, *report.failure, plan.depth);
  found.text = report.text() + "\n" + trace.text();
  explore::Replayed again = explore::replay(plan.scenario, trace);
  found.replays = !again.diverged && again.broken == report.failure->what;
}

// Whether `found` is enough: some scenario, and for each row with this guard one that it names.
bool enough(const Found& found, const std::vector<const Row*>& rows) {
  return !found.scenarios.empty() && std::all_of(rows.begin(), rows.end(), [&](const Row* row) {
    return std::any_of(row->shipped.begin(), row->shipped.end(), [&](const char* name) {
      return std::find(found.scenarios.begin(), found.scenarios.end(), name) !=
             found.scenarios.end();
    });
  });
}

// Runs plans until there is enough; with no guard off, all of them.
Found find(const std::vector<const Row*>& rows) {
  Found found;
  for (const Plan& plan : races::all_plans()) {
    if (g_mutant != 0 && enough(found, rows)) break;
    for (const explore::Report& report : races::run(plan, kTimes)) {
      if (!report.failure && (g_mutant != 0 || report.clean())) continue;
      if (found.scenarios.empty() && report.failure) show(plan, report, found);
      if (found.scenarios.empty() && !report.failure) found.text = report.text();
      found.scenarios.push_back(plan.scenario.name);
      break;
    }
  }
  return found;
}

// Rows that hold today and name the guard.
std::vector<const Row*> rows_of(const std::vector<Row>& table, std::string_view guard) {
  std::vector<const Row*> rows;
  for (const Row& row : table) {
    bool names = std::find(row.guards.begin(), row.guards.end(), guard) != row.guards.end();
    if (names && !row.shipped.empty()) rows.push_back(&row);
  }
  return rows;
}

struct Verdict {
  bool found = false;
  std::string how;
};

// In a child: a sanitizer ends the process.
Verdict with_guard_off(const std::vector<Row>& table, std::string_view guard) {
  std::fflush(nullptr);
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return {false, "no pipe"};
  std::vector<const Row*> rows = rows_of(table, guard);
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), 2);
    g_mutant = guard.empty() ? 0 : guard_hash(guard);
    Found found = find(rows);
    std::string how;
    for (const std::string& name : found.scenarios) how += (how.empty() ? "" : ", ") + name;
    if (guard.empty()) how += found.text;
    if (!found.replays) how += "; THE SHRUNK TRACE DOES NOT REPLAY";
    if (!guard.empty() && !found.scenarios.empty() && !enough(found, rows))
      how += "; NOT BY THE SCENARIOS OF EACH ROW THAT NAMES IT";
    if (::write(pipe[1], how.data(), how.size()) < 0) std::_Exit(3);
    std::_Exit(found.scenarios.empty() ? 0 : found.replays && enough(found, rows) ? 1 : 2);
  }
  ::close(pipe[1]);
  Verdict verdict;
  char buffer[4096];
  for (ssize_t n; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
    verdict.how.append(buffer, static_cast<std::size_t>(n));
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  verdict.found = WIFSIGNALED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 2);
  if (WIFSIGNALED(status)) verdict.how = fmt::format("ended by signal {}", WTERMSIG(status));
  else if (WEXITSTATUS(status) > 3) verdict.how = fmt::format("ended with {}", WEXITSTATUS(status));
  return verdict;
}

std::string_view excuse(std::string_view guard) {
  for (const Excused& row : kExcused) {
    if (row.guard == guard) return row.reason;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Row> table = races::all_rows();
  if (argc == 2) {  // one guard by name, in this process, with its trace
    g_mutant = guard_hash(argv[1]);
    Found found = find({});
    fmt::print("{}\n", found.text);
    return found.scenarios.empty() ? 0 : 1;
  }
  int faults = 0;
  std::size_t killed = 0;
  Verdict none = with_guard_off(table, "");
  fmt::print("{:<28} {}\n", "no guard off", none.found ? "NOT CLEAN: " + none.how : "clean");
  faults += none.found ? 1 : 0;
  for (std::string_view guard : kGuards) {
    Verdict verdict = with_guard_off(table, guard);
    std::string_view reason = excuse(guard);
    // A survivor without an excuse, or an excuse that is outdated.
    faults += verdict.found != reason.empty() ? 1 : 0;
    killed += verdict.found ? 1 : 0;
    fmt::print("{:<28} {} {}{}\n", guard, verdict.found ? "found by" : "SURVIVED", verdict.how,
               reason.empty() ? "" : fmt::format(" ({})", reason));
  }
  fmt::print("{} of {} guards found, {} faults\n", killed, std::size(kGuards), faults);
  return faults == 0 && killed * 100 >= std::size(kGuards) * 95 ? 0 : 1;
}
