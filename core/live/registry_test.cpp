// Guards: one connection per client id, refused and reported by account; leaving never erases a
// successor. How: the rows of the rule, then random sequences against a map.
#include "core/live/registry.hpp"

#include <doctest/doctest.h>

#include <map>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::live;

namespace {
ConnId conn(std::uint32_t slot, std::uint32_t generation) {
  return {0, {slot, Generation(generation)}};
}
constexpr AccountId kAnna{1}, kBen{2};
}  // namespace

TEST_CASE(
    "registry: a second connection of an id is refused, another account's is reported as foreign") {
  Registry registry;
  CHECK(registry.enter("a", kAnna, conn(0, 0)).has_value());
  auto same = registry.enter("a", kAnna, conn(1, 0));
  REQUIRE_FALSE(same.has_value());
  CHECK_FALSE(same.error().foreign);
  auto foreign = registry.enter("a", kBen, conn(2, 0));
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().foreign);
  CHECK(registry.refused() == 2);
  CHECK(registry.foreign() == 1);
  REQUIRE(registry.find("a") != nullptr);
  CHECK(*registry.find("a") == conn(0, 0));
}

TEST_CASE("registry: leaving erases only one's own generation") {
  Registry registry;
  CHECK(registry.enter("a", kAnna, conn(0, 0)).has_value());
  registry.leave("a", conn(1, 0));  // who was refused
  registry.leave("a", conn(0, 1));  // the slot's next occupant
  CHECK(registry.size() == 1);
  registry.leave("a", conn(0, 0));
  CHECK(registry.find("a") == nullptr);
  CHECK(registry.enter("a", kBen, conn(0, 1)).has_value());
  registry.leave("a", conn(0, 0));  // the first, late and again
  REQUIRE(registry.find("a") != nullptr);
  CHECK(*registry.find("a") == conn(0, 1));
  CHECK(registry.stale() == 3);
}

TEST_CASE(
    "registry: any sequence of entering and leaving equals a map that refuses what is taken") {
  CHECK_FOR_ALL(4, 100, [](Choose& draw) {
    Registry registry;
    std::map<std::string, ConnId> expected;
    for (std::uint32_t left = draw.choose(201, "steps"); left > 0; --left) {
      std::string id(1, static_cast<char>('a' + draw.choose(4, "id")));
      ConnId who = conn(draw.choose(3, "slot"), draw.choose(3, "generation"));
      if (draw.choose(2, "leave") == 0) {
        bool free = !expected.contains(id);
        if (free) expected[id] = who;
        FAIL_UNLESS(registry.enter(id, kAnna, who).has_value() == free);
      } else {
        auto held = expected.find(id);
        if (held != expected.end() && held->second == who) expected.erase(held);
        registry.leave(id, who);
      }
      FAIL_UNLESS(registry.size() == expected.size());
      const ConnId* found = registry.find(id);
      FAIL_UNLESS((found != nullptr) == expected.contains(id));
      if (found != nullptr) FAIL_UNLESS(*found == expected.at(id));
    }
    return kHolds;
  });
}
