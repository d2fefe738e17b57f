// Guards: the estimate of the server's time against queues, steps and hostile servers. How: laws on
// single probes, properties over drawn sequences of probes whose truth is known.
#include "core/sync/clock_filter.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::sync;
using Verdict = ClockFilter::Verdict;

namespace {

constexpr std::int64_t kApart = 5'000'000'000;

// A probe that leaves at `t1` and takes so long on each way; the server's clock is `apart` ahead.
Verdict probe(ClockFilter& filter, std::int64_t t1, std::int64_t there, std::int64_t back,
              std::int64_t apart = kApart) {
  std::int64_t at_server = t1 + there + apart;
  return filter.probe({t1}, {at_server}, {at_server + 40}, {t1 + there + 40 + back});
}

std::int64_t error(const ClockFilter& filter, std::int64_t at, std::int64_t apart = kApart) {
  return filter.to_server({at}).us - (at + apart);
}

std::int64_t drawn(Choose& choose, std::uint32_t most, const char* tag) {
  return static_cast<std::int64_t>(choose.choose(most, tag));
}

}  // namespace

TEST_CASE(
    "clock filter: the first probe gives the offset, and half of what the ways differ is lost") {
  ClockFilter filter;
  CHECK_FALSE(filter.snapshot().known());
  CHECK(probe(filter, 1'000, 300, 300) == Verdict::used);
  CHECK(error(filter, 1'640) == 0);
  CHECK(filter.delay_us() == 300);
  ClockFilter skewed;
  probe(skewed, 1'000, 500, 300);
  CHECK(error(skewed, 1'840) == 100);
}

TEST_CASE("clock filter: a probe that waited in a queue hardly moves what better ones say") {
  ClockFilter filter;
  for (int i = 0; i < 40; ++i) probe(filter, i * 10'000, 200, 200);
  CHECK(error(filter, 400'000) == 0);
  CHECK(probe(filter, 400'000, 80'200, 200) == Verdict::used);
  CHECK(std::abs(filter.snapshot().line({490'000}).us - 490'000 - kApart) <= 1);
  CHECK(filter.counters().steps == 0);
}

TEST_CASE("clock filter: drift is found, and used between probes and after them") {
  ClockFilter filter;
  for (std::int64_t t = 0; t < 60'000'000; t += 400'000)
    probe(filter, t, 200, 200, kApart + t / 10'000);
  CHECK(filter.snapshot().drift == doctest::Approx(100e-6).epsilon(0.01));
  CHECK(std::abs(error(filter, 70'000'000, kApart + 7'000)) <= 5);
}

TEST_CASE("clock filter: what is no probe is counted and changes nothing") {
  ClockFilter filter;
  probe(filter, 1'000'000, 200, 200);
  ClockSnapshot before = filter.snapshot();
  std::int64_t at = 2'000'000 + kApart;
  auto same = [&](Verdict verdict, Verdict expected) {
    CHECK(verdict == expected);
    CHECK(filter.snapshot() == before);
  };
  same(filter.probe({2'000'000}, {at}, {at}, {1'999'999}), Verdict::nonsense);        // t4 < t1
  same(filter.probe({2'000'000}, {at}, {at - 1}, {2'000'400}), Verdict::nonsense);    // t3 < t2
  same(filter.probe({2'000'000}, {at}, {at + 500}, {2'000'400}), Verdict::nonsense);  // held longer
  same(filter.probe({2'000'000}, {at}, {at}, {90'000'000}), Verdict::nonsense);       // under way
  same(filter.probe({2'000'000}, {INT64_MAX}, {INT64_MAX}, {2'000'400}), Verdict::nonsense);
  same(filter.probe({INT64_MIN}, {at}, {at}, {2'000'400}), Verdict::nonsense);
  CHECK(filter.counters().nonsense == 6);
  same(probe(filter, 1'000'000, 200, 200), Verdict::out_of_order);  // the same t4
  same(probe(filter, 999'000, 200, 200), Verdict::out_of_order);
  CHECK(filter.counters().out_of_order == 2);
  CHECK(filter.counters().used == 1);
}

TEST_CASE("clock filter: three probes in a row prove a step, and the drift outlives it") {
  for (std::int64_t step : {50'000, -50'000, 3'000}) {
    ClockFilter filter;
    std::int64_t t = 0;
    auto apart = [&] { return kApart + t / 50'000; };
    for (; t < 60'000'000; t += 400'000) probe(filter, t, 200, 200, apart());
    double drift = filter.snapshot().drift;
    CHECK(probe(filter, t, 200, 200, apart() + step) == Verdict::suspect);
    CHECK(probe(filter, t += 5'000, 200, 200, apart() + step) == Verdict::suspect);
    CHECK(probe(filter, t += 5'000, 200, 200, apart() + step) == Verdict::stepped);
    CHECK(std::abs(filter.snapshot().line({t}).us - t - apart() - step) <= 2);
    CHECK(filter.snapshot().drift == doctest::Approx(drift).epsilon(0.01));
    // The output is there a moment later, and neither went back nor began anew.
    CHECK(std::abs(error(filter, t + 2'000'000, apart() + 40 + step)) <= 2);
    CHECK(filter.snapshot().epoch == 0);
  }
}

TEST_CASE("clock filter: a suspect that nobody confirms is forgotten") {
  ClockFilter filter;
  for (int i = 0; i < 40; ++i) probe(filter, i * 10'000, 200, 200);
  probe(filter, 500'000, 200, 200, kApart + 9'000);
  probe(filter, 510'000, 200, 200, kApart - 9'000);
  probe(filter, 520'000, 200, 200, kApart + 9'000);
  CHECK(probe(filter, 530'000, 200, 200) == Verdict::used);
  CHECK(filter.counters().discarded == 3);
  CHECK(error(filter, 600'000) == 0);
}

TEST_CASE("clock filter: a client's clock that begins to run 500 ppm off is followed") {
  ClockFilter filter;
  std::int64_t t = 0, begin = INT64_MAX;
  auto apart = [&](std::int64_t at) {
    return kApart + std::max<std::int64_t>(0, at - begin) / 2000;
  };
  auto burst = [&] {
    for (int i = 0; i < 8; ++i, t += 5'000) probe(filter, t, 200, 200, apart(t + 200));
    t += 3'500'000;
  };
  for (int i = 0; i < 30; ++i) burst();
  begin = t;
  for (int i = 0; i < 5; ++i) burst();
  CHECK(filter.snapshot().drift == doctest::Approx(500e-6).epsilon(0.01));
  CHECK(std::abs(filter.snapshot().line({t}).us - t - apart(t)) < 20);
}

TEST_CASE("clock filter: a server whose clock is another one altogether begins an epoch") {
  ClockFilter filter;
  for (int i = 0; i < 10; ++i) probe(filter, i * 10'000, 200, 200);
  for (int i = 10; i < 20; ++i) probe(filter, i * 10'000, 200, 200, -kApart * 1000);
  CHECK(filter.snapshot().epoch == 1);
  CHECK(std::abs(error(filter, 200'000, -kApart * 1000)) <= 1);
}

TEST_CASE(
    "clock filter: queues alone, however bad, are never taken for a step, and mislead less than "
    "the worst of them") {
  CHECK_FOR_ALL(1, 300, [](Choose& choose) -> explore::Broken {
    ClockFilter filter;
    std::int64_t floor = 50 + drawn(choose, 20'000, "floor");
    std::uint32_t spread = 1 + choose.choose(30'000, "spread");
    probe(filter, 0, floor, floor);
    std::int64_t t = 2 * floor + 100, worst = 0;
    std::size_t probes = 1 + choose.choose(60, "probes");
    for (std::size_t i = 0; i < probes; ++i) {
      std::int64_t there = drawn(choose, spread, "there"), back = drawn(choose, spread, "back");
      worst = std::max(worst, (there + back) / 2);
      // The law behind the weights: a probe is wrong by at most e - e_min.
      double wrong = std::abs(static_cast<double>(there - back)) / 2;
      FAIL_UNLESS(wrong <= static_cast<double>(there + back) / 2);
      Verdict verdict = probe(filter, t, floor + there, floor + back);
      FAIL_UNLESS(verdict == Verdict::used);
      t += there + back + 2 * floor + 41 + drawn(choose, 100'000, "pause");
    }
    std::int64_t at = filter.snapshot().at.us;
    FAIL_UNLESS(std::abs(filter.snapshot().line({at}).us - at - kApart) <= worst + 1);
    return explore::kHolds;
  });
}

TEST_CASE("clock filter: probes in another order are those that came in order") {
  CHECK_FOR_ALL(2, 200, [](Choose& choose) -> explore::Broken {
    // Answers that overtook each other: the late ones are as if they had been lost.
    ClockFilter some, all;
    std::int64_t last = -1;
    for (int i = 0; i < 40; ++i) {
      std::int64_t t1 = i * 1'000;
      std::int64_t there = 100 + drawn(choose, 5'000, "there");
      std::int64_t t4 = t1 + there + 40 + 100;
      if (t4 > last) probe(some, t1, there, 100);
      FAIL_UNLESS((probe(all, t1, there, 100) != Verdict::out_of_order) == (t4 > last));
      last = std::max(last, t4);
    }
    FAIL_UNLESS(some.snapshot() == all.snapshot());
    return explore::kHolds;
  });
}

TEST_CASE(
    "clock filter: whatever the server says, its time never goes back and never hurries beyond the "
    "slew") {
  CHECK_FOR_ALL(3, 300, [](Choose& choose) -> explore::Broken {
    ClockFilter filter;
    ClockReader reader;
    std::int64_t t = 0, last_t = 0;
    ServerTime last{};
    std::uint64_t epoch = 0;
    for (int i = 0; i < 60; ++i) {
      std::int64_t t1 = t, way = 1 + drawn(choose, 50'000, "way");
      std::int64_t there = drawn(choose, static_cast<std::uint32_t>(way) + 1, "there");
      std::int64_t wild = explore::pick(
          choose, {0L, 40L, -3'000L, 70'000L, -900'000L, 5'000'000L, 1L << 45, -(1L << 57)},
          "wild");
      std::int64_t t2 = t1 + there + kApart + wild;
      filter.probe({t1}, {t2}, {t2 + drawn(choose, 60, "held")}, {t1 + way});
      t = t1 + way;
      for (int reads = 0; reads < 3 && filter.snapshot().known(); ++reads) {
        ServerTime now = filter.to_server({t});
        if (last_t > 0 && filter.snapshot().epoch == epoch) {
          FAIL_UNLESS(now >= last);
          double most = static_cast<double>(t - last_t) *
                        (1 + ClockFilter::kSlewMost + ClockFilter::kDriftMost);
          FAIL_UNLESS(static_cast<double>((now - last).us) <= most + 1);
        }
        last = now, last_t = t, epoch = filter.snapshot().epoch;
        FAIL_UNLESS(std::abs(filter.to_client(now).us - t) <= 2);
        // Who asks ahead of the clock as well is held to it by the reader.
        ServerTime ahead = reader.read(filter.snapshot(), {t + drawn(choose, 3'000, "ahead")});
        FAIL_UNLESS(reader.read(filter.snapshot(), {t}) >= ahead);
        t += drawn(choose, 400'000, "later");
      }
      t += 1;
    }
    const ClockSnapshot& seen = filter.snapshot();
    FAIL_UNLESS(std::isfinite(seen.offset_us) && std::isfinite(seen.drift));
    return explore::kHolds;
  });
}
