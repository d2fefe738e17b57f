// Guards: what comes out of a Render to the sample, whatever the slices, the cuts between tracks
// and the rates. How: properties over sources in memory; each law also has a variant that breaks.
#include "core/render/render.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "core/render/render_test_kit.hpp"
#include "core/render/resampler.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::render;
using namespace tutti::render::test;

namespace {

// A recording cut into pieces at drawn places, all but the last of at least so many frames.
Session cut(const Recording& whole, Shelf& shelf, Choose& choose, std::int64_t least = 0) {
  Session session;
  std::int64_t at = 0;
  for (int piece = 0; at < whole.frames(); ++piece) {
    std::int64_t n =
        std::min<std::int64_t>(whole.frames() - at, least + choose.choose(9000, "piece"));
    if (piece > 6) n = whole.frames() - at;
    Recording part = whole;
    part.samples.assign(whole.samples.begin() + at * whole.channels,
                        whole.samples.begin() + (at + n) * whole.channels);
    part.knows_length = choose.choose(4, "length unknown") != 1;
    part.read_at_most = 1 + choose.choose(3000, "read");
    std::string name = std::to_string(piece);
    shelf[name] = part;
    session.tracks.push_back(name);
    at += n;
  }
  return session;
}

}  // namespace

TEST_CASE("render: a recording cut anywhere comes out bit for bit as the whole") {
  CHECK_FOR_ALL(1, 60, [](Choose& choose) -> explore::Broken {
    Recording whole{.samples = noise(1, 2 * (1 + choose.choose(30'000, "frames")))};
    Shelf shelf;
    Heard heard = play(shelf, {44'100, 2}, cut(whole, shelf, choose), &choose);
    FAIL_UNLESS(heard.pcm == whole.samples);
    FAIL_UNLESS(heard.status == Status::ended);
    return explore::kHolds;
  });
}

TEST_CASE("render: the resampler goes on over the joints: cut anywhere, it sounds as the whole") {
  CHECK_FOR_ALL(2, 25, [](Choose& choose) -> explore::Broken {
    int rate = explore::pick(choose, {44'100, 96'000, 22'050, 48'000}, "rate");
    Recording whole{.rate = rate, .samples = noise(2, 2 * (25'000 + choose.choose(30'000, "n")))};
    Shelf one{{"whole", whole}};
    Heard at_once = play(one, {48'000, 2}, {.tracks = {"whole"}});
    Shelf shelf;
    // Shorter ones could end before this player, told at the end of a slice, has set the next.
    Session session = cut(whole, shelf, choose, 7000);
    Heard heard = play(shelf, {48'000, 2}, session, &choose);
    FAIL_UNLESS(heard.pcm.size() == at_once.pcm.size());
    FAIL_UNLESS(heard.pcm == at_once.pcm);
    return explore::kHolds;
  });
}

TEST_CASE("render: long pieces through the resampler equal the whole bit for bit") {
  Recording whole{.samples = noise(3, 2 * 60'000)};
  Shelf shelf{{"whole", whole}};
  Recording left = whole;
  Recording right = whole;
  left.samples.resize(2 * 25'001);
  right.samples.erase(right.samples.begin(), right.samples.begin() + 2 * 25'001);
  shelf["left"] = left;
  shelf["right"] = right;
  Heard at_once = play(shelf, {48'000, 2}, {.tracks = {"whole"}});
  Heard joined = play(shelf, {48'000, 2}, {.tracks = {"left", "right"}});
  CHECK(at_once.pcm == joined.pcm);
  CHECK(joined.find(Mark::Kind::began, 1)->frame == (25'001LL * 48'000 + 44'099) / 44'100);

  // The wrong variant: a resampler for each piece.
  std::vector<float> wrong;
  for (const Recording* piece : {&left, &right}) {
    auto resampler = Resampler::create(44'100, 48'000, 2);
    std::vector<float> silence(2 * 4096);
    std::size_t had = wrong.size();
    auto length = static_cast<std::size_t>(piece->frames() * 48'000 / 44'100);
    REQUIRE(resampler->process(piece->samples, wrong));
    REQUIRE(resampler->process(silence, wrong));
    wrong.resize(had + 2 * length);
  }
  CHECK(wrong.size() != joined.pcm.size());
  double worst = 0;
  for (std::size_t i = 0; i < wrong.size(); ++i)
    worst = std::max(worst, static_cast<double>(std::abs(wrong[i] - joined.pcm[i])));
  CHECK(worst > 0.1);
}

TEST_CASE("render: tracks of any rates last exactly as long as their seconds add up to") {
  CHECK_FOR_ALL(3, 40, [](Choose& choose) -> explore::Broken {
    int out = explore::pick(choose, {48'000, 44'100, 96'000}, "out");
    Shelf shelf;
    Session session;
    // Seconds as a fraction over the product of the rates.
    __int128 den = 1;
    __int128 num = 0;
    std::vector<std::int64_t> starts;
    int tracks = 1 + static_cast<int>(choose.choose(4, "tracks"));
    for (int i = 0; i < tracks; ++i) {
      int rate = explore::pick(choose, {44'100, 48'000, 96'000, 22'050, 32'000, 11'025}, "rate");
      std::size_t frames = choose.choose(12'000, "frames");
      starts.push_back(static_cast<std::int64_t>((num * out + den - 1) / den));
      num = num * rate + static_cast<__int128>(frames) * den;
      den *= rate;
      std::string name = std::to_string(i);
      shelf[name] = {.rate = rate, .channels = 1, .samples = noise(4, frames)};
      session.tracks.push_back(name);
    }
    Heard heard = play(shelf, {out, 1}, session, &choose);
    auto expected = static_cast<std::size_t>((num * out + den - 1) / den);
    FAIL_UNLESS(heard.pcm.size() == expected,
                std::to_string(heard.pcm.size()) + " " + std::to_string(expected));
    for (std::size_t i = 0; i < starts.size(); ++i)
      FAIL_UNLESS(heard.find(Mark::Kind::began, i)->frame == starts[i]);
    return explore::kHolds;
  });
}

TEST_CASE("render: the sizes of slices change nothing, with commands, fades and crossfades") {
  CHECK_FOR_ALL(4, 40, [](Choose& choose) -> explore::Broken {
    Shelf shelf;
    Session session{.crossfade = millis(explore::pick(choose, {0, 60, 100}, "crossfade"))};
    for (int i = 0; i < 3; ++i) {
      int rate = explore::pick(choose, {44'100, 48'000}, "rate");
      std::string name = std::to_string(i);
      shelf[name] = {.rate = rate, .samples = noise(5, 2 * (16'000 + choose.choose(9000, "n")))};
      session.tracks.push_back(name);
    }
    auto when = [&] { return static_cast<std::int64_t>(choose.choose(30'000, "when")); };
    // Tracks outlast a slice and a crossfade, so that the next one is always set in time.
    session.at[when()].push_back(SetLevelling{LevelBy::track, -23});
    session.at[when()].push_back(Seek{millis(choose.choose(300, "to"))});
    if (choose.choose(2, "fade") == 1) session.at[when()].push_back(FadeOut{5000});
    session.until = 60'000;
    Heard large = play(shelf, {44'100, 2}, session);
    Heard small = play(shelf, {44'100, 2}, session, &choose);
    FAIL_UNLESS(large.pcm == small.pcm);
    FAIL_UNLESS(large.status == small.status);
    // Only when the caller is told that the next is open depends on when it asked.
    for (Heard* heard : {&large, &small})
      std::erase_if(heard->marks, [](const Mark& m) { return m.kind == Mark::Kind::next_ready; });
    FAIL_UNLESS(large.marks.size() == small.marks.size());
    for (std::size_t i = 0; i < large.marks.size(); ++i) {
      FAIL_UNLESS(large.marks[i].frame == small.marks[i].frame);
      FAIL_UNLESS(large.marks[i].kind == small.marks[i].kind);
    }
    return explore::kHolds;
  });
}

TEST_CASE("render: a seek lands on the frame, before and behind where it was") {
  CHECK_FOR_ALL(5, 60, [](Choose& choose) -> explore::Broken {
    Recording whole{.samples = noise(6, 2 * 30'000)};
    Shelf shelf{{"a", whole}};
    std::int64_t to_us = choose.choose(800'000, "to");
    std::int64_t when = choose.choose(29'000, "when");
    Session session{.tracks = {"a"}, .at = {{when, {Seek{micros(to_us)}}}}};
    Heard heard = play(shelf, {44'100, 2}, session, &choose);
    std::int64_t frame = std::min<std::int64_t>(to_us * 44'100 / 1'000'000, 30'000);
    std::vector<float> expected(whole.samples.begin(), whole.samples.begin() + 2 * when);
    expected.insert(expected.end(), whole.samples.begin() + 2 * frame, whole.samples.end());
    FAIL_UNLESS(heard.pcm == expected);
    FAIL_UNLESS(heard.find(Mark::Kind::sought, 0)->source_frame == frame);
    return explore::kHolds;
  });
}

TEST_CASE("resampler: a tone stays a tone: -110 dB of anything else from 44.1 to 48 kHz") {
  Shelf shelf{{"tone", {.channels = 1, .samples = sine(997, 44'100, 44'100, 1)}}};
  Heard heard = play(shelf, {48'000, 1}, {.tracks = {"tone"}});
  REQUIRE(heard.pcm.size() == 48'000);
  std::vector<float> ideal = sine(997, 48'000, 48'000, 1);
  double worst = 0;
  for (std::size_t i = 4000; i < 44'000; ++i)
    worst = std::max(worst, std::abs(static_cast<double>(heard.pcm[i]) - ideal[i]));
  CHECK(20 * std::log10(worst / 0.5) < -110);
}
