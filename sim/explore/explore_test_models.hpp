#pragma once
// Models for the explorer's own tests.

#include <set>
#include <string>
#include <vector>

#include "sim/explore/actors.hpp"

namespace tutti::explore::test {

// The example: two clerks add one to a number, each in two steps, read and write.
struct Clerks : Actors<Clerks> {
  Cell<int> total{"total", 0};
  int read[2] = {};
  Clerks() {
    static constexpr Step kAdd[] = {
        {"reads", [](Clerks& m) { m.read[m.self()] = m.total; }},
        {"writes", [](Clerks& m) { m.total = m.read[m.self()] + 1; }},
    };
    actor("anna", kAdd);
    actor("ben", kAdd);
  }
  std::string_view over() const override { return total == 2 ? "" : "one was lost"; }
  void state(StateWriter& out) const { put(out, total, read); }
};
inline const Scenario kClerks = scenario<Clerks>("clerks", {});

// Two that never meet.
struct TwoCells : Actors<TwoCells> {
  Cell<int> cells[2] = {Cell<int>("left", 0), Cell<int>("right", 0)};
  TwoCells() {
    static constexpr Step kAdd[] = {
        {"adds", [](TwoCells& m) { m.cells[m.self()] += 1; }},
        {"adds again", [](TwoCells& m) { m.cells[m.self()] += 1; }},
    };
    actor("anna", kAdd);
    actor("ben", kAdd);
  }
  void state(StateWriter& out) const { put(out, cells); }
};
inline const Scenario kTwoCells = scenario<TwoCells>("two cells", {});

// Actors that each take some steps; every order is noted.
struct Orders : Model {
  std::vector<int> left;
  std::string order;
  std::set<std::string>* all;
  bool forgetful;
  Orders(std::vector<int> steps, std::set<std::string>* orders, bool forget)
      : left(std::move(steps)), all(orders), forgetful(forget) {}
  std::string_view actor_name(ActorId actor) const override {
    static constexpr std::string_view kNames = "abcdefgh";
    return kNames.substr(actor, 1);
  }
  void enabled(Choices& out) const override {
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] > 0) out.push_back({static_cast<ActorId>(i), "steps"});
    }
  }
  void step(std::size_t choice) override {
    Choices now;
    enabled(now);
    --left[now[choice].actor];
    order += actor_name(now[choice].actor);
    now.clear();
    enabled(now);
    if (now.empty()) all->insert(order);
  }
  std::string_view check() const override { return {}; }
  void describe(StateWriter& out) const override {
    for (int n : left) out.number(static_cast<std::uint64_t>(n));
    if (!forgetful) out.text(order);
  }
};
inline Scenario orders_of(std::vector<int> steps, std::set<std::string>* orders, bool forgetful) {
  return {
      "orders", [=](Choose&) { return std::make_unique<Orders>(steps, orders, forgetful); }, {}};
}

// Throws a die of its own in its second step.
struct Dice : Model {
  Choose& choose;
  int steps = 0, sum = 0;
  explicit Dice(Choose& c) : choose(c) {}
  std::string_view actor_name(ActorId) const override { return "player"; }
  void enabled(Choices& out) const override {
    if (steps < 3) out = {{0, "throws"}, {0, "passes"}};
  }
  void step(std::size_t choice) override {
    ++steps;
    if (choice == 0) sum += 1 + static_cast<int>(choose.choose(6, "die"));
    if (sum > 0) witness("thrown");
  }
  std::string_view check() const override { return sum == 18 ? "three sixes" : ""; }
  void describe(StateWriter& out) const override {
    out.number(static_cast<std::uint64_t>(steps * 100 + sum));
  }
};
inline const Scenario kDice{
    "dice", [](Choose& c) { return std::make_unique<Dice>(c); }, {"thrown"}};

}  // namespace tutti::explore::test
