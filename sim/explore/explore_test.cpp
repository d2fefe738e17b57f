// Guards: the explorer sees every interleaving within its bounds, finds what only one of them
// breaks, and does not call an empty or cut search clean. How: models small enough to count by
// hand.
#include "sim/explore/explore.hpp"

#include <doctest/doctest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>

#include "core/base/check.hpp"
#include "sim/explore/explore_test_models.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::explore::test;

TEST_CASE("explore: a lost update is found by every engine and strategy") {
  Report reports[] = {stateful(kClerks),
                      stateless(kClerks),
                      delay_bounded(kClerks, 1),
                      sample(kClerks, Strategy::walk, 1, 100),
                      sample(kClerks, Strategy::pct, 1, 100),
                      sample(kClerks, Strategy::surw, 1, 100),
                      sample(kClerks, Strategy::portfolio, 1, 100)};
  for (const Report& report : reports) {
    INFO(report.text());
    REQUIRE(report.failure.has_value());
    CHECK(report.failure->what == "one was lost");
  }
}

TEST_CASE("explore: FIFO, without a delay, does not lose the update") {
  Report fifo = delay_bounded(kClerks, 0);
  CHECK(fifo.clean());
  CHECK(fifo.runs == 1);
  CHECK(fifo.complete);
}

TEST_CASE("explore: every order of 2, 2 and 2 steps is seen, and with merged states every state") {
  std::set<std::string> orders;
  Report report = stateful(orders_of({2, 2, 2}, &orders, false));
  CHECK(report.complete);
  CHECK(orders.size() == 90);  // 6! / (2! 2! 2!)
  report = stateful(orders_of({2, 2, 2}, &orders, true));
  CHECK(report.complete);
  CHECK(report.states == 26);  // 3 x 3 x 3 less the start
  CHECK(report.collision < 1e-30);
}

TEST_CASE("explore: delays 0 to 3 see ever more runs, and each run once") {
  std::size_t before = 0;
  for (unsigned delays = 0; delays <= 3; ++delays) {
    std::set<std::string> orders;
    Report report = delay_bounded(orders_of({2, 2, 2}, &orders, false), delays);
    CHECK(report.complete);
    CHECK(report.runs > before);
    CHECK(orders.size() == report.runs);
    before = report.runs;
  }
}

TEST_CASE("explore: what the model draws is searched like the steps") {
  Report report = stateful(kDice);
  REQUIRE(report.failure.has_value());
  CHECK(report.failure->what == "three sixes");
}

TEST_CASE("explore: a search that is cut says so, and a witness never reached is not clean") {
  std::set<std::string> orders;
  Scenario each = orders_of({3, 3, 3}, &orders, false);
  each.witnesses = {"never"};
  Report report = stateful(each, {.depth = 60, .states = 50});
  CHECK_FALSE(report.complete);
  CHECK(report.text().find("exhaustive within") == std::string::npos);
  report = stateful(each, {.depth = 4, .states = 100'000});
  CHECK(report.complete);
  CHECK(report.cut > 0);
  CHECK_FALSE(report.clean());
  CHECK(report.text().find("vacuous: never reached \"never\"") != std::string::npos);
}

TEST_CASE("explore: the same seed gives the same runs") {
  for (Strategy strategy : {Strategy::walk, Strategy::pct, Strategy::surw, Strategy::portfolio}) {
    std::set<std::string> first, second;
    for (auto* orders : {&first, &second}) {
      CHECK(sample(orders_of({4, 4, 4}, orders, false), strategy, 7, 50).runs == 50);
    }
    CHECK(first == second);
    CHECK(first.size() > 4);
  }
}

TEST_CASE("explore: a broken INVARIANT of a machine is a failure with a trace, not the end") {
  struct Buggy : Actors<Buggy> {
    Cell<int> x{"x", 0};
    Buggy() {
      static constexpr Step kSteps[] = {{"sets", [](Buggy& m) { m.x = 1; }},
                                        {"needs", [](Buggy& m) { INVARIANT(m.x == 1); }}};
      static constexpr Step kReset[] = {{"resets", [](Buggy& m) { m.x = 0; }}};
      actor("one", kSteps);
      actor("other", kReset);
    }
    void state(StateWriter& out) const { put(out, x); }
  };
  Scenario buggy = scenario<Buggy>("buggy", {});
  for (const Report& report : {stateful(buggy), stateless(buggy)}) {
    REQUIRE(report.failure.has_value());
    CHECK(report.failure->what.starts_with("bug: m.x == 1"));
    Trace trace = shrink(buggy, *report.failure);
    CHECK(trace.steps.size() == 3);
    CHECK(replay(buggy, trace).broken == report.failure->what);
  }
}

#ifndef TUTTI_SANITIZED  // which take crashes for themselves
TEST_CASE("explore: a model that crashes is a failure with a trace, not the end") {
  struct Crashing : Actors<Crashing> {
    Cell<int*> x{"x", nullptr};
    int value = 0;
    Crashing() {
      static constexpr Step kSteps[] = {{"sets", [](Crashing& m) { m.x = &m.value; }},
                                        {"uses", [](Crashing& m) { *m.x.get() = 1; }}};
      static constexpr Step kReset[] = {{"resets", [](Crashing& m) { m.x = nullptr; }}};
      actor("one", kSteps);
      actor("other", kReset);
    }
    void state(StateWriter& out) const { put(out, value); }
  };
  Scenario crashing = scenario<Crashing>("crashing", {});
  Report report = stateful(crashing);
  REQUIRE(report.failure.has_value());
  CHECK(report.failure->what.starts_with("crash: signal 11"));
  Trace trace = shrink(crashing, *report.failure);
  CHECK(trace.steps.size() == 3);
  CHECK(replay(crashing, trace).broken == report.failure->what);
}
#endif

TEST_CASE("explore: a model that does not repeat itself is told so, by each engine") {
  static int runs = 0;
  struct Moody : Actors<Moody> {
    Cell<int> x{"x", 0};
    Moody() {
      static constexpr Step kSteps[] = {{"a", [](Moody& m) { m.x = ++runs; }},
                                        {"b", [](Moody&) {}}};
      actor("one", kSteps);
      actor("other", kSteps);
    }
    void state(StateWriter& out) const { put(out, x); }
  };
  Scenario moody = scenario<Moody>("moody", {});
  Report reports[] = {stateful(moody), sample(moody, Strategy::walk, 1, 10)};
  for (const Report& report : reports) {
    REQUIRE(report.failure.has_value());
    CHECK(report.failure->what == kNotRepeatable);
  }
}

TEST_CASE("explore: internal events without end are a bug of the model, with its trace") {
  struct Echoing : Actors<Echoing> {
    InternalEvents<int> events;
    Cell<int> heard{"heard", 0};
    Echoing() {
      static constexpr Step kOnce[] = {{"routes", [](Echoing& m) { m.route(100); }}};
      static constexpr Step kForever[] = {{"echoes", [](Echoing& m) { m.route(-1); }}};
      actor("quiet", kOnce);
      actor("loud", kForever);
    }
    void route(int times) {
      events.push(times);
      events.route([this](int left) {
        heard += 1;
        if (left != 0) events.push(left - 1);
      });
    }
    void state(StateWriter& out) const { put(out, heard); }
  };
  Scenario echoing = scenario<Echoing>("echoing", {});
  for (const Report& report : {stateful(echoing), stateless(echoing)}) {
    REQUIRE(report.failure.has_value());
    CHECK(report.failure->what.find("endless internal events") != std::string::npos);
    CHECK(shrink(echoing, *report.failure).steps.size() == 1);
  }
}

TEST_CASE("explore: a step that draws without end is told so") {
  struct Gambler : Dice {
    using Dice::Dice;
    void step(std::size_t) override {
      while (choose.choose(2, "again") == 0) ++sum;
    }
  };
  Scenario gambler{"gambler", [](Choose& c) { return std::make_unique<Gambler>(c); }, {}};
  Report report = stateful(gambler);
  REQUIRE(report.failure.has_value());
  CHECK(report.failure->what == kEndlessStep);
}

#ifndef TUTTI_SANITIZED
TEST_CASE("explore: a step that never ends ends the process with a message that says where") {
  struct Stuck : Actors<Stuck> {
    Stuck() {
      static constexpr Step kSteps[] = {{"goes", [](Stuck&) {}},
                                        {"hangs", [](Stuck& m) {
                                           while (m.ready(0) == Ready::over) {
                                           }
                                         }}};
      actor("one", kSteps);
    }
    void state(StateWriter&) const {}
  };
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    watch_for_endless_steps();
    // Ticks of this process come a hundred times as fast.
    itimerval fast{{0, 10'000}, {0, 10'000}};
    ::setitimer(ITIMER_VIRTUAL, &fast, nullptr);
    (void)stateful(scenario<Stuck>("stuck", {}));
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string said(1000, 0);
  auto size = ::read(pipe[0], said.data(), said.size());
  for (ssize_t more; (more = ::read(pipe[0], said.data() + size, said.size() - size)) > 0;)
    size += more;
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(said.find("a step of the scenario \"stuck\" has not ended") != std::string::npos);
  CHECK(said.find("lead there: 0 0\n") != std::string::npos);
}
#endif

TEST_CASE("explore: a run without end is cut and counted, and its depth bound is printed") {
  struct Endless : Actors<Endless> {
    Endless() {
      static constexpr Step kSteps[] = {{"turns", [](Endless& m) { m.jump(0); }}};
      actor("wheel", kSteps);
    }
    void state(StateWriter&) const {}
  };
  Scenario endless = scenario<Endless>("endless", {});
  Report report = sample(endless, Strategy::walk, 1, 3, 50);
  CHECK(report.cut == 3);
  CHECK(report.text().find("depth 50") != std::string::npos);
  CHECK(stateful(endless).complete);  // one state
}

TEST_CASE(
    "footprints: pairs that are recorded to be independent commute, and a hidden write shows") {
  Report honest = check_footprints(kTwoCells, 1, 500);
  INFO(honest.text());
  CHECK(honest.clean());
  CHECK(honest.runs > 50);
  struct Hidden : Actors<Hidden> {
    int secret = 0;  // shared, and no Cell
    Hidden() {
      static constexpr Step kAdd[] = {{"adds", [](Hidden& m) { m.secret = m.secret * 2 + 1; }}};
      static constexpr Step kTwice[] = {{"doubles", [](Hidden& m) { m.secret *= 2; }}};
      actor("one", kAdd);
      actor("other", kTwice);
    }
    void state(StateWriter& out) const { put(out, secret); }
  };
  Report hidden = check_footprints(scenario<Hidden>("hidden", {}), 1, 500);
  REQUIRE(hidden.failure.has_value());
  CHECK(hidden.failure->what.starts_with("footprint wrong: "));
}
