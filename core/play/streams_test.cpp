// Guards: how many streams play at once, who is next, and that a slot comes back once however its
// stream ends. How: random questions, openings, ends and time, beside a plain list.
#include "core/play/streams.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/base/limits.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::play;

namespace {

ConnId conn(std::uint32_t n) { return {0, {n, Generation(1)}}; }

struct World {
  SeededRandom random{5};
  Streams streams{random};
  Now now{{1'000'000}, {}};
  std::vector<StreamId> opening, open;
  int refused = 0, ended = 0;
  std::vector<std::uint32_t> begun;  // epochs

  void drain() {
    while (auto effect = streams.poll()) {
      if (auto* what = std::get_if<Streams::Open>(&*effect)) opening.push_back(what->stream);
      if (auto* what = std::get_if<Streams::Begin>(&*effect)) {
        open.push_back(what->stream);
        begun.push_back(what->epoch.number());
      }
      if (std::holds_alternative<Streams::Refuse>(*effect)) ++refused;
      if (auto* what = std::get_if<Streams::End>(&*effect)) {
        ++ended;
        std::erase(opening, what->stream);
        std::erase(open, what->stream);
      }
    }
  }
  void ask(std::uint32_t n) { streams.ask(conn(n), {{}, TrackId{1}}, now), drain(); }
  void open_all() {
    for (StreamId id : std::exchange(opening, {})) streams.opened(id, {}, now);
    drain();
  }
};

}  // namespace

TEST_CASE("streams: sixteen play, the next waits for a slot and then begins") {
  World world;
  for (std::uint32_t i = 1; i <= 17; ++i) world.ask(i);
  world.open_all();
  CHECK(world.open.size() == limits::kStreams);
  CHECK(world.streams.waiting() == 1);
  world.streams.over(world.open.front(), world.now);
  world.drain();
  CHECK(world.opening.size() == 1);
  CHECK(world.streams.playing() == limits::kStreams);
}

TEST_CASE("streams: who has waited five seconds is refused and told when to ask again") {
  World world;
  for (std::uint32_t i = 1; i <= 17; ++i) world.ask(i);
  CHECK(world.streams.deadline() == world.now.mono + seconds(5));
  world.now.mono = world.streams.deadline();
  world.streams.fire(world.now);
  auto refusal = world.streams.poll();
  while (refusal && !std::holds_alternative<Streams::Refuse>(*refusal))
    refusal = world.streams.poll();
  REQUIRE(refusal);
  const Error& error = std::get<Streams::Refuse>(*refusal).error;
  CHECK(http_status(error.code) == 503);
  CHECK(error.retry_after_ms == 5000);
  CHECK(world.streams.deadline() == kNever);
}

TEST_CASE("streams: every stream has an epoch of its own, and what it is stays as it was asked") {
  World world;
  world.streams.ask(conn(1), {{}, TrackId{1}, StreamType::normal}, world.now);
  world.streams.ask(conn(2), {{}, TrackId{1}, StreamType::enhanced}, world.now);
  std::vector<StreamId> ids;
  while (auto effect = world.streams.poll()) ids.push_back(std::get<Streams::Open>(*effect).stream);
  world.streams.opened(ids[1], {}, world.now);
  world.streams.opened(ids[0], {}, world.now);
  auto second = std::get<Streams::Begin>(*world.streams.poll());
  auto first = std::get<Streams::Begin>(*world.streams.poll());
  CHECK(second.wish.type == StreamType::enhanced);
  CHECK(first.wish.type == StreamType::normal);
  CHECK(first.epoch.number() != second.epoch.number());
}

TEST_CASE("streams: a slot is given back once, however its stream ends, and never twice") {
  CHECK_FOR_ALL(1, 500, [](Choose& choose) -> explore::Broken {
    World world;
    for (int step = 0; step < 60; ++step) {
      std::uint32_t who = 1 + choose.choose(24, "who");
      switch (choose.choose(6, "what")) {
        case 1: world.streams.closed(conn(who), world.now); break;
        case 2:
          if (!world.open.empty()) world.streams.over(explore::pick(choose, world.open), world.now);
          break;
        case 3:
          if (!world.opening.empty()) {
            StreamId id = world.opening.front();
            world.opening.erase(world.opening.begin());
            Result<void> outcome;
            if (choose.choose(3, "fails") == 1) outcome = fail(Code::corrupt, "cannot be decoded");
            world.streams.opened(id, outcome, world.now);
          }
          break;
        case 4:
          world.now.mono = world.now.mono + millis(choose.choose(3000, "ms"));
          world.streams.fire(world.now);
          break;
        case 5: world.streams.over(StreamId{99}, world.now); break;
        default: world.ask(who);
      }
      world.drain();
      FAIL_UNLESS(world.streams.playing() == world.opening.size() + world.open.size());
      FAIL_UNLESS(world.streams.playing() <= limits::kStreams);
    }
    for (std::uint32_t who = 1; who <= 24; ++who) world.streams.closed(conn(who), world.now);
    world.drain();
    FAIL_UNLESS(world.streams.playing() == 0);
    FAIL_UNLESS(world.opening.empty() && world.open.empty());
    return explore::kHolds;
  });
}
