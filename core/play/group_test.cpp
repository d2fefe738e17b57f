// Guards: what a group plays, when, and what of it is stored, whatever listeners ask. How: a group
// in virtual time with streams of the kit; what sounds is looked up in what was delivered.
#include "core/play/group.hpp"

#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "core/play/play_test_kit.hpp"

using namespace tutti;
using namespace tutti::play;

namespace {

constexpr std::int64_t kSecond = kTestRate;

// Answers all that is asked at once, and lets time pass from deadline to deadline.
struct World {
  TestTracks tracks;
  SeededRandom random{3};
  Group group{GroupId{1}, "kitchen", Pace::realtime, random};
  Now now{{1'000'000}, {1'700'000'000'000'000}};
  std::map<std::uint32_t, TestStream> streams;
  TestEar ear;
  std::vector<std::uint64_t> heard;  // tracks, in the order they began to sound
  std::vector<TrackPlayed> plays;
  std::vector<SaveGroup> saves;
  Result<void> store{};

  explicit World(std::vector<std::int64_t> seconds) {
    std::vector<TrackId> ids;
    for (std::int64_t s : seconds) {
      tracks.push_back({s * kSecond});
      ids.push_back(TrackId{tracks.size()});
    }
    REQUIRE(group.edit(AddTracks{ids}, {}, now));
    drain();
  }
  ItemId item(std::size_t at) const { return group.queue().items()[at].id; }
  void play() {
    REQUIRE(group.play({}, AccountId{5}, now));
    drain();
  }
  void drain() {
    while (auto effect = group.poll()) {
      if (auto* ask = std::get_if<AskFacts>(&*effect))
        group.facts(ask->token, facts_of(tracks, ask->track), now);
      if (auto* run = std::get_if<RunSlice>(&*effect)) slice(run->slice);
      if (auto* save = std::get_if<SaveGroup>(&*effect)) {
        saves.push_back(*save);
        group.saved(save->serial, store, now);
      }
      if (auto* played = std::get_if<TrackPlayed>(&*effect)) plays.push_back(*played);
    }
    ItemId sounding = ear.sounds(group, now);
    if (group.state() != PlayState::playing) return;
    CHECK(sounding == group.queue().current()->id);
    std::uint64_t track = group.queue().current()->track.value;
    if (heard.empty() || heard.back() != track) heard.push_back(track);
  }
  void slice(const SliceRequest& request) {
    auto& stream = streams.try_emplace(request.epoch.number(), tracks).first->second;
    SliceDone done = stream.run(request);
    if (group.slice_done(done, now)) ear.delivered(done);
  }
  void pass(Duration time) {
    ServerTime end = now.mono + time;
    for (int steps = 0; group.deadline() <= end; ++steps) {
      REQUIRE(steps < 100'000);
      step_to(std::max(group.deadline(), now.mono));
    }
    step_to(end);
  }
  void step_to(ServerTime at) {
    now.wall.us += at.us - now.mono.us;
    now.mono = at;
    group.fire(now);
    drain();
  }
  std::int64_t seconds() const { return group.position(now).us / 1'000'000; }
  std::size_t count(auto of_kind) const {
    std::size_t n = 0;
    for (const auto& [epoch, stream] : streams)
      for (const auto& command : stream.seen()) n += of_kind(command) ? 1U : 0U;
    return n;
  }
};

}  // namespace

TEST_CASE("group: a queue plays in order, in one stream, and ends") {
  World world({3, 5, 2});
  world.play();
  CHECK(world.group.state() == PlayState::playing);
  world.pass(seconds(4));
  CHECK(world.heard == std::vector<std::uint64_t>{1, 2});
  CHECK(world.seconds() == 1);
  world.pass(seconds(7));
  CHECK(world.heard == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(world.group.state() == PlayState::stopped);
  CHECK(world.streams.size() == 1);
  CHECK(world.ear.made() == 10 * kSecond);
  CHECK(world.plays.size() == 3);
  CHECK(world.plays[1].heard == seconds(5));
  CHECK(world.group.late() == 0);
}

TEST_CASE("group: never more is made ahead than the bound") {
  World world({600});
  world.play();
  for (int i = 0; i < 100; ++i) {
    world.pass(millis(37));
    CHECK(world.group.frames_ahead(world.now) <= 2 * kSecond + kSecond / 10);
  }
}

TEST_CASE("group: pause keeps the position, play goes on from it, and the track counts once") {
  World world({100});
  world.play();
  world.pass(millis(40'250));
  world.group.pause(world.now);
  Duration at = world.group.position(world.now);
  CHECK(at == millis(40'250));
  world.pass(seconds(3600));
  CHECK(world.group.position(world.now) == at);
  world.play();
  world.pass(seconds(20));
  CHECK(world.group.position(world.now) == at + seconds(20));
  world.group.stop(world.now);
  world.drain();
  REQUIRE(world.plays.size() == 1);
  CHECK(world.plays[0].heard == at + seconds(20));
  CHECK(world.group.queue().history().size() == 1);
}

TEST_CASE("group: a seek lands where it should, and beyond the end begins the next track") {
  World world({100, 100});
  world.play();
  world.pass(seconds(1));
  REQUIRE(world.group.seek(seconds(70), world.now));
  world.drain();
  world.pass(seconds(2));
  CHECK(world.seconds() == 72);
  REQUIRE(world.group.seek(seconds(500), world.now));
  world.drain();
  world.pass(seconds(1));
  CHECK(world.group.queue().current()->track == TrackId{2});
}

TEST_CASE("group: back goes to the beginning, and from there to the track before") {
  World world({100, 100});
  REQUIRE(world.group.play(world.item(1), AccountId{5}, world.now));
  world.drain();
  world.pass(seconds(10));
  REQUIRE(world.group.back(world.now));
  world.drain();
  CHECK(world.seconds() == 0);
  CHECK(world.group.queue().current()->track == TrackId{2});
  REQUIRE(world.group.back(world.now));
  world.drain();
  CHECK(world.group.queue().current()->track == TrackId{1});
}

TEST_CASE("group: what cannot be played is skipped with its reason, after one try") {
  World world({5, 5, 5, 5, 5});
  world.tracks[0].bad = true;
  world.tracks[1].missing = true;
  world.tracks[3].bad = true;
  world.play();
  CHECK(world.group.failed_entries().size() == 3);  // the one after next was tried ahead
  world.pass(seconds(12));
  CHECK(world.heard == std::vector<std::uint64_t>{3, 5});
  CHECK(world.group.failed_entries().size() == 3);
  CHECK(!world.group.error().empty());
  CHECK(world.group.state() == PlayState::stopped);
}

TEST_CASE("group: a track that breaks off is followed by the next without a gap") {
  World world({5, 5});
  world.tracks[0].breaks_at = 2 * kSecond;
  world.play();
  world.pass(seconds(3));
  CHECK(world.heard == std::vector<std::uint64_t>{1, 2});
  CHECK(world.streams.size() == 1);
  CHECK(world.group.failed_entries().size() == 1);
}

TEST_CASE("group: ten tracks in a row that cannot be played stop it, and play tries again") {
  World world(std::vector<std::int64_t>(12, 5));
  for (TestTrack& track : world.tracks) track.bad = true;
  REQUIRE(world.group.edit(SetRepeat{Repeat::all}, {}, world.now));
  world.play();
  CHECK(world.group.state() == PlayState::failed);
  CHECK(world.group.failed_entries().size() == 10);
  CHECK(world.streams.size() == 10);
  for (TestTrack& track : world.tracks) track.bad = false;
  world.play();
  CHECK(world.group.state() == PlayState::playing);
}

TEST_CASE("group: edits ahead of the music change what follows, also when it was made already") {
  World world({4, 4, 4});
  world.play();
  world.pass(millis(3'500));  // half a second before the joint: the next is made already
  REQUIRE(world.group.edit(RemoveItems{{world.item(1)}}, {}, world.now));
  world.drain();
  CHECK(world.group.position(world.now) == millis(3'500));
  world.pass(seconds(1));
  CHECK(world.heard == std::vector<std::uint64_t>{1, 3});
  CHECK(world.streams.size() == 2);
}

TEST_CASE("group: the current track removed, the next one plays; all removed, it stops") {
  World world({60, 60, 60});
  world.play();
  REQUIRE(world.group.edit(RemoveItems{{world.item(0)}}, {}, world.now));
  world.drain();
  CHECK(world.group.queue().current()->track == TrackId{2});
  CHECK(world.group.state() == PlayState::playing);
  REQUIRE(world.group.edit(ClearQueue{}, {}, world.now));
  world.drain();
  CHECK(world.group.state() == PlayState::stopped);
  CHECK(world.group.play({}, AccountId{5}, world.now).error().code == Code::conflict);
}

TEST_CASE("group: a track added while the last one fades out of sight plays on in the stream") {
  World world({4, 4});
  REQUIRE(world.group.edit(RemoveItems{{world.item(1)}}, {}, world.now));
  world.play();
  world.pass(millis(3'900));  // all of it is made
  REQUIRE(world.group.edit(AddTracks{{TrackId{2}}}, {}, world.now));
  world.drain();
  world.pass(seconds(2));
  CHECK(world.heard == std::vector<std::uint64_t>{1, 2});
  CHECK(world.streams.size() == 1);
}

TEST_CASE("group: repeat one plays the same again, a skip leaves it") {
  World world({3, 3});
  REQUIRE(world.group.edit(SetRepeat{Repeat::one}, {}, world.now));
  world.play();
  world.pass(seconds(10));
  CHECK(world.heard == std::vector<std::uint64_t>{1});
  CHECK(world.plays.size() == 3);
  REQUIRE(world.group.skip(world.now));
  world.drain();
  CHECK(world.group.queue().current()->track == TrackId{2});
}

TEST_CASE("group: crossfade stands between albums, not within one") {
  World world({10, 10, 10});
  world.tracks[0].album = world.tracks[1].album = AlbumId{9};
  world.group.set_options({.crossfade = seconds(4)}, world.now);
  world.play();
  world.pass(seconds(25));
  std::vector<Duration> fades;
  for (const auto& command : world.streams.begin()->second.seen())
    if (const auto* follow = std::get_if<Follow>(&command)) fades.push_back(follow->crossfade);
  CHECK(fades == std::vector<Duration>{Duration{}, seconds(4)});
}

TEST_CASE("group: it falls asleep in time, with a fade, and wakes where it was") {
  World world({600});
  world.play();
  world.group.set_sleep({Sleep::Mode::at_time, {world.now.wall.us + 60'000'000}}, world.now);
  world.pass(seconds(59));
  CHECK(world.group.state() == PlayState::playing);
  CHECK(world.count([](auto& c) { return std::holds_alternative<FadeOut>(c); }) == 1);
  world.pass(seconds(2));
  CHECK(world.group.state() == PlayState::paused);
  CHECK(world.seconds() == 60);
  CHECK(world.group.sleep().mode == Sleep::Mode::off);
  CHECK(world.group.late() == 0);
}

TEST_CASE("group: asleep at the end of the track or of the album, tomorrow begins with the next") {
  for (bool album : {false, true}) {
    World world({10, 10, 10});
    world.tracks[0].album = world.tracks[1].album = AlbumId{9};
    world.play();
    world.pass(millis(9'500));
    world.group.set_sleep({album ? Sleep::Mode::end_of_album : Sleep::Mode::end_of_track, {}},
                          world.now);
    world.drain();
    world.pass(seconds(60));
    CHECK(world.group.state() == PlayState::stopped);
    CHECK(world.heard.size() == (album ? 2 : 1));
    REQUIRE(world.group.queue().current() != nullptr);
    CHECK(world.group.queue().current()->track == TrackId{album ? 3U : 2U});
    CHECK(world.group.sleep().mode == Sleep::Mode::off);
  }
}

TEST_CASE("group: a restart brings everything back, to the second, the sleep timer too") {
  World world({100, 100});
  world.group.set_options({.crossfade = seconds(3), .level = LevelBy::album}, world.now);
  world.play();
  world.group.set_sleep({Sleep::Mode::at_time, {world.now.wall.us + 60'000'000}}, world.now);
  world.pass(millis(33'700));
  std::string queue, playback;
  for (const SaveGroup& save : world.saves) {
    queue = save.queue.value_or(queue);
    playback = save.playback;
  }
  World again({});
  again.tracks = world.tracks;
  again.now.wall.us = world.now.wall.us + 10'000'000;
  REQUIRE(again.group.restore(queue, playback, again.now));
  again.drain();
  CHECK(again.group.state() == PlayState::playing);
  CHECK(again.seconds() >= 32);
  CHECK(again.group.options() == world.group.options());
  CHECK(again.group.queue().items() == world.group.queue().items());
  again.pass(seconds(17));
  CHECK(again.group.state() == PlayState::paused);
}

TEST_CASE("group: damaged state is refused, whatever is damaged") {
  World world({10});
  world.play();
  REQUIRE(world.saves.size() >= 2);
  std::string queue = *world.saves[0].queue, playback = world.saves.back().playback;
  for (std::size_t cut = 0; cut < playback.size(); ++cut) {
    World other({});
    CHECK(!other.group.restore(queue, playback.substr(0, cut), other.now));
  }
  World other({});
  CHECK(other.group.restore(queue.substr(1), playback, other.now).error().code != Code::internal);
  CHECK(other.group.restore(queue, "\x07", other.now).error().code == Code::newer_version);
}

TEST_CASE("group: positions are stored at most once a second, what is asked at once") {
  World world({600});
  std::size_t before = world.saves.size();
  world.play();
  world.pass(seconds(30));
  CHECK(world.saves.size() - before >= 30);
  CHECK(world.saves.size() - before <= 34);
  std::uint64_t asked = world.saves.back().serial;
  world.group.pause(world.now);
  world.drain();
  CHECK(world.saves.back().serial > asked);
  std::size_t paused = world.saves.size();
  world.pass(seconds(30));
  CHECK(world.saves.size() == paused);
}

TEST_CASE("group: what could not be stored is stored later, whole") {
  World world({600});
  world.store = fail(Code::no_space, "the disk is full");
  REQUIRE(world.group.edit(AddTracks{{TrackId{1}}}, {}, world.now));
  world.drain();
  std::size_t tried = world.saves.size();
  world.pass(seconds(3));
  CHECK(world.saves.size() <= tried + 3);
  world.store = {};
  world.pass(seconds(2));
  CHECK(world.saves.back().queue == world.group.queue().save());
}

TEST_CASE("group: a queue moves to another group and plays on there") {
  World world({60, 60});
  world.play();
  world.pass(seconds(20));
  World other({60});
  other.tracks = world.tracks;
  Version held = other.group.queue().version();
  REQUIRE(other.group.take_over(world.group, other.now = world.now));
  other.drain();
  world.drain();
  CHECK(other.seconds() == 20);
  CHECK(other.group.state() == PlayState::playing);
  CHECK(world.group.state() == PlayState::stopped);
  CHECK(world.group.queue().items().empty());
  CHECK(other.group.edit(ClearQueue{}, held, other.now).error().code == Code::stale);
}

TEST_CASE("group: frames that come late move all that follows, and are counted") {
  World world({60});
  world.play();
  world.pass(seconds(5));
  world.now.mono = world.now.mono + seconds(10);  // nobody made any frame meanwhile
  world.group.fire(world.now);
  world.drain();
  CHECK(world.group.late() > 0);
  CHECK(world.seconds() <= 8);
}
