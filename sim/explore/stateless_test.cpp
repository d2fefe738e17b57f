// Guards: the reduced search sees every class of equivalent runs, once, and plain search no other.
// How: 2,000 generated programs of reads, writes, locks, waits and spawns, searched both ways; each
// sabotaged reduction must be caught by the same comparison.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>

#include "sim/explore/actors.hpp"
#include "sim/explore/explore.hpp"
#include "sim/explore/explore_test_models.hpp"

using namespace tutti;
using namespace tutti::explore;

namespace {

// `test` is what depends on the state: it ends the actor, or writes and reads elsewhere.
enum class What : std::uint8_t { read, write, add, lock, unlock, wait, set, spawn, test, end };

struct Op {
  What what = What::end;
  std::uint8_t cell = 0;
};
constexpr std::size_t kActors = 4, kOps = 4, kCells = 3;
using Code = std::array<std::array<Op, kOps>, kActors>;

// A generated program. The last actor exists once it is spawned.
struct Program : Model {
  Code code;
  std::size_t started;
  Cell<int> cells[kCells] = {Cell<int>("x", 0), Cell<int>("y", 0), Cell<int>("z", 0)};
  Cell<int> locks[2] = {Cell<int>("lock0", 0), Cell<int>("lock1", 0)};
  Cell<int> spawned{"spawned", 0};
  std::array<std::size_t, kActors> at{};
  std::array<int, kActors> seen{};
  mutable std::array<ActorId, kActors> listed{};

  Program(const Code& c, std::size_t n) : code(c), started(n) {}
  std::string_view actor_name(ActorId actor) const override {
    return std::string_view("abcd").substr(actor, 1);
  }
  static std::string_view name_of_step(std::size_t i) {
    return std::string_view("1234").substr(i, 1);
  }
  std::size_t actors() const override { return kActors; }
  const Op& next(ActorId actor) const {
    static constexpr Op kEnd{};
    return at[actor] < kOps ? code[actor][at[actor]] : kEnd;
  }
  Ready ready(ActorId actor) const override {
    if (actor >= started && actor + 1U < kActors) return Ready::over;
    if (actor + 1U == kActors && spawned == 0) return Ready::over;
    const Op& op = next(actor);
    if (op.what == What::end) return Ready::over;
    if (op.what == What::lock) return locks[op.cell % 2] == 0 ? Ready::ready : Ready::waits;
    if (op.what == What::wait) return cells[op.cell] > 0 ? Ready::ready : Ready::waits;
    return Ready::ready;
  }
  void enabled(Choices& out) const override {
    std::size_t n = 0;
    for (ActorId i = 0; i < kActors; ++i) {
      if (ready(i) != Ready::ready) continue;
      listed[n++] = i;
      out.push_back({i, name_of_step(at[i])});
    }
  }
  void step(std::size_t choice) override {
    ActorId actor = listed[choice];
    const Op& op = next(actor);
    ++at[actor];
    switch (op.what) {
      case What::read: seen[actor] = seen[actor] * 7 + cells[op.cell]; break;
      case What::write: cells[op.cell] = seen[actor] * 5 + actor + 1; break;
      case What::add: cells[op.cell] += 1; break;
      case What::lock: locks[op.cell % 2] = actor + 1; break;
      case What::unlock: locks[op.cell % 2] = 0; break;
      case What::set: cells[op.cell] = 0; break;
      case What::spawn: spawned = 1; break;
      case What::test:
        if (cells[op.cell] > 0) at[actor] = kOps;
        else cells[(op.cell + 1) % kCells] = seen[actor] += cells[(op.cell + 2) % kCells] + 1;
        break;
      case What::wait:
      case What::end: break;
    }
  }
  std::string_view check() const override { return {}; }
  std::string_view over() const override {
    // Some end states are called broken, so that failures can be compared too.
    int sum = cells[0] + 3 * cells[1] + 9 * cells[2];
    for (int value : seen) sum += value;
    static constexpr std::string_view kBroken[] = {"zero", "one", "two", "three", "four"};
    int rest = sum % 23;
    return rest >= 0 && rest < 5 ? kBroken[rest] : std::string_view();
  }
  void describe(StateWriter& out) const override {
    for (const auto& cell : cells) out.number(static_cast<std::uint64_t>(cell.unrecorded()));
    for (const auto& lock : locks) out.number(static_cast<std::uint64_t>(lock.unrecorded()));
    out.number(static_cast<std::uint64_t>(spawned.unrecorded()));
    for (std::size_t i = 0; i < kActors; ++i) out.number(at[i] * 100000 + seen[i] % 100000);
  }
  std::pair<const void*, std::size_t> extent() const override { return {this, sizeof *this}; }
};

Scenario generate(std::uint64_t seed) {
  SeededChoose random(seed);
  Code code{};
  std::size_t started = 2 + random.choose(2, "actors");
  std::size_t most = started == 3 ? 3 : kOps;
  for (std::size_t actor = 0; actor < kActors; ++actor) {
    std::size_t length = 1 + random.choose(static_cast<std::uint32_t>(most), "length");
    if (actor + 1 == kActors) length = std::min<std::size_t>(length, 2);
    for (std::size_t i = 0; i < length; ++i) {
      static constexpr What kMix[] = {What::read,   What::read, What::read, What::write,
                                      What::write,  What::add,  What::add,  What::lock,
                                      What::unlock, What::wait, What::set,  What::spawn,
                                      What::test,   What::test, What::test, What::test};
      What what = kMix[random.choose(std::size(kMix), "what")];
      code[actor][i] = {what, static_cast<std::uint8_t>(random.choose(kCells, "cell"))};
    }
  }
  return {"program " + std::to_string(seed),
          [=](Choose&) { return std::make_unique<Program>(code, started); },
          {}};
}

struct Found {
  std::set<std::uint64_t> classes;
  std::set<std::string> failures;
  Report report;
  friend bool operator==(const Found& a, const Found& b) {
    return a.classes == b.classes && a.failures == b.failures;
  }
};

Found search(const Scenario& program, Reduction reduction) {
  Found found;
  StatelessOptions options{reduction, false, &found.classes, &found.failures};
  found.report = stateless(program, {}, options);
  return found;
}

std::uint64_t programs() {
#ifdef TUTTI_SANITIZED
  return 50;
#else
  return std::getenv("TUTTI_LONG") != nullptr ? 20'000 : 2000;
#endif
}

}  // namespace

TEST_CASE("stateless: on generated programs reduced and plain search see the same classes") {
  std::size_t plain_runs = 0, reduced_runs = 0, classes = 0, complete = 0;
  for (std::uint64_t seed = 1; seed <= programs(); ++seed) {
    Scenario program = generate(seed);
    Found plain = search(program, Reduction::none);
    Found reduced = search(program, Reduction::source_dpor);
    INFO(program.name, ": ", plain.classes.size(), " classes, reduced ", reduced.classes.size());
    REQUIRE(plain.report.complete);
    REQUIRE(reduced.report.complete);
    REQUIRE(reduced == plain);
    CHECK(reduced.report.classes >= reduced.classes.size());
    plain_runs += plain.report.runs;
    reduced_runs += reduced.report.runs;
    classes += plain.classes.size();
    complete += reduced.report.classes;
  }
  MESSAGE(programs(), " programs: ", plain_runs, " runs, ", classes, " classes, reduced to ",
          reduced_runs, " runs; ", complete, " of the last pass were complete");
  CHECK(reduced_runs < plain_runs / 2);
}

TEST_CASE("stateless: each sabotaged reduction is caught by the comparison") {
  for (Reduction wrong : {Reduction::naive, Reduction::visited_set, Reduction::sleep_forever}) {
    std::uint64_t caught = 0;
    for (std::uint64_t seed = 1; seed <= programs() && caught == 0; ++seed) {
      Scenario program = generate(seed);
      if (!(search(program, wrong) == search(program, Reduction::none))) caught = seed;
    }
    INFO("sabotage ", static_cast<int>(wrong));
    CHECK(caught > 0);
    MESSAGE("sabotage ", static_cast<int>(wrong), " is caught by program ", caught);
  }
}

TEST_CASE("stateless: a step whose footprint depends on the state is no initial by its old one") {
  struct Late : Actors<Late> {
    Cell<int> user{"user", 0};
    Cell<bool> expired{"expired", false};
    int read[2] = {};
    Late() {
      static constexpr Step kFirst[] = {{"sets", [](Late& m) { m.user = 1; }},
                                        {"reads", [](Late& m) { m.read[0] = m.user; }}};
      static constexpr Step kSecond[] = {
          {"sets if in time",
           [](Late& m) { m.expired ? m.finish() : static_cast<void>(m.user = 2); }},
          {"reads if in time",
           [](Late& m) { m.expired ? m.finish() : static_cast<void>(m.read[1] = m.user); }}};
      static constexpr Step kClock[] = {{"ticks", [](Late&) {}},
                                        {"expires", [](Late& m) { m.expired = true; }}};
      actor("first", kFirst);
      actor("second", kSecond);
      actor("clock", kClock);
    }
    void state(StateWriter& out) const { put(out, user, expired, read); }
  };
  Scenario late = scenario<Late>("late", {});
  CHECK(search(late, Reduction::none).classes.size() == 8);
  CHECK(search(late, Reduction::source_dpor).classes.size() == 8);
}

TEST_CASE("stateless: two that never meet are one class, two writers of one cell are all orders") {
  Report apart = stateless(test::kTwoCells);
  CHECK(apart.classes == 1);
  CHECK(apart.complete);
  StatelessOptions all{Reduction::source_dpor, false, nullptr, nullptr};
  CHECK(stateless(test::kClerks, {}, all).classes == 4);  // see README: of 6 runs
}

TEST_CASE("stateless: models that it cannot search are refused, each for its reason") {
  auto why = [](const Scenario& scenario) {
    Report report = stateless(scenario);
    REQUIRE(report.failure.has_value());
    CHECK_FALSE(report.complete);
    return report.failure->what;
  };
  CHECK(why(test::kDice).find("one next step each") != std::string::npos);
  std::set<std::string> orders;
  CHECK(why(test::orders_of({1, 1}, &orders, false)).find("say their actors") != std::string::npos);
  Scenario drawing = test::kTwoCells;
  drawing.make = [](Choose& choose) {
    choose.choose(2, "coin");
    return std::make_unique<test::TwoCells>();
  };
  CHECK(why(drawing).find("models that draw: use the stateful one") != std::string::npos);
}
