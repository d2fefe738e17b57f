// Guards: SURW draws orders uniformly, PCT keeps its bound, the portfolio finds what a plain walk
// misses. How: counted against the theory, by a chi-squared test and a rate; schedulers without
// their essential part must fail the same checks.
#include "sim/explore/strategies.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "sim/explore/actors.hpp"
#include "sim/explore/explore_test_models.hpp"

using namespace tutti;
using namespace tutti::explore;

namespace {

// Two that write one cell: one twice, one six times, each with steps of its own in between. A walk
// prefers orders in which they alternate.
struct Uneven : Actors<Uneven> {
  Cell<std::uint64_t> order{"order", 1};
  Uneven() {
    static constexpr Step kFew[] = {{"writes", &write}, {"rests", &rest}, {"writes", &write}};
    static constexpr Step kMany[] = {{"writes", &write}, {"writes", &write}, {"rests", &rest},
                                     {"writes", &write}, {"writes", &write}, {"writes", &write},
                                     {"writes", &write}};
    actor("few", kFew);
    actor("many", kMany);
  }
  static void write(Uneven& m) { m.order = m.order * 2 + m.self(); }
  static void rest(Uneven&) {}
  void state(StateWriter& out) const { put(out, order); }
};
const Scenario kUneven = scenario<Uneven>("uneven", {});
constexpr std::size_t kOrders = 28;  // 8! / (2! 6!)

// Chi-squared of the orders that `schedule` leads to, against all being as likely.
template <class Schedule>
double chi_squared(std::size_t runs, Schedule schedule) {
  Profile profile(kUneven, 1, 100);
  Runner runner(kUneven);
  std::map<std::uint64_t, double> counts;
  for (std::size_t i = 0; i < runs; ++i) {
    SeededChoose random(i + 1);
    schedule(runner, random, profile);
    counts[dynamic_cast<const Uneven&>(*runner.model()).order] += 1;
  }
  double expected = static_cast<double>(runs) / kOrders, sum = 0;
  for (const auto& [order, count] : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum + static_cast<double>(kOrders - counts.size()) * expected;
}

// A bug of depth 2: ben's one step must come between anna's k - 1 -th and last.
struct Needle : Actors<Needle> {
  static constexpr std::size_t kSteps = 12;
  Cell<int> x{"x", 0};
  Needle() {
    static constexpr Step kAnna[] = {{"a", &add}, {"a", &add}, {"a", &add},   {"a", &add},
                                     {"a", &add}, {"a", &add}, {"a", &add},   {"a", &add},
                                     {"a", &add}, {"a", &add}, {"ends", &add}};
    static constexpr Step kBen[] = {
        {"looks", [](Needle& m) { m.require(m.x != 10, "between the last two"); }}};
    actor("anna", kAnna);
    actor("ben", kBen);
  }
  static void add(Needle& m) { m.x += 1; }
  void state(StateWriter& out) const { put(out, x); }
};
const Scenario kNeedle = scenario<Needle>("needle", {});

double hit_rate(std::size_t runs, bool change_points) {
  Runner runner(kNeedle);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    SeededChoose random(i + 1);
    Pct pct(random, Needle::kSteps, 2, change_points);
    hits += runner.run(pct, 100).broken.empty() ? 0 : 1;
  }
  return static_cast<double>(hits) / static_cast<double>(runs);
}

}  // namespace

TEST_CASE("SURW: every order of the steps that touch the object is as likely") {
  // 27 degrees of freedom: above 55.5 in one of 1,000 experiments.
  double surw = chi_squared(28'000, [](Runner& runner, SeededChoose& random, const Profile& p) {
    REQUIRE(p.objects.size() == 1);
    Surw decider(random, p.objects[0]);
    runner.run(decider, 100);
  });
  double walk = chi_squared(28'000, [](Runner& runner, SeededChoose& random, const Profile&) {
    Walk decider(random);
    runner.run(decider, 100);
  });
  MESSAGE("chi-squared with 27 degrees of freedom: SURW ", surw, ", walk ", walk);
  CHECK(surw < 55.5);
  CHECK(walk > 1000);  // the test bites
}

TEST_CASE("PCT: a bug of depth 2 is hit at least as often as 1 / (n k), and not without change") {
  constexpr double kBound = 1.0 / (2.0 * Needle::kSteps);
  double with = hit_rate(20'000, true);
  double without = hit_rate(20'000, false);
  MESSAGE("bound ", kBound, ", hit ", with, ", without change points ", without);
  // Three standard deviations of a rate at the bound.
  CHECK(with > kBound - 3 * std::sqrt(kBound * (1 - kBound) / 20'000));
  CHECK(without < kBound / 2);
}

TEST_CASE("PCT: all orders of two actors are as likely before any change") {
  std::size_t first = 0;
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    SeededChoose random(seed);
    Pct pct(random, 1, 1);
    Runner runner(test::kClerks);
    runner.run(pct, 1);
    Choices choices;
    runner.model()->enabled(choices);
    first += choices[0].operation == "writes" ? 1 : 0;
  }
  CHECK(first > 4800);
  CHECK(first < 5200);
}

TEST_CASE("portfolio: its parts stand in the proportion that is promised") {
  // A walk finds the needle in about one of 2^11 schedules; SURW in one of 12.
  Report walk = sample(kNeedle, Strategy::walk, 1, 400);
  Report portfolio = sample(kNeedle, Strategy::portfolio, 1, 400);
  CHECK(walk.clean());
  REQUIRE(portfolio.failure.has_value());
  CHECK(portfolio.runs < 100);
}
