// Guards: the rules of the server's side that are plain functions: roles, formats, lead, the cycle
// of `switch`. How: the specification's sentences as tables.
#include <doctest/doctest.h>

#include "core/sendspin/player_format.hpp"
#include "core/sendspin/roles.hpp"
#include "core/sendspin/switch_cycle.hpp"

using namespace tutti;
using namespace tutti::sendspin;
using wire::sendspin::AudioFormat;
using wire::sendspin::Codec;
using Names = std::vector<std::string>;

TEST_CASE("roles: of each family the first version that is known; the rest is shown") {
  Roles roles = activate(Names{"player@v2", "player@v1", "controller", "metadata@v1", "metadata@v1",
                               "lights@v1", "_other@v1", "_tutti_sync@v1"});
  CHECK(roles.active == Names{"player@v1", "controller@v1", "metadata@v1", "_tutti_sync@v1"});
  CHECK(roles.unknown == Names{"player@v2", "lights@v1"});
  CHECK(roles.has("player"));
  CHECK_FALSE(roles.has("play"));
  CHECK(activate(Names{}).active.empty());
}

TEST_CASE("format: the player's first that can be made, and what it asks for if it is listed") {
  wire::sendspin::PlayerSupport support;
  AudioFormat opus44{Codec::opus, 2, 44'100, 16}, flac{Codec::flac, 2, 48'000, 24},
      pcm{Codec::pcm, 2, 48'000, 16}, mono{Codec::pcm, 1, 48'000, 16},
      opus{Codec::opus, 2, 48'000, 16};
  support.supported_formats = {opus44, flac, pcm, mono, opus};
  CHECK(preferred_format(support) == flac);
  CHECK(requested_format(support, flac, {.codec = Codec::opus}) == opus);
  CHECK(requested_format(support, flac, {.codec = Codec::pcm}) == pcm);
  CHECK(requested_format(support, pcm, {.channels = 1}) == mono);
  CHECK(requested_format(support, flac, {}) == flac);
  CHECK_FALSE(requested_format(support, flac, {.sample_rate = 96'000}).has_value());
  CHECK_FALSE(requested_format(support, flac, {.codec = Codec::opus, .sample_rate = 44'100}));
  support.supported_formats = {opus44};
  CHECK_FALSE(preferred_format(support).has_value());
}

TEST_CASE("lead: the slowest player's, with defaults for who does not say") {
  CHECK(group_lead({}) == millis(250));
  std::vector<PlayerTiming> players{{}, {100, 50, 0}};
  CHECK(group_lead(players) == millis(250));
  players.push_back({400, 100, 0});
  CHECK(group_lead(players) == millis(400));
  players.push_back({0, 300, 500});
  CHECK(group_lead(players) == millis(800));
  CHECK(group_lead(std::vector<PlayerTiming>{{20, 30, 0}}) == millis(30));
}

TEST_CASE("switch: groups of several that play, then lone ones, then its own, and around") {
  GroupId a{1}, b{2}, c{3}, own{4}, silent{5};
  std::vector<CycleGroup> groups{
      {silent, false, 2}, {a, true, 2}, {b, true, 1}, {c, true, 3}, {own, false, 0}};
  CycleClient player{own, true, {}};
  std::vector<std::uint64_t> seen;
  for (int i = 0; i < 4; ++i) {
    auto to = next_in_cycle(player, groups);
    REQUIRE(to);
    seen.push_back(to->group ? to->group->value : 0);
    player.group = to->group.value_or(own);
  }
  CHECK(seen == std::vector<std::uint64_t>{1, 3, 2, 0});
  // Who sounds nothing has no group of its own to go to.
  CycleClient panel{b, false, {}};
  CHECK(next_in_cycle(panel, groups)->group == a);
  CHECK_FALSE(next_in_cycle({b, false, {}}, std::span(groups).subspan(2, 1)));
  CHECK_FALSE(next_in_cycle({own, true, {}}, std::span(groups).subspan(4)));
}

TEST_CASE("switch: who left a group by itself goes back there first") {
  GroupId home{1}, other{2}, own{3};
  std::vector<CycleGroup> groups{{other, true, 2}, {home, false, 1}, {own, false, 0}};
  CHECK(next_in_cycle({own, true, home}, groups)->group == home);
  CHECK(next_in_cycle({own, true, GroupId{9}}, groups)->group == other);  // it is gone meanwhile
}
