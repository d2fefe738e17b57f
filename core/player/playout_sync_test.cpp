// Guards: what sounds is what the timeline has for then, whatever the device's clock does, for a
// day. How: devices in virtual time; each sample tells the frame it is of, so its error is
// measured.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "core/player/player_test_kit.hpp"

using namespace tutti;
using namespace tutti::player;

namespace {

struct Run {
  int rate = 48'000;
  double ppm = 0;
  double jitter_us = 200;
  double begin_s = 0;
  double seconds = 40;  // until when, as settle_s
  double settle_s = 10;
  std::uint64_t seed = 1;
  double stretch = 0;  // of the server's stamps
  bool even = false;   // blocks of 100 ms, else of up to 20 ms
  kit::Signal signal = kit::ramp;
};

struct Measured {
  double worst_us = 0;  // after settling
  double step = 0;      // the largest between two samples, after settling
  Playout::Report report;
};

Measured measure(const Run& run) {
  kit::Server server;
  server.format.sample_rate = run.rate;
  server.signal = run.signal;
  server.start = {6'000'000};
  server.stretch = run.stretch;
  Playout playout(1'000'000);
  INVARIANT(playout.buffer().start(server.format, {}));
  kit::Device device(run.ppm, run.jitter_us, run.seed);
  device.now_us = run.begin_s * 1e6;
  double begin_us = kit::clock_at(device.now_us).server_us(device.now_us) - 6e6 + 100'000;
  if (run.begin_s > 0) server.next = std::llround(begin_us * 1e-6 * run.rate);
  server.careless = static_cast<std::int64_t>(run.settle_s - 10) * run.rate;
  Measured measured;
  float before = 0;
  auto chunk = static_cast<std::size_t>(run.rate / 10);
  while (device.now_us < run.seconds * 1e6) {
    auto clock = kit::clock_at(device.now_us);
    auto lead = static_cast<std::int64_t>(clock.server_us(device.now_us)) + 1'000'000;
    server.send(playout, {lead}, chunk);
    std::size_t frames = run.even ? chunk : 1 + device.draw(chunk / 5);
    device.run(playout, clock, frames, [&](double at_us, std::span<const float> sample) {
      float step = std::abs(sample[0] - before);
      before = sample[0];
      if (at_us < run.settle_s * 1e6) return;
      measured.step = std::max(measured.step, static_cast<double>(step));
      // What should sound, in frames, and what does; but for where the ramp begins anew.
      double due = (clock.server_us(at_us) - 6e6) / (1 + run.stretch) * run.rate * 1e-6;
      double off = std::remainder(kit::frame_of(sample[0]) - due, static_cast<double>(kit::kRamp));
      if (step < 0.4F)
        measured.worst_us = std::max(measured.worst_us, std::abs(off) * 1e6 / run.rate);
    });
  }
  measured.report = playout.report();
  return measured;
}

}  // namespace

TEST_CASE("playout: within 0.1 ms on any device of 300 ppm whose times jitter by 0.2 ms") {
  for (int rate : {48'000, 44'100, 88'200, 11'025})
    for (double ppm : {0.0, 100.0, -100.0, 300.0, -300.0}) {
      Measured measured = measure({.rate = rate, .ppm = ppm});
      INFO(rate, " Hz, ", ppm, " ppm: ", measured.worst_us, " us, +", measured.report.inserted,
           " -", measured.report.dropped, " device ", measured.report.device_ppm);
      CHECK(measured.worst_us <= 100);
      CHECK(measured.report.state == Playout::State::synchronized);
      CHECK(measured.report.underruns == 0);
      CHECK(measured.report.jumps == 0);
      CHECK(std::abs(measured.report.device_ppm - ppm) < 5);
      // One frame for each that the clocks are apart, and few more.
      double needed = std::abs(ppm - 20) * 1e-6 * rate * 40;
      auto made = static_cast<double>(measured.report.inserted + measured.report.dropped);
      CHECK(std::abs(made - needed) < 60);
      MESSAGE(rate << " Hz " << ppm << " ppm: " << measured.worst_us << " us");
    }
}

TEST_CASE("playout: a correction steps less than one and a half frames of the music do") {
  double plain = 0.5 * 2 * std::sin(0.1308996939 / 2);
  Measured even = measure({.ppm = 20, .jitter_us = 0, .signal = kit::sine});
  CHECK(even.step <= plain * 1.001);
  for (double ppm : {300.0, -300.0}) {
    Measured measured = measure({.ppm = ppm, .signal = kit::sine});
    CHECK(measured.report.inserted + measured.report.dropped > 400);
    CHECK(measured.step <= plain * 1.5);
    MESSAGE(ppm << " ppm: largest step " << measured.step / plain << " of the sine's own");
  }
}

TEST_CASE("playout: the times of the chunks are what counts, not the number of frames in between") {
  for (double stretch : {200e-6, -200e-6}) {
    Measured measured = measure({.jitter_us = 0, .stretch = stretch});
    CHECK(measured.worst_us > 0);
    CHECK(measured.worst_us <= 100);
  }
}

// 11,025 Hz from begin to end; of the other rates only the last quarter of an hour, but with
// TUTTI_LONG=1, for they take minutes.
TEST_CASE("playout: 24 hours end without drift (S2)") {
  bool whole = std::getenv("TUTTI_LONG") != nullptr;
  constexpr double kDay = 24 * 3600;
  for (int rate : {11'025, 44'100, 88'200}) {
    double begin = whole || rate == 11'025 ? 0 : kDay - 900;
#ifdef TUTTI_SANITIZED
    begin = kDay - 300;
#endif
    Measured measured = measure({.rate = rate,
                                 .ppm = 80,
                                 .begin_s = begin,
                                 .seconds = kDay,
                                 .settle_s = kDay - 60,
                                 .even = true});
    INFO(rate, " Hz: ", measured.worst_us, " us");
    CHECK(measured.worst_us > 0);
    CHECK(measured.worst_us <= 100);
    CHECK(measured.report.jumps == 0);
    CHECK(measured.report.underruns == 0);
    CHECK(measured.report.chunks.late == 0);
  }
}
