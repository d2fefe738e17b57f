// Guards: the explorer itself. Each GUARD of the core is switched off, one at a time, in the
// archive `mutants`, and some scenario must find it; with none switched off all scenarios are
// clean. How: a forked child per guard, for a broken invariant ends the process, which counts as
// found. `sim_races_mutants_test GUARD` shows how one is found.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "core/base/check.hpp"
#include "sim/races/scenarios.hpp"

namespace {

using namespace tutti;

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
constexpr int kDoesNotReplay = 200;

// Prints the shrunk trace; false when it does not repeat the failure.
bool show(const races::Plan& plan, const explore::Failure& failure) {
  explore::Trace trace = explore::shrink(plan.scenario, failure, plan.depth);
  std::fprintf(stderr, "%s", trace.text().c_str());
  explore::Replayed again = explore::replay(plan.scenario, trace);
  return !again.diverged && again.broken == failure.what;
}

// The first scenario that is not clean, as an exit code: its number from 1; 0 when all are.
int find() {
  int number = 0;
  for (const races::Plan& plan : races::all_plans()) {
    ++number;
    for (const explore::Report& report : races::run(plan, kTimes)) {
      if (!report.failure && (g_mutant != 0 || report.clean())) continue;
      std::fprintf(stderr, "%s\n", report.text().c_str());
      if (report.failure && !show(plan, *report.failure)) return kDoesNotReplay;
      return number;
    }
  }
  return 0;
}

struct Verdict {
  bool found = false;
  std::string how;
};

Verdict with_guard_off(std::string_view guard) {
  std::fflush(nullptr);
  pid_t child = ::fork();
  if (child == 0) {
    int null = ::open("/dev/null", O_WRONLY);
    if (!guard.empty()) ::dup2(null, 2);  // the trace of a mutant is of no interest
    g_mutant = guard.empty() ? 0 : guard_hash(guard);
    std::_Exit(find());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return {true, fmt::format("ended by signal {}", WTERMSIG(status))};
  int number = WEXITSTATUS(status);
  if (number == kDoesNotReplay) return {false, "found, but the shrunk trace does not replay"};
  auto plans = races::all_plans();
  if (number == 0) return {false, "survived"};
  if (number > static_cast<int>(plans.size()))
    return {true, fmt::format("ended with {}", number)};  // a sanitizer
  return {true, plans[static_cast<std::size_t>(number) - 1].scenario.name};
}

std::string_view excuse(std::string_view guard) {
  for (const Excused& row : kExcused) {
    if (row.guard == guard) return row.reason;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) {  // one guard by name, in this process, with its trace
    g_mutant = guard_hash(argv[1]);
    return find();
  }
  int faults = 0;
  Verdict none = with_guard_off("");
  fmt::print("{:<28} {}\n", "no guard off", none.found ? "NOT CLEAN: " + none.how : "clean");
  faults += none.found ? 1 : 0;
  for (std::string_view guard : kGuards) {
    Verdict verdict = with_guard_off(guard);
    std::string_view reason = excuse(guard);
    bool wrong = verdict.found !=
                 reason.empty();  // a survivor without an excuse, or an excuse that is outdated
    faults += wrong ? 1 : 0;
    fmt::print("{:<28} {}{}\n", guard, verdict.found ? "found: " + verdict.how : "SURVIVED",
               reason.empty() ? "" : fmt::format(" ({})", reason));
  }
  fmt::print("{} guards, {} faults\n", std::size(kGuards), faults);
  return faults == 0 ? 0 : 1;
}
