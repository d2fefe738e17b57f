// Guards: the whole server in virtual time: clean over many seeds with all faults, reaching the
// situations it claims to reach, the same run from the same seed; and that its checks bite.
// How: runs of the world; planted mistakes that runs must find.
#include "sim/world/world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

using namespace tutti;
using namespace tutti::world;

namespace {

#ifdef TUTTI_SANITIZED
constexpr std::uint64_t kDivide = 20;
#else
constexpr std::uint64_t kDivide = 1;
#endif

bool long_form() {
  const char* text = std::getenv("TUTTI_LONG");
  return text != nullptr && std::string_view(text) == "1";
}

WorldOptions options(std::uint64_t seed, const char* faults, Micros length = 120 * kSecond) {
  WorldOptions o;
  o.seed = seed;
  o.length = length;
  o.faults = parse_faults(faults).value();
  return o;
}
Report run(const WorldOptions& o) { return World(o).run(); }

// The first violation within so many seeds; empty when none is found.
std::string first_violation(WorldOptions o, std::uint64_t seeds) {
  for (o.seed = 1; o.seed <= seeds; ++o.seed) {
    Report report = run(o);
    if (!report.clean()) return report.violations.front();
  }
  return "";
}

}  // namespace

TEST_CASE("world: the clock of a node never steps back, and says when it shows a time") {
  Clock clock(5'000'000, 300, 1'000'000'000);
  ServerTime before{};
  for (Micros t = 0; t < 100'000 * kSecond; t += 7 * kSecond + 13) {
    if (t % 3 == 0) clock.drift(t, t % 901 - 450);
    if (t % 5 == 0) clock.step_wall(-3600 * kSecond);
    Now now = clock.at(t);
    CHECK(now.mono >= before);
    before = now.mono;
    Micros when = clock.when(now.mono + millis(25'000));
    CHECK(clock.at(when).mono >= now.mono + millis(25'000));
    CHECK(clock.at(when - 1).mono < now.mono + millis(25'000));
  }
}

TEST_CASE("world: the same seed gives the same trace, another seed another") {
  Report one = run(options(7, "all", 30 * kSecond));
  Report again = run(options(7, "all", 30 * kSecond));
  Report other = run(options(8, "all", 30 * kSecond));
  CHECK(one.hash == again.hash);
  CHECK(one.steps == again.steps);
  CHECK(one.counters == again.counters);
  CHECK(one.hash != other.hash);
}

TEST_CASE("world: many seeds with all faults are clean, and reach every situation they claim") {
  std::uint64_t seeds = 200 / kDivide;
  Micros length = 120 * kSecond;
  if (long_form()) seeds = std::max<std::uint64_t>(1, 20 / kDivide), length = 8 * 3600 * kSecond;
  decltype(Report::witnessed) reached;
  std::uint64_t steps = 0;
  double seconds = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    WorldOptions o = options(seed, "all", length);
    Report report = run(o);
    INFO(report.text());
    INFO(repeat_command(o, "all"));
    REQUIRE(report.clean());
    reached |= report.witnessed;
    steps += report.steps;
    seconds += report.wall_seconds;
  }
  MESSAGE(fmt::format("{} seeds x {} s, {} steps in {:.1f} s", seeds, length / kSecond, steps,
                      seconds));
  if (seeds < 100 && !long_form()) return;  // too few to reach everything
  for (std::size_t i = 0; i < reached.size(); ++i) {
    INFO(name(static_cast<Witness>(i)));
    CHECK(reached.test(i));
  }
}

TEST_CASE("world: without faults every answer comes before the end, and nobody is cut") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = run(options(seed, "none"));
    INFO(report.text());
    CHECK(report.clean());
    CHECK(report.counters.at("echoes") > 0);
    CHECK(report.counters.count("closed_slow_reader") == 0);
  }
}

TEST_CASE("world: each kind of fault alone is clean") {
  for (const char* faults : {"network", "clock", "disk", "server", "peers"}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Report report = run(options(seed, faults, 60 * kSecond));
      INFO(report.text());
      CHECK(report.clean());
    }
  }
}

TEST_CASE("world: a Closed that never reaches the house is found") {
  WorldOptions o = options(1, "all");
  o.lose_closed_one_in = 40;
  CHECK(first_violation(o, 20) != "");
}

TEST_CASE("world: a backup that is not synced, not safe in its folder, or made in place is found") {
  WorldOptions o = options(1, "disk");
  o.care = Care::no_sync;
  CHECK(first_violation(o, 100).find("a backup that is not whole") != std::string::npos);
  o.care = Care::no_folder_sync;
  CHECK(first_violation(o, 100).find("a backup that was answered is gone") != std::string::npos);
  o.care = Care::in_place;
  CHECK(first_violation(o, 100).find("a backup that is not whole") != std::string::npos);
}

TEST_CASE("world: kinds of faults are read from a list, and an unknown one is named") {
  FaultChoice some = parse_faults("network,clock").value();
  CHECK(some.may[static_cast<std::size_t>(Fault::reset)]);
  CHECK(some.may[static_cast<std::size_t>(Fault::drift)]);
  CHECK_FALSE(some.may[static_cast<std::size_t>(Fault::power)]);
  CHECK(parse_faults("network,weather").error().text == "unknown kind of fault \"weather\"");
}
