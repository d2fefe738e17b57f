// Guards: how one track gives way to another, and what a Render says when one cannot be had. How:
// tracks made so that what is heard tells which of them it was.
#include <doctest/doctest.h>

#include "core/render/channel_mix.hpp"
#include "core/render/deck.hpp"
#include "core/render/frame_clock.hpp"
#include "core/render/render_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::render;
using namespace tutti::render::test;

namespace {

Recording constant(float left, float right, std::size_t frames, int rate = 44'100) {
  Recording recording{.rate = rate};
  for (std::size_t i = 0; i < frames; ++i)
    recording.samples.insert(recording.samples.end(), {left, right});
  return recording;
}

}  // namespace

TEST_CASE("crossfade: begins so long before the end, at constant power, and nothing is lost") {
  Shelf shelf{{"left", constant(0.5F, 0, 20'000)}, {"right", constant(0, 0.5F, 20'000)}};
  Heard heard = play(shelf, {44'100, 2}, {.tracks = {"left", "right"}, .crossfade = millis(100)});
  REQUIRE(heard.pcm.size() == 2 * (40'000 - 4410));
  CHECK(heard.find(Mark::Kind::began, 1)->frame == 20'000 - 4410);
  CHECK(heard.find(Mark::Kind::ended, 0)->frame == 20'000);
  for (std::size_t i = 0; i < heard.pcm.size(); i += 2) {
    double power = std::pow(heard.pcm[i], 2) + std::pow(heard.pcm[i + 1], 2);
    CHECK(power == doctest::Approx(0.25).epsilon(1e-5));
  }
  // A linear one would lose 3 dB in the middle.
  std::size_t middle = 2 * (20'000 - 2205);
  CHECK(heard.pcm[middle] == doctest::Approx(0.5 * std::sqrt(0.5)).epsilon(1e-3));
}

TEST_CASE("crossfade: at most half of a short track; none where the end is not known") {
  Shelf shelf{{"long", constant(0.5F, 0, 40'000)}, {"short", constant(0, 0.5F, 4000)}};
  Session session{.tracks = {"long", "short"}, .crossfade = seconds(5)};
  CHECK(play(shelf, {44'100, 2}, session).pcm.size() == 2 * (44'000 - 2000));
  shelf["long"].knows_length = false;
  CHECK(play(shelf, {44'100, 2}, session).pcm.size() == 2 * 44'000);
}

TEST_CASE("crossfade: one that comes too late takes what is left") {
  Shelf shelf{{"a", constant(0.5F, 0, 40'000)}, {"b", constant(0, 0.5F, 40'000)}};
  Session session{.tracks = {"a"}};
  session.at[38'000] = {SetNext{ref("b", 7), millis(100)}};
  Heard heard = play(shelf, {44'100, 2}, session);
  CHECK(heard.find(Mark::Kind::began, 7)->frame == 38'000);
  CHECK(heard.pcm.size() == 2 * 78'000);
}

TEST_CASE("render: a next one that cannot be opened is told at once, and the one set then plays") {
  Shelf shelf{{"a", constant(0.5F, 0, 10'000)}, {"b", constant(0, 0.5F, 10'000)}};
  Heard heard = play(shelf, {44'100, 2}, {.tracks = {"a", "missing", "b"}});
  REQUIRE(heard.find(Mark::Kind::next_failed, 1) != nullptr);
  CHECK(heard.find(Mark::Kind::next_failed, 1)->frame == 0);
  CHECK(heard.find(Mark::Kind::next_failed, 1)->error.text == "missing is not there");
  CHECK(heard.pcm.size() == 2 * 20'000);
}

TEST_CASE("render: a track that breaks in the middle is told where, and the next one goes on") {
  Shelf shelf{{"a", constant(0.5F, 0, 10'000)}, {"b", constant(0, 0.5F, 10'000)}};
  shelf["a"].fails_at = 6000;
  Heard heard = play(shelf, {44'100, 2}, {.tracks = {"a", "b"}});
  REQUIRE(heard.find(Mark::Kind::failed, 0) != nullptr);
  CHECK(heard.find(Mark::Kind::failed, 0)->frame == 6000);
  CHECK(heard.find(Mark::Kind::began, 1)->frame == 6000);
  CHECK(heard.pcm.size() == 2 * 16'000);
  Heard alone = play(shelf, {44'100, 2}, {.tracks = {"a"}});
  CHECK(alone.status == Status::failed);
  CHECK(play(shelf, {44'100, 2}, {.tracks = {"missing"}}).status == Status::failed);
}

TEST_CASE("render: what follows can be changed as long as the seam is not heard") {
  CHECK_FOR_ALL(6, 60, [](Choose& choose) -> explore::Broken {
    int rate = explore::pick(choose, {44'100, 48'000}, "rate");
    Shelf shelf{{"a", constant(0.5F, 0, 10'000)},
                {"wrong", constant(0.9F, 0.9F, 10'000)},
                {"b", constant(0, 0.5F, 10'000)}};
    Session session{.tracks = {"a", "wrong"}};
    std::int64_t seam = (10'000LL * rate + 44'099) / 44'100;
    // Late enough that `wrong` has been read.
    std::int64_t when = seam - 1 - choose.choose(600, "before the seam");
    session.at[when] = {SetNext{ref("b", 9), {}}};
    Heard heard = play(shelf, {rate, 2}, session, &choose);
    FAIL_UNLESS(heard.find(Mark::Kind::began, 1) == nullptr);
    FAIL_UNLESS(heard.find(Mark::Kind::began, 9)->frame == seam);
    // Its left side is silent; the filter rings for a while.
    for (auto i = static_cast<std::size_t>(2 * (seam + 2000)); i < heard.pcm.size() - 4000; i += 2)
      FAIL_UNLESS(std::abs(heard.pcm[i]) < 1e-4F);
    return explore::kHolds;
  });
}

TEST_CASE("render: a seek back over the read-ahead plays the rest, then the next from its start") {
  Shelf shelf{{"a", constant(0.5F, 0, 10'000)}, {"b", constant(0, 0.5F, 10'000)}};
  Session session{.tracks = {"a", "b"}, .at = {{9999, {Seek{millis(100)}}}}};
  Heard heard = play(shelf, {44'100, 2}, session);
  CHECK(heard.pcm.size() == 2 * (9999 + (10'000 - 4410) + 10'000));
  CHECK(heard.find(Mark::Kind::began, 1)->frame == 9999 + 10'000 - 4410);
}

TEST_CASE("levelling: gain = target - loudness, and no peak is driven beyond full scale") {
  SetLevelling by_track{LevelBy::track, -18};
  CHECK(level_gain({.track_lufs = -14}, by_track).factor == doctest::Approx(0.63096).epsilon(1e-4));
  LevelGain quiet = level_gain({.track_lufs = -30, .track_peak = 0.5}, by_track);
  CHECK(quiet.limited);
  CHECK(quiet.factor == doctest::Approx(2.0).epsilon(1e-6));
  CHECK(static_cast<float>(quiet.factor) * 0.5F <= 1.0F);
  CHECK(level_gain({.track_lufs = -30}, by_track).factor == 1);  // peak unknown: as it is
  CHECK(level_gain({}, by_track).factor == 1);
  CHECK(level_gain({.album_lufs = -12}, by_track).factor == doctest::Approx(0.50119).epsilon(1e-4));
  CHECK(level_gain({.track_lufs = -14, .album_lufs = -12}, {LevelBy::album, -18}).factor ==
        doctest::Approx(0.50119).epsilon(1e-4));
  CHECK(level_gain({.track_lufs = -14}, {LevelBy::off, -18}).factor == 1);
  CHECK(level_gain({.track_lufs = -18, .track_peak = 1.2}, by_track).factor < 1 / 1.2);
}

TEST_CASE("levelling: a change while playing is a ramp, and holds for the next track too") {
  Shelf shelf{{"a", constant(0.5F, 0.5F, 30'000)}, {"b", constant(0.5F, 0.5F, 10'000)}};
  auto render = Render::create({44'100, 2}, opener(shelf));
  TrackRef a = ref("a", 1);
  TrackRef b = ref("b", 2);
  a.loudness.track_lufs = b.loudness.track_lufs = -12;
  std::vector<Command> start{Start{a, {}}, SetNext{b, {}}};
  Slice slice = (*render)->run({start, 4410});
  CHECK(slice.path.bit_perfect);
  std::vector<Command> level{SetLevelling{LevelBy::track, -18}};
  std::vector<float> pcm = std::move(slice.pcm);
  for (bool first = true; slice.status == Status::playing; first = false) {
    slice = (*render)->run(
        {first ? std::span<const Command>(level) : std::span<const Command>(), 4410});
    pcm.insert(pcm.end(), slice.pcm.begin(), slice.pcm.end());
    CHECK_FALSE(slice.path.bit_perfect);
  }
  for (std::size_t i = 2; i < pcm.size(); ++i) CHECK(std::abs(pcm[i] - pcm[i - 2]) < 0.001F);
  CHECK(pcm.back() == doctest::Approx(0.5 * 0.50119).epsilon(1e-4));
}

TEST_CASE("sleep: the fade ends in silence at its frame, and can be taken back") {
  Shelf shelf{{"a", constant(0.5F, 0.5F, 40'000)}};
  Session session{.tracks = {"a"}, .at = {{5000, {FadeOut{10'000}}}}};
  Heard heard = play(shelf, {44'100, 2}, session);
  CHECK(heard.status == Status::faded);
  CHECK(heard.pcm.size() == 2 * 15'000);
  CHECK(heard.pcm.back() == 0);
  CHECK(heard.find(Mark::Kind::faded, 0)->frame == 15'000);
  for (std::size_t i = 2; i < heard.pcm.size(); ++i) CHECK(heard.pcm[i] <= heard.pcm[i - 2]);
  session.at[9000] = {CancelFade{}};
  Heard back = play(shelf, {44'100, 2}, session);
  CHECK(back.pcm.size() == 2 * 40'000);
  CHECK(back.pcm.back() == 0.5F);
}

TEST_CASE("channels: down by BS.775 without clipping, mono to both sides as it is") {
  std::vector<float> out;
  ChannelMix(1, 2).process(std::vector<float>{0.3F}, out);
  CHECK(out == std::vector<float>{0.3F, 0.3F});
  out.clear();
  ChannelMix(6, 2).process(std::vector<float>{1, 1, 1, 1, 1, 1}, out);
  CHECK(out[0] == doctest::Approx(1));
  out.clear();
  ChannelMix(6, 2).process(std::vector<float>{0, 0, 1, 0, 0, 0}, out);
  CHECK(out[0] == doctest::Approx(std::sqrt(0.5) / (1 + std::sqrt(2.0))));
  CHECK(out[0] == out[1]);
  out.clear();
  ChannelMix(2, 1).process(std::vector<float>{1, 0.5F}, out);
  CHECK(out == std::vector<float>{0.75F});
  for (int in = 1; in <= 8; ++in) {
    for (int to = 1; to <= 8; ++to) {
      out.clear();
      ChannelMix(in, to).process(std::vector<float>(static_cast<std::size_t>(in), 1.0F), out);
      REQUIRE(out.size() == static_cast<std::size_t>(to));
      for (float x : out) CHECK(x <= 1.000001F);
    }
  }
}

TEST_CASE("frame clock: a thousand tracks of odd rates are out by less than a frame") {
  SeededChoose random(8);
  FrameClock clock(48'000);
  std::int64_t total = 0;
  std::int64_t each_rounded = 0;  // the wrong variant
  long double seconds = 0;
  for (int i = 0; i < 1000; ++i) {
    int rate = 8000 + static_cast<int>(random.choose(180'000, "rate"));
    std::int64_t frames = random.choose(1'000'000, "frames");
    total += clock.until(frames, rate);
    clock.advance(frames, rate);
    seconds += static_cast<long double>(frames) / rate;
    each_rounded += (frames * 48'000 + rate - 1) / rate;
    CHECK(std::abs(static_cast<double>(static_cast<long double>(total) - seconds * 48'000)) < 1.0);
  }
  CHECK(static_cast<double>(each_rounded) - static_cast<double>(total) > 100);
}

TEST_CASE("render: reads no more than a block ahead of what is heard, and never a whole file") {
  Shelf shelf{{"long", constant(0.5F, 0.5F, 44'100 * 60)}};
  std::int64_t read = 0;
  class Counting final : public Source {
   public:
    Counting(const Recording& recording, std::int64_t& frames)
        : inner_(recording), frames_(frames) {}
    const SourceInfo& info() const override { return inner_.info(); }
    Result<std::size_t> read(std::span<float> out) override {
      auto n = inner_.read(out);
      frames_ += static_cast<std::int64_t>(n.value_or(0));
      return n;
    }
    Result<void> seek(std::int64_t frame) override { return inner_.seek(frame); }

   private:
    MemorySource inner_;
    std::int64_t& frames_;
  };
  auto open = [&](const std::string& path) -> Result<std::unique_ptr<Source>> {
    return std::make_unique<Counting>(shelf.at(path), read);
  };
  for (int rate : {44'100, 48'000}) {
    read = 0;
    auto render = Render::create({rate, 2}, open);
    std::vector<Command> start{Start{ref("long"), {}}};
    std::int64_t made = static_cast<std::int64_t>((*render)->run({start, 1'000'000}).frames);
    CHECK(made == rate / 10);  // the bound of one slice
    for (int i = 0; i < 50; ++i) {
      made += static_cast<std::int64_t>((*render)->run({{}, 1000}).frames);
      CHECK(read <= made * 44'100 / rate + 1024 + 4096);  // the filter looks ahead, too
    }
  }
}
