// Guards: no order of chunks, losses, garbage, clears, ends, formats and pauses breaks the player.
// How: random ones; bounds hold at each step, and a clean stream afterwards is in time again.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/player/player_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::player;

namespace {

constexpr std::size_t kCapacity = 60'000;

struct Storm {
  explicit Storm(Choose& by) : choose(by), device(0, 100) {}

  Choose& choose;
  Playout playout{kCapacity};
  kit::Device device;
  codec::AudioFormat format;
  std::unique_ptr<codec::ChunkEncoder> encoder;
  std::int64_t time_us = 6'000'000;  // of the next chunk, server
  std::uint64_t pushed = 0;
  bool bounded = true;

  void start() {
    using codec::Codec;
    format = {explore::pick(choose, {Codec::pcm, Codec::flac, Codec::opus}), 48'000,
              explore::pick(choose, {1, 2}), explore::pick(choose, {16, 24})};
    if (format.codec != Codec::opus) format.sample_rate = explore::pick(choose, {48'000, 11'025});
    encoder = *codec::ChunkEncoder::create(format, 4800);
    (void)playout.buffer().start(format, encoder->codec_header());
  }
  void chunk() {
    if (!encoder) return;
    std::size_t frames =
        format.codec == codec::Codec::opus ? 960 : 1 + choose.choose(2400, "frames");
    std::vector<float> samples(frames * static_cast<std::size_t>(format.channels), 0.25F);
    std::string bytes;
    INVARIANT(encoder->encode(samples, bytes));
    if (choose.choose(8, "garbage") == 7) bytes = explore::draw_bytes(choose, 60);
    std::int64_t off = explore::pick(choose, {0, 1, -700, 4000, -30'000, 300'000}, "off");
    auto fate = playout.buffer().push({time_us + off}, Bytes(bytes));
    pushed += fate == JitterBuffer::Pushed::kept ? 1 : 0;
    if (choose.choose(6, "lost") != 5)
      time_us += static_cast<std::int64_t>(frames) * 1'000'000 / format.sample_rate;
  }
  void run(std::uint32_t most) {
    auto clock = kit::clock_at(device.now_us, 0);
    std::size_t asked = 1 + choose.choose(most, "asked");
    Shape before = playout.shape();
    std::size_t made = device.run(playout, clock, asked, [&](double, std::span<const float> frame) {
      for (float sample : frame) bounded = bounded && std::abs(sample) <= 1.5F;
    });
    bounded = bounded && (made == asked || (made < asked && before != playout.shape()));
    if (device.now_us + 5e6 > static_cast<double>(time_us))
      time_us = std::llround(device.now_us) + 5'050'000;
  }
  void act() {
    switch (choose.choose(16, "act")) {
      case 0: playout.clear(); break;
      case 1: playout.buffer().end(); break;
      case 2: start(); break;
      case 3: device.now_us += choose.choose(400'000, "pause"); break;
      case 4: playout.set_static_delay(millis(choose.choose(6000, "delay"))); break;
      case 5: playout.set_volume(static_cast<int>(choose.choose(101, "volume"))); break;
      case 6: playout.output_restarted(); break;
      case 7: time_us += choose.choose(1'000'000, "hole"); break;
      case 8:
      case 9:
      case 10:
      case 11: run(3000); break;
      default: chunk(); break;
    }
  }
  // A stream without faults; the largest error of its last second, in microseconds.
  double clean() {
    playout.clear();
    playout.set_static_delay({});
    playout.set_volume(100);
    kit::Server server;
    server.start = {std::llround(device.now_us) + 5'100'000};
    (void)playout.buffer().start(server.format, {});
    double begin = device.now_us, worst = 0;
    while (device.now_us < begin + 4e6) {
      auto clock = kit::clock_at(device.now_us, 0);
      server.send(playout, {std::llround(device.now_us) + 5'300'000}, 960);
      device.run(playout, clock, 480, [&](double at_us, std::span<const float> frame) {
        if (at_us < begin + 3e6) return;
        double due = (at_us + 5e6 - static_cast<double>(server.start.us)) * 48e-3;
        worst = std::max(worst, std::abs(kit::frame_of(frame[0]) - due) / 48e-3);
      });
    }
    return worst;
  }
};

}  // namespace

TEST_CASE("playout: whatever happens, bounds hold, and a clean stream is in time again") {
  CHECK_FOR_ALL(41, 150, [](Choose& choose) -> explore::Broken {
    Storm storm(choose);
    for (std::uint32_t i = 0, n = choose.choose(300, "acts"); i < n; ++i) {
      storm.act();
      FAIL_UNLESS(storm.bounded);
      FAIL_UNLESS(storm.playout.buffer().bytes() <= kCapacity);
      auto report = storm.playout.report();
      FAIL_UNLESS(report.chunks.chunks == storm.pushed);
      FAIL_UNLESS(report.chunks.late + report.chunks.corrupt <= storm.pushed);
    }
    FAIL_UNLESS(storm.clean() <= 100);
    FAIL_UNLESS(storm.playout.report().state == Playout::State::synchronized);
    return explore::kHolds;
  });
}
