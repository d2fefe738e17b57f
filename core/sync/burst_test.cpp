// Guards: how often the time is asked for, and that lost answers end nothing. How: the schedule run
// against a path with drawn delays and losses.
#include "core/sync/burst.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::sync;

TEST_CASE(
    "burst: on a good path at most 2.5 probes a second, from the first quarter of an hour on") {
  ClientTime now{};
  Burst burst(now);
  std::vector<std::int64_t> sent;
  while (now.us < 3'600'000'000) {
    now = burst.deadline();
    REQUIRE(burst.due(now));
    sent.push_back(now.us);
    CHECK(burst.answered(now, now + micros(400)));
  }
  CHECK(sent[Burst::kFirst - 1] < 200'000);
  // In any minute but the first.
  for (std::size_t i = 300; i + 150 < sent.size(); ++i)
    CHECK(sent[i + 150] - sent[i] >= 60'000'000);
  auto quarter = std::count_if(sent.begin(), sent.end(), [](auto t) { return t < 900'000'000; });
  CHECK(quarter <= 2250);
  CHECK(burst.lost() == 0);
}

TEST_CASE("burst: before its deadline nothing is due, and one probe is under way at a time") {
  Burst burst({500});
  CHECK_FALSE(burst.due({499}));
  CHECK(burst.due({500}));
  CHECK_FALSE(burst.due({600}));
  CHECK(burst.deadline().us == 500 + Burst::kLost.us);
  CHECK_FALSE(burst.answered({499}, {700}));
  CHECK(burst.answered({500}, {700}));
  CHECK_FALSE(burst.answered({500}, {701}));
  CHECK(burst.deadline().us == 700 + Burst::kPause.us);
}

TEST_CASE("burst: a lost probe is given up after a second, two in a row end the burst") {
  Burst burst({0});
  CHECK(burst.due({0}));
  CHECK_FALSE(burst.due({1'000'000}));
  CHECK(burst.lost() == 1);
  CHECK_FALSE(burst.answered({0}, {1'000'001}));
  CHECK(burst.due(burst.deadline()));
  ClientTime second = burst.deadline();
  burst.due(second);
  CHECK(burst.lost() == 2);
  CHECK(burst.due(burst.deadline()));
  CHECK(burst.sent() == 3);
}

TEST_CASE("burst: a new connection starts over, and answers of the old one count for nothing") {
  Burst burst({0});
  burst.due({0});
  burst.restart({50});
  CHECK(burst.lost() == 1);
  CHECK_FALSE(burst.answered({0}, {60}));
  CHECK(burst.due({50}));
}

TEST_CASE("burst: whatever is lost or late, it goes on, and not faster than allowed") {
  CHECK_FOR_ALL(1, 200, [](Choose& choose) -> explore::Broken {
    Burst burst({0});
    ClientTime now{};
    std::uint32_t loss = choose.choose(101, "loss");
    for (int i = 0; i < 2000; ++i) {
      FAIL_UNLESS(burst.deadline() >= now || i == 0);
      now = burst.deadline() + micros(choose.choose(2000, "late"));
      if (!burst.due(now)) continue;
      if (choose.choose(100, "lost") < loss) continue;
      ClientTime back = now + micros(1 + choose.choose(900'000, "way"));
      FAIL_UNLESS(burst.answered(now, back));
      now = back;
    }
    FAIL_UNLESS(burst.sent() >= 900);
    double seconds = static_cast<double>(now.us) / 1e6;
    double most = Burst::kFirst + Burst::kEarly * Burst::kProbes + 2.5 * seconds + 8;
    FAIL_UNLESS(static_cast<double>(burst.sent()) <= most);
    return explore::kHolds;
  });
}
