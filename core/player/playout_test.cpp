// Guards: edges, levels and states of what sounds: beginnings, underruns, jumps, ends, volume.
// How: a stream of known samples and a perfect device, in virtual time.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "core/player/player_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::player;
using State = Playout::State;

namespace {

struct Rig {
  kit::Server server;
  kit::Device device;
  Playout playout{2'000'000};
  std::vector<float> heard;
  float before = 0;
  double step = 0;  // the largest between two samples

  // No jitter, no drift; the server's clock is 5 s ahead.
  explicit Rig(kit::Signal signal = kit::ramp) {
    server.start = {6'000'000};
    server.signal = std::move(signal);
    INVARIANT(playout.buffer().start(server.format, {}));
  }
  sync::ClockSnapshot clock() const { return kit::clock_at(device.now_us, 0); }
  // Sends a second ahead and runs for so long.
  void run(double seconds, bool send = true) {
    double end = device.now_us + seconds * 1e6;
    while (device.now_us < end - 1) {
      if (send) server.send(playout, {std::llround(device.now_us) + 6'000'000}, 4800);
      step_once(480);
    }
  }
  std::size_t step_once(std::size_t frames) {
    return device.run(playout, clock(), frames, [&](double, std::span<const float> sample) {
      heard.push_back(sample[0]);
      step = std::max(step, static_cast<double>(std::abs(sample[0] - before)));
      before = sample[0];
    });
  }
  State state() const { return playout.report().state; }
  // The stream's frame that should sound now.
  double due() const {
    return (device.now_us + 5e6 - static_cast<double>(server.start.us)) * 48e-3;
  }
};

float constant(std::int64_t) { return 0.5F; }
// 5 ms at 48 kHz.
constexpr double kFadeStep = 0.5 / 240 * 1.01;

}  // namespace

TEST_CASE("playout: on a perfect device the stream sounds bit for bit, however it is asked for") {
  CHECK_FOR_ALL(31, 40, [](Choose& choose) -> explore::Broken {
    Rig rig;
    while (rig.device.now_us < 1.6e6) {
      rig.server.send(rig.playout, {std::llround(rig.device.now_us) + 6'000'000},
                      1 + choose.choose(7000, "chunk"));
      rig.step_once(1 + choose.choose(3000, "frames"));
    }
    for (std::size_t i = 0; i < rig.heard.size(); ++i) {
      auto frame = static_cast<std::int64_t>(i) - 48'000;
      if (frame < 0) FAIL_UNLESS(rig.heard[i] == 0);
      if (frame >= 240) FAIL_UNLESS(rig.heard[i] == kit::ramp(frame));
    }
    FAIL_UNLESS(rig.playout.report().inserted + rig.playout.report().dropped == 0);
    return explore::kHolds;
  });
}

TEST_CASE("playout: a stream is buffering, then synchronized, and idle after its end") {
  Rig rig(constant);
  CHECK(rig.state() == State::idle);
  rig.run(0.5);
  CHECK(rig.state() == State::buffering);
  rig.run(1.5);
  CHECK(rig.state() == State::synchronized);
  rig.playout.buffer().end();
  rig.run(1.5, false);
  CHECK(rig.state() == State::idle);
  CHECK(rig.playout.report().underruns == 0);
  CHECK(rig.step <= kFadeStep);
}

TEST_CASE(
    "playout: run dry it is in error and silent, then waits for 100 ms of sound and goes on") {
  Rig rig(constant);
  rig.run(2);
  // What was sent lasts 0.9 to 1 s more.
  rig.run(1.2, false);
  CHECK(rig.state() == State::error);
  CHECK(rig.before == 0);
  CHECK(rig.playout.report().underruns == 1);
  rig.server.next = std::llround(rig.due() / 4800) * 4800 - 4800;
  rig.server.send(rig.playout, {std::llround(rig.device.now_us) + 5'020'000}, 4800);
  rig.step_once(480);
  CHECK(rig.state() == State::error);
  rig.run(0.05);
  CHECK(rig.state() == State::synchronized);
  CHECK(rig.before == 0.5F);
  CHECK(rig.step <= kFadeStep);
}

TEST_CASE("playout: clear is silent after 5 ms, without a click, and what follows sounds in time") {
  Rig rig;
  rig.run(2);
  rig.playout.clear();
  rig.step_once(241);
  CHECK(rig.before == 0);
  CHECK(rig.state() == State::buffering);
  CHECK(rig.step <= kFadeStep);
  rig.server.next = 48'000 * 100;  // a seek: elsewhere in the music, the same timeline
  rig.server.start = {rig.server.start.us - 98'500'000};
  rig.run(1);
  CHECK(rig.state() == State::synchronized);
  double off = std::remainder(kit::frame_of(rig.before) - (rig.due() - 1), kit::kRamp);
  CHECK(std::abs(off) <= 0.6);
  CHECK(rig.playout.report().underruns == 0);
}

TEST_CASE("playout: a missing chunk is silence of its length with soft edges, and no error") {
  Rig rig(constant);
  rig.run(1.5);
  rig.server.next += 4800;
  rig.run(1.5);
  CHECK(rig.state() == State::synchronized);
  CHECK(std::ranges::count(std::span(rig.heard).subspan(60'000), 0.0F) == 4800);
  CHECK(rig.step <= kFadeStep);
}

TEST_CASE("playout: a device that stood still jumps once and is in time again") {
  Rig rig;
  rig.run(2);
  rig.device.now_us += 80'000;
  rig.run(0.5);
  CHECK(rig.playout.report().jumps == 1);
  CHECK(rig.state() == State::synchronized);
  CHECK(std::abs(rig.playout.report().error_us) <= 100);
  CHECK(kit::frame_of(rig.before) == doctest::Approx(rig.due() - 1).epsilon(1e-9));
}

TEST_CASE("playout: an error of less than 5 ms is worked off at 0.5 % at most, without a jump") {
  for (double off_us : {1900.0, -1900.0}) {
    Rig rig;
    rig.run(2);
    rig.device.now_us += off_us;
    rig.run(5);
    auto report = rig.playout.report();
    CHECK(report.jumps == 0);
    CHECK(std::abs(report.error_us) <= 100);
    CHECK((off_us > 0 ? report.dropped : report.inserted) >= 80);
    for (std::size_t i = 96'300, at = 0; i < rig.heard.size(); ++i) {
      double frames = kit::frame_of(rig.heard[i]) - kit::frame_of(rig.heard[i - 1]);
      if (std::abs(frames - 1) < 0.1) continue;
      // A correction touches two or three steps in a row.
      if (i - at > 3) {
        CHECK(i - at >= 199);
        at = i;
      }
    }
  }
}

TEST_CASE("playout: the static delay makes sound leave that much earlier, to the frame") {
  for (int ms : {0, 7, 250}) {
    Rig rig;
    rig.playout.set_static_delay(millis(ms));
    rig.run(2);
    CHECK(kit::frame_of(rig.before) == doctest::Approx(rig.due() - 1 + ms * 48));
  }
  Rig rig;
  rig.run(2);
  rig.playout.set_static_delay(millis(300));
  rig.run(0.2);
  CHECK(kit::frame_of(rig.before) == doctest::Approx(rig.due() - 1 + 300 * 48));
  CHECK(rig.playout.report().jumps == 1);
}

TEST_CASE("playout: volume is (v/100)^1.5 reached over 20 ms, and mute is independent of it") {
  Rig rig(constant);
  rig.run(2);
  rig.playout.set_volume(25);
  rig.step_once(959);
  CHECK(rig.before > 0.5F * 0.125F);
  rig.step_once(1);
  CHECK(rig.before == doctest::Approx(0.5 * 0.125));
  rig.playout.set_mute(true);
  rig.step_once(960);
  CHECK(rig.before == 0);
  rig.playout.set_volume(64);
  rig.step_once(960);
  CHECK(rig.before == 0);
  rig.playout.set_mute(false);
  rig.step_once(960);
  CHECK(rig.before == doctest::Approx(0.5 * 0.512));
  CHECK(rig.step <= 0.5 / 240 * 1.01);
  // What is set while nothing sounds is not heard moving.
  rig.run(1.5, false);
  CHECK(rig.state() == State::error);
  rig.playout.set_volume(0);
  rig.run(1, true);
  CHECK(rig.state() == State::synchronized);
  CHECK(std::ranges::count(std::span(rig.heard).last(48'000), 0.0F) == 48'000);
}

TEST_CASE("playout: without a known clock all is silence, and nothing is lost of what waits") {
  Rig rig;
  rig.server.send(rig.playout, {9'000'000}, 4800);
  std::array<float, 480> out;
  out.fill(1);
  CHECK(rig.playout.fill(out, {1'500'000}, {}) == 0);  // one channel from here on
  CHECK(rig.playout.fill(out, {1'500'000}, {}) == 480);
  CHECK(std::ranges::count(out, 0.0F) == 480);
  CHECK(rig.playout.buffer().counters().late == 0);
}

TEST_CASE("playout: a clock that steps by 50 ms is followed by one jump") {
  Rig rig;
  rig.run(2);
  auto stepped = rig.clock();
  stepped.offset_us += 50'000;
  for (int i = 0; i < 20; ++i)
    rig.device.run(rig.playout, stepped, 480, [&](double, auto sample) { rig.before = sample[0]; });
  CHECK(rig.playout.report().jumps == 1);
  CHECK(kit::frame_of(rig.before) == doctest::Approx(rig.due() - 1 + 2400));
}

TEST_CASE("playout: another codec of the same shape goes on without a seam") {
  Rig rig;
  rig.run(2);
  rig.server.format.codec = codec::Codec::flac;
  kit::Server flac;
  flac.format = rig.server.format;
  flac.start = rig.server.start;
  flac.next = rig.server.next;
  REQUIRE(rig.playout.buffer().start(flac.format, {}));
  rig.server = std::move(flac);
  rig.run(2);
  for (std::size_t i = 48'000 + 240; i < rig.heard.size(); ++i)
    if (rig.heard[i] != kit::ramp(static_cast<std::int64_t>(i) - 48'000)) {
      FAIL(i);
      break;
    }
}

TEST_CASE("playout: another rate begins at a call of its own, on the same timeline") {
  Rig rig;
  rig.run(2);
  kit::Server other;
  other.format = {codec::Codec::pcm, 44'100, 2, 24};
  other.start = rig.server.at(rig.server.next);
  double change_us = static_cast<double>(other.start.us) - 5e6;
  REQUIRE(rig.playout.buffer().start(other.format, {}));
  rig.server = std::move(other);
  bool cut = false;
  while (rig.device.now_us < change_us + 500'000) {
    rig.server.send(rig.playout, {std::llround(rig.device.now_us) + 6'000'000}, 4410);
    cut = rig.step_once(500) < 500 || cut;
  }
  CHECK(cut);
  CHECK(rig.playout.shape() == Shape{44'100, 2});
  double due = (rig.device.now_us - change_us) * 44.1e-3;
  CHECK(std::abs(kit::frame_of(rig.before) - (due - 1)) <= 0.6);
  CHECK(rig.playout.report().underruns == 0);
  CHECK(rig.playout.report().jumps == 0);
}
