// Guards: a trace repeats its run exactly or says what is the matter: damaged, changed, diverged;
// and shrinking returns a shorter run that fails alike. How: traces of small models, then each
// line, byte and step of them altered.
#include "sim/explore/trace.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/explore/explore.hpp"
#include "sim/explore/explore_test_models.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::explore::test;

namespace {

Trace failing(const Scenario& scenario) {
  Report report = sample(scenario, Strategy::portfolio, 1, 100'000);
  REQUIRE(report.failure.has_value());
  return narrate(scenario, report.failure->decisions, 200);
}

// A hundred steps of which three matter: the latch is opened, then used, and the die shows five.
struct Long : Model {
  Choose& choose;
  int ticks = 0, opened = 0;
  bool broken = false;
  explicit Long(Choose& c) : choose(c) { choose.choose(3, "mood"); }
  std::string_view actor_name(ActorId actor) const override {
    return actor == 0 ? "clock" : actor == 1 ? "anna" : "ben";
  }
  void enabled(Choices& out) const override {
    if (ticks < 100) out.push_back({0, "ticks"});
    if (opened == 0) out.push_back({1, "opens"});
    if (opened == 1 && ticks < 100) out.push_back({2, "uses"});
  }
  void step(std::size_t choice) override {
    Choices now;
    enabled(now);
    ActorId actor = now[choice].actor;
    if (actor == 0) ++ticks, choose.choose(4, "weather");
    if (actor == 1) opened = 1;
    if (actor == 2) opened = 2, broken = ticks > 50 && choose.choose(6, "die") >= 4;
  }
  std::string_view check() const override { return broken ? "used at a bad time" : ""; }
  void describe(StateWriter& out) const override {
    out.number(static_cast<std::uint64_t>(ticks * 10 + opened));
  }
};
const Scenario kLong{"long", [](Choose& c) { return std::make_unique<Long>(c); }, {}};

}  // namespace

TEST_CASE("trace: as text and back, and run again, it is the same run") {
  for (const Scenario& scenario : {kClerks, kDice, kLong}) {
    Trace trace = failing(scenario);
    CHECK_FALSE(trace.broken.empty());
    auto parsed = Trace::parse(trace.text());
    REQUIRE(parsed.has_value());
    CHECK(parsed->text() == trace.text());
    Replayed again = replay(scenario, *parsed);
    CHECK_FALSE(again.diverged.has_value());
    CHECK(again.broken == trace.broken);
    CHECK(again.steps == trace.steps.size());
  }
}

TEST_CASE("trace: a step says choice, actor, operation and the objects it touched") {
  std::string text = failing(kClerks).text();
  CHECK(text.find("| anna | reads | total\n") != std::string::npos);
  CHECK(text.find("| ben | writes | total*\n") != std::string::npos);
  CHECK(text.find("broken one was lost\n") != std::string::npos);
}

TEST_CASE("trace: what is no trace, and each damaged line, is said to be that") {
  std::string text = failing(kDice).text();
  CHECK(Trace::parse("").error().text.find("no trace") != std::string::npos);
  CHECK(Trace::parse("GIF89a").error().text.find("no trace") != std::string::npos);
  for (std::size_t cut = 0; cut + 1 < text.size(); ++cut)
    CHECK_FALSE(Trace::parse(text.substr(0, cut)).has_value());
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    CHECK_FALSE(Trace::parse(changed).has_value());
  }
  std::string without = text;
  without.erase(without.find("0 |"),
                without.find('\n', without.find("0 |")) + 1 - without.find("0 |"));
  CHECK(Trace::parse(without).error().text.find("missing or were changed") != std::string::npos);
}

TEST_CASE("trace: one that no longer fits says where it diverged and runs nothing else") {
  Trace trace = failing(kClerks);
  Trace other = trace;
  other.steps[1].operation = "sleeps";
  CHECK(replay(kClerks, other).diverged->starts_with("diverged at step 2: "));
  CHECK(replay(kClerks, other).steps == 1);
  other = trace;
  other.steps[2].writes = {"another"};
  CHECK(replay(kClerks, other).diverged->find("the trace has") != std::string::npos);
  other = trace;
  other.steps.push_back(other.steps.back());
  CHECK(replay(kClerks, other).diverged->find("goes on") != std::string::npos);
  Trace dice = failing(kDice);
  other = dice;
  other.steps[0].draws[0].decision.n = 7;
  CHECK(replay(kDice, other).diverged->find("die of 7") != std::string::npos);
  other = dice;
  other.steps[0].draws.clear();
  CHECK(replay(kDice, other).diverged->find("more") != std::string::npos);
}

TEST_CASE("shrink: a long run comes down to what matters, and still fails alike") {
  Report report = sample(kLong, Strategy::portfolio, 1, 100'000);
  REQUIRE(report.failure.has_value());
  Trace shrunk = shrink(kLong, *report.failure);
  CHECK(shrunk.broken == "used at a bad time");
  CHECK(shrunk.steps.size() == 53);  // 51 ticks, opens, uses
  CHECK(shrunk.draws[0].decision.chosen == 0);
  for (const TraceStep& step : shrunk.steps) {
    for (const Draw& draw : step.draws)
      CHECK(draw.decision.chosen == (draw.tag == "die" ? 4U : 0U));
  }
  std::size_t changes = 0;
  for (std::size_t i = 1; i < shrunk.steps.size(); ++i)
    changes += shrunk.steps[i].actor != shrunk.steps[i - 1].actor ? 1 : 0;
  CHECK(changes <= 2);
  CHECK(replay(kLong, shrunk).broken == shrunk.broken);
}
