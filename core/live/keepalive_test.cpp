// Guards: a ping each 25 s, late after one that was not answered, dead after 75 s of silence, quiet
// after 30 s without a message. How: virtual time, second by second and from deadline to deadline.
#include "core/live/keepalive.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::live;

namespace {
constexpr ServerTime at(std::int64_t s) { return {s * 1'000'000}; }
}  // namespace

TEST_CASE(
    "keepalive: a silent peer is pinged at 25 and 50 s, late at 50 s, dead at 75 s, from deadline "
    "to deadline") {
  Keepalive alive(at(0));
  std::vector<std::int64_t> pings, lates;
  ServerTime now = at(0);
  for (;;) {
    ServerTime next = alive.next(now);
    REQUIRE(now < next);
    now = next;
    auto verdict = alive.tick(now);
    if (verdict.ping) pings.push_back(now.us / 1'000'000);
    if (verdict.late) lates.push_back(now.us / 1'000'000);
    CHECK(verdict.quiet == (now >= at(30)));
    if (verdict.dead) break;
  }
  CHECK(pings == std::vector<std::int64_t>{25, 50});
  CHECK(lates == std::vector<std::int64_t>{50});
  CHECK(now == at(75));
}

TEST_CASE("keepalive: an answered ping is never late, and messages keep it from being quiet") {
  Keepalive alive(at(0));
  for (std::int64_t s = 1; s < 600; ++s) {
    auto verdict = alive.tick(at(s));
    CHECK(verdict.ping == (s % 25 == 0));
    CHECK_FALSE(verdict.late);
    CHECK_FALSE(verdict.dead);
    CHECK(alive.waiting() == verdict.ping);
    alive.heard(at(s));
    CHECK_FALSE(alive.waiting());
    CHECK(verdict.quiet == (s - (s - 1) / 100 * 100 >= 30));
    if (s % 100 == 0) alive.message(at(s));
  }
}

TEST_CASE(
    "keepalive: dead means 75 s since the last byte, neither earlier nor later, whenever that byte "
    "came") {
  CHECK_FOR_ALL(2, 300, [](Choose& draw) {
    Keepalive alive(at(0));
    ServerTime heard = at(0);
    ServerTime now = at(0);
    for (int i = 0; i < 20; ++i) {
      ServerTime next = alive.next(now);
      bool speaks = draw.choose(3, "speaks") == 0;
      if (speaks) {
        now = now + micros(1 + draw.choose(static_cast<std::uint32_t>((next - now).us), "pause"));
        alive.heard(heard = now);
        continue;
      }
      now = next;
      auto verdict = alive.tick(now);
      FAIL_UNLESS(verdict.dead == (now - heard >= seconds(75)));
      FAIL_UNLESS(now - heard <= seconds(75));
      if (verdict.dead) break;
    }
    return kHolds;
  });
}
