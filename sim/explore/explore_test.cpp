// Guards: the explorer sees every interleaving within its bounds, finds what only one of them
// breaks, repeats it from a trace, and does not call an empty search clean. How: models small
// enough to count by hand.
#include "sim/explore/explore.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tutti;
using namespace tutti::explore;

namespace {

// The example: two clerks add one to a number, each in two steps, read and write.
struct Clerks : Model {
  int total = 0;
  struct Clerk {
    int at = 0, read = 0;
  } clerks[2];
  std::vector<Choice> enabled() const override {
    std::vector<Choice> out;
    for (int i = 0; i < 2; ++i) {
      if (clerks[i].at < 2)
        out.push_back({i == 0 ? "anna" : "ben", clerks[i].at == 0 ? "read" : "write"});
    }
    return out;
  }
  void step(std::size_t choice) override {
    Clerk& c = clerks[clerks[0].at < 2 ? choice : 1];
    if (c.at++ == 0) c.read = total;
    else total = c.read + 1;
  }
  std::optional<std::string> check() const override { return std::nullopt; }
  std::optional<std::string> over() const override {
    return total == 2 ? std::nullopt : std::optional("one was lost");
  }
  void describe(StateWriter& out) const override {
    out.number(static_cast<std::uint64_t>(total));
    for (const Clerk& c : clerks) out.number(static_cast<std::uint64_t>(c.at * 10 + c.read));
  }
};
const Scenario kClerks{"clerks", [](Choose&) { return std::make_unique<Clerks>(); }, {}};

// Actors that each take some steps; every order is noted.
struct Orders : Model {
  std::vector<int> left;
  std::string order;
  std::set<std::string>* all;
  bool forgetful;
  Orders(std::vector<int> steps, std::set<std::string>* orders, bool forget)
      : left(steps), all(orders), forgetful(forget) {}
  std::vector<Choice> enabled() const override {
    std::vector<Choice> out;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] > 0) out.push_back({std::string(1, static_cast<char>('a' + i)), "step"});
    }
    return out;
  }
  void step(std::size_t choice) override {
    char who = enabled()[choice].actor[0];
    --left[static_cast<std::size_t>(who - 'a')];
    order += who;
    if (enabled().empty()) all->insert(order);
  }
  std::optional<std::string> check() const override { return std::nullopt; }
  void describe(StateWriter& out) const override {
    for (int n : left) out.number(static_cast<std::uint64_t>(n));
    if (!forgetful) out.text(order);
  }
};

// Throws a die of its own in its second step.
struct Dice : Model {
  Choose& choose;
  int steps = 0, sum = 0;
  explicit Dice(Choose& c) : choose(c) {}
  std::vector<Choice> enabled() const override {
    return steps < 3 ? std::vector<Choice>{{"player", "throw"}, {"player", "pass"}}
                     : std::vector<Choice>{};
  }
  void step(std::size_t choice) override {
    ++steps;
    if (choice == 0) sum += 1 + static_cast<int>(choose.choose(6, "die"));
    if (sum > 0) witness("thrown");
  }
  std::optional<std::string> check() const override {
    return sum == 18 ? std::optional("three sixes") : std::nullopt;
  }
  void describe(StateWriter& out) const override {
    out.number(static_cast<std::uint64_t>(steps * 100 + sum));
  }
};
const Scenario kDice{"dice", [](Choose& c) { return std::make_unique<Dice>(c); }, {"thrown"}};

}  // namespace

TEST_CASE("explore: a lost update is found by both strategies and repeated from its trace") {
  Report all = exhaustive(kClerks);
  REQUIRE(all.failure.has_value());
  CHECK(all.failure->what == "one was lost");
  CHECK(all.failure->trace == "0 anna read\n1 ben read\n0 anna write\n0 ben write\n");
  Report some = random_walk(kClerks, 1, 100);
  REQUIRE(some.failure.has_value());
  for (const Report& report : {all, some}) {
    Replay again = replay(kClerks, report.failure->trace);
    CHECK_FALSE(again.diverged.has_value());
    CHECK(again.failure == report.failure->what);
  }
}

TEST_CASE("explore: every order of 2, 2 and 2 steps is seen, and with merged states every state") {
  std::set<std::string> orders;
  Scenario each{
      "orders",
      [&](Choose&) { return std::make_unique<Orders>(std::vector{2, 2, 2}, &orders, false); },
      {}};
  Report report = exhaustive(each);
  CHECK(report.complete);
  CHECK(orders.size() == 90);  // 6! / (2! 2! 2!)
  Scenario merged{
      "orders",
      [&](Choose&) { return std::make_unique<Orders>(std::vector{2, 2, 2}, &orders, true); },
      {}};
  report = exhaustive(merged);
  CHECK(report.complete);
  CHECK(report.states == 26);  // 3 x 3 x 3 less the start
}

TEST_CASE("explore: what the model draws is searched and repeated like the steps") {
  Report report = exhaustive(kDice);
  REQUIRE(report.failure.has_value());
  CHECK(report.failure->what == "three sixes");
  CHECK(report.failure->trace.find("draw die 5/6\n") != std::string::npos);
  CHECK(replay(kDice, report.failure->trace).failure == "three sixes");
}

TEST_CASE("explore: a trace that no longer fits says where it diverged and runs nothing else") {
  CHECK(replay(kClerks, "0 anna read\n0 anna write\n0 anna write\n").diverged ==
        "diverged at step 2: \"0 anna write\" is not possible here");
  CHECK(replay(kClerks, "1 anna read\n").diverged.has_value());
  CHECK(replay(kDice, "0 player throw\n").diverged.has_value());
  CHECK(replay(kDice, "0 player throw\ndraw die 1/7\n").diverged.has_value());
  CHECK(replay(kDice, "1 player pass\ndraw die 1/6\n").diverged.has_value());
  Replay part = replay(kDice, "0 player throw\ndraw die 1/6\n");
  CHECK_FALSE(part.diverged.has_value());
  CHECK_FALSE(part.failure.has_value());
}

TEST_CASE("explore: a search that is cut says so, and a witness never reached is not clean") {
  std::set<std::string> orders;
  Scenario each{
      "orders",
      [&](Choose&) { return std::make_unique<Orders>(std::vector{3, 3, 3}, &orders, false); },
      {"never"}};
  Report report = exhaustive(each, {.depth = 60, .states = 50});
  CHECK_FALSE(report.complete);
  CHECK(report.text().find("not exhaustive") != std::string::npos);
  report = exhaustive(each, {.depth = 4, .states = 100'000});
  CHECK(report.complete);
  CHECK(report.cut > 0);
  CHECK_FALSE(report.clean());
  CHECK(report.text().find("vacuous: never reached \"never\"") != std::string::npos);
}

TEST_CASE("explore: the same seed gives the same runs") {
  std::set<std::string> first, second;
  for (auto* orders : {&first, &second}) {
    Scenario each{
        "orders",
        [&](Choose&) { return std::make_unique<Orders>(std::vector{4, 4, 4}, orders, false); },
        {}};
    CHECK(random_walk(each, 7, 50).runs == 50);
  }
  CHECK(first == second);
  CHECK(first.size() > 40);
}
