// Guards: a property that can fail is reported with its smallest case, one that holds is asked in
// all cases, and a seed repeats. How: properties whose smallest failure is known by hand, from many
// seeds.
#include "sim/explore/property.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "core/base/utf8.hpp"
#include "sim/explore/property_shrink.hpp"

using namespace tutti;
using namespace tutti::explore;
using Values = std::vector<std::uint32_t>;

namespace {

Values draw_list(Choose& choose, std::uint32_t max, std::uint32_t n) {
  Values list(choose.choose(max + 1, "length"));
  for (std::uint32_t& value : list) value = choose.choose(n, "element");
  return list;
}

// The same list drawn with a question before each element.
Values draw_asking(Choose& choose, std::uint32_t n) {
  Values list;
  while (choose.choose(5, "more") != 0) list.push_back(choose.choose(n, "element"));
  return list;
}

std::uint64_t sum_of(const Values& list) {
  return std::accumulate(list.begin(), list.end(), std::uint64_t{0});
}

// What every one of 40 seeds shrinks to.
std::set<Values> smallest(const Property& property) {
  std::set<Values> out;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    auto failure = for_all(seed, 5000, property);
    REQUIRE(failure.has_value());
    out.insert(failure->values);
  }
  return out;
}

Broken sum_is_small(Choose& choose) {
  FAIL_UNLESS(sum_of(draw_list(choose, 20, 1000)) < 100);
  return kHolds;
}

}  // namespace

TEST_CASE("shrink: a list whose sum is at least 100 becomes [100], however the list is drawn") {
  CHECK(smallest(sum_is_small) == std::set<Values>{{1, 100}});
  CHECK(smallest([](Choose& choose) {
          FAIL_UNLESS(sum_of(draw_asking(choose, 1000)) < 100);
          return kHolds;
        }) == std::set<Values>{{1, 100, 0}});
}

TEST_CASE("shrink: two equal elements become two zeros, two different ones 0 and 1") {
  CHECK(smallest([](Choose& choose) {
          Values list = draw_list(choose, 12, 1000);
          std::set<std::uint32_t> distinct(list.begin(), list.end());
          FAIL_UNLESS(distinct.size() == list.size());
          return kHolds;
        }) == std::set<Values>{{2, 0, 0}});
  CHECK(smallest([](Choose& choose) {
          Values list = draw_list(choose, 12, 1000);
          std::set<std::uint32_t> distinct(list.begin(), list.end());
          FAIL_UNLESS(distinct.size() < 2);
          return kHolds;
        }) == std::set<Values>{{2, 0, 1}});
}

TEST_CASE("shrink: equal values that must stay equal are lowered together") {
  CHECK(smallest([](Choose& choose) {
          std::uint32_t a = choose.choose(12, "a"), b = choose.choose(12, "b");
          FAIL_UNLESS(a != b || b != choose.choose(12, "c") || a < 7);
          return kHolds;
        }) == std::set<Values>{{7, 7, 7}});
}

TEST_CASE("shrink: values that fail at a distance from each other are lowered with it") {
  CHECK(smallest([](Choose& choose) {
          std::uint32_t a = choose.choose(50, "a");
          choose.choose(3, "between");
          FAIL_UNLESS(choose.choose(50, "b") != a + 3);
          return kHolds;
        }) == std::set<Values>{{0, 0, 3}});
}

TEST_CASE("shrink: values that must reach 0 together do, and an order that is free is ascending") {
  CHECK(smallest([](Choose& choose) {
          std::uint32_t a = choose.choose(50, "a"), b = choose.choose(50, "b");
          choose.choose(50, "free");
          std::uint32_t last = choose.choose(50, "last");  // so that a and b cannot be deleted
          FAIL_UNLESS(last < 5 || ((a != 0 || b != 0) && (a <= 3 || b <= 7)));
          return kHolds;
        }) == std::set<Values>{{0, 0, 0, 5}});
  CHECK(smallest([](Choose& choose) {
          Values list = draw_list(choose, 4, 10);
          std::set<std::uint32_t> distinct(list.begin(), list.end());
          FAIL_UNLESS(!distinct.contains(3) || !distinct.contains(8));
          return kHolds;
        }) == std::set<Values>{{2, 3, 8}});
}

TEST_CASE("shrink: an item is deleted from a counted list that more decisions follow") {
  CHECK(smallest([](Choose& choose) {
          Values list = draw_list(choose, 10, 100);
          std::uint32_t key = choose.choose(100, "key");
          FAIL_UNLESS(std::find(list.begin(), list.end(), key) == list.end());
          return kHolds;
        }) == std::set<Values>{{1, 0, 0}});
}

TEST_CASE("shrink: a number is the least that fails, and nothing is left around it") {
  for (std::uint32_t least : {1U, 2U, 77U, 65'535U, 65'536U, 900'000'000U}) {
    CHECK(smallest([least](Choose& choose) {
            choose.choose(10, "before");
            bool low = choose.choose(1'000'000'000, "number") < least;
            choose.choose(10, "after");
            FAIL_UNLESS(low);
            return kHolds;
          }) == std::set<Values>{{0, least, 0}});
  }
}

TEST_CASE("shrink: what it returns still fails, in the same way, and is never larger") {
  // Two kinds of failure: the smaller one must not take the place of the one that was found.
  Property two_kinds = [](Choose& choose) -> Broken {
    std::uint64_t sum = sum_of(draw_list(choose, 20, 1000));
    if (sum > 5000) return "much: " + std::to_string(sum);
    if (sum > 10) return "some: " + std::to_string(sum);
    return kHolds;
  };
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto failure = for_all(seed, 1000, two_kinds);
    REQUIRE(failure.has_value());
    CHECK(run_case(failure->values, two_kinds) == failure->what);
    seen.insert(failure->what);
    // As the generator drew it: never a smaller list than the shrinker's.
    Values first;
    SeededChoose seeds(seed);
    for (std::size_t i = 0; i < failure->case_number; ++i) seeds.next();
    SeededChoose found(seeds.next());
    std::size_t drawn = draw_list(found, 20, 1000).size() + 1;
    CHECK(failure->values.size() <= drawn);
  }
  CHECK(seen == std::set<std::string>{"some: 11", "much: 5001"});
}

TEST_CASE("shrink: its work is bounded when every smaller case still fails") {
  std::size_t runs = 0;
  Property slow = [&runs](Choose& choose) -> Broken {
    ++runs;
    std::uint64_t sum = 0;
    for (int i = 0; i < 3000; ++i) sum = sum * 31 + choose.choose(1 << 30, "x");
    return sum == 0 ? kHolds : Broken("not zero");
  };
  auto failure = for_all(1, 1, slow);
  REQUIRE(failure.has_value());
  CHECK(runs <= 20'002);
  CHECK(run_case(failure->values, slow).has_value());
}

TEST_CASE("for_all: the same seed gives the same failure, word for word; others other cases") {
  auto a = for_all(7, 1000, sum_is_small), b = for_all(7, 1000, sum_is_small);
  REQUIRE(a.has_value());
  CHECK(a->text() == b->text());
  CHECK(a->decisions == std::vector<std::string>{"length 1/21", "element 100/1000"});
  CHECK(a->text().find("sum_of(draw_list(choose, 20, 1000)) < 100\n(seed 7, case ") !=
        std::string::npos);
  std::set<std::uint64_t> drawn;
  for (std::uint64_t seed : {1, 2, 3}) {
    for_all(seed, 100, [&](Choose& choose) {
      drawn.insert(draw_bits(choose));
      return kHolds;
    });
  }
  CHECK(drawn.size() == 300);
}

TEST_CASE("for_all: a property that holds is asked in all cases, one that fails no further") {
  std::size_t asked = 0;
  CHECK_FALSE(for_all(1, 321, [&](Choose& choose) {
                choose.choose(6, "any");
                ++asked;
                return kHolds;
              }).has_value());
  CHECK(asked == 321);
  auto failure = for_all(1, 321, [&](Choose&) { return ++asked > 331 ? Broken("late") : kHolds; });
  REQUIRE(failure.has_value());
  CHECK(failure->case_number == 10);
  CHECK(failure->seed == 1);
}

TEST_CASE("for_all: a property that draws nothing fails with no decisions, or holds") {
  auto failure = for_all(1, 5, [](Choose&) { return Broken("always"); });
  REQUIRE(failure.has_value());
  CHECK(failure->what == "always");
  CHECK(failure->decisions.empty());
  CHECK_FALSE(for_all(1, 5, [](Choose&) { return kHolds; }).has_value());
  CHECK_FALSE(for_all(1, 0, [](Choose&) { return Broken("always"); }).has_value());
}

TEST_CASE("for_all: an exception is a failure and shrinks like one") {
  auto failure = for_all(1, 1000, [](Choose& choose) {
    Values list = draw_list(choose, 10, 100);
    list.at(3) = 0;
    return kHolds;
  });
  REQUIRE(failure.has_value());
  CHECK(failure->what.starts_with("exception: "));
  CHECK(failure->values.size() == 1);
}

TEST_CASE("for_all: what the same decisions do not repeat is said to be so, as it was found") {
  int asked = 0;
  auto failure = for_all(1, 10, [&](Choose& choose) {
    choose.choose(100, "any");
    return ++asked == 4 ? Broken("once: now") : kHolds;
  });
  REQUIRE(failure.has_value());
  CHECK(failure->what == "not repeatable: once: now");
  CHECK(failure->decisions.size() == 1);
}

TEST_CASE("run_case: a value beyond its range is the largest, behind the last all are 0") {
  Values seen;
  Property note = [&](Choose& choose) {
    for (int i = 0; i < 4; ++i) seen.push_back(choose.choose(10, "d"));
    return kHolds;
  };
  run_case(Values{3, 99}, note);
  CHECK(seen == Values{3, 9, 0, 0});
}

TEST_CASE("generators: the benign case is the empty, the first and 0; every length is drawn") {
  run_case({}, [](Choose& choose) {
    CHECK(draw_bits(choose) == 0);
    CHECK(draw_bytes(choose, 9).empty());
    CHECK(draw_text(choose, 9).empty());
    CHECK(pick(choose, {5, 6}) == 5);
    return kHolds;
  });
  std::set<std::size_t> bytes, characters, picked;
  std::uint64_t ones = 0, zeros = 0;
  CHECK_FALSE(for_all(3, 2000, [&](Choose& choose) {
                std::string raw = draw_bytes(choose, 9), text = draw_text(choose, 9);
                bytes.insert(raw.size());
                FAIL_UNLESS(utf8_valid(text) && text.find('\0') == std::string::npos, text);
                characters.insert(static_cast<std::size_t>(std::count_if(
                    text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; })));
                const Values list{7, 8, 9};
                picked.insert(pick(choose, list));
                std::uint64_t bits = draw_bits(choose);
                ones |= bits, zeros |= ~bits;
                return kHolds;
              }).has_value());
  CHECK(bytes.size() == 10);
  CHECK(characters.size() == 10);
  CHECK(picked == std::set<std::size_t>{7, 8, 9});
  CHECK((ones & zeros) == ~0ULL);
}

TEST_CASE("shrink: a sum that needs two elements moves into the later one") {
  Property two_halves = [](Choose& choose) -> Broken {
    Values list = draw_list(choose, 4, 100);
    return sum_of(list) >= 100 && list.size() == 2 ? Broken("sum") : kHolds;
  };
  CHECK(smallest(two_halves) == std::set<Values>{{2, 1, 99}});
  // Lowering one value at a time would stay at [50, 50].
  for (std::size_t i = 0; i < 3; ++i) {
    Values stuck{2, 50, 50};
    --stuck[i];
    CHECK_FALSE(run_case(stuck, two_halves).has_value());
  }
}
