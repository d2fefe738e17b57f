#pragma once
// A server's stream and an output device, in virtual time: the device has a sample clock of its
// own, tells its times with jitter, and knows of each sample when it really sounded.

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/choose.hpp"
#include "core/player/playout.hpp"
#include "core/sync/timeline.hpp"

namespace tutti::player::kit {

// Frame n of a stream, in each channel.
using Signal = std::function<float(std::int64_t frame)>;

// A number that tells which frame it is of: a ramp over kRamp frames, exact in 24 bits.
inline constexpr std::int64_t kRamp = 1 << 20;
inline float ramp(std::int64_t frame) {
  return static_cast<float>(frame % kRamp + 1) / static_cast<float>(2 * kRamp);
}
inline double frame_of(float ramp_value) {
  return static_cast<double>(ramp_value) * static_cast<double>(2 * kRamp) - 1;
}
inline float sine(std::int64_t frame) {
  return 0.5F * static_cast<float>(std::sin(static_cast<double>(frame % 480'000) * 0.1308996939));
}

struct Server {
  codec::AudioFormat format{codec::Codec::pcm, 48'000, 1, 24};
  ServerTime start{1'000'000};
  Signal signal = ramp;
  std::int64_t next = 0;      // the frame that the next chunk begins with
  double stretch = 0;         // how much too long it believes a frame to be; 0 for a good server
  std::int64_t careless = 0;  // chunks before this frame may hold anything: they cost less then

  ServerTime at(std::int64_t frame) const {
    ServerTime exact = sync::Timeline(start, format.sample_rate).at(frame);
    return exact + micros(std::llround(static_cast<double>((exact - start).us) * stretch));
  }
  Bytes chunk(std::int64_t first, std::size_t frames) {
    bool any = first + static_cast<std::int64_t>(frames) < careless;
    if (any && samples_.size() == frames * static_cast<std::size_t>(format.channels)) return last_;
    samples_.clear();
    for (std::size_t i = 0; i < frames; ++i)
      for (int c = 0; c < format.channels; ++c)
        samples_.push_back(signal(first + static_cast<std::int64_t>(i)));
    if (!encoder_) encoder_ = *codec::ChunkEncoder::create(format, codec::kChunkFramesMost);
    std::string bytes;
    INVARIANT(encoder_->encode(samples_, bytes));
    last_ = Bytes(std::move(bytes));
    return last_;
  }
  // Sends chunks until `until`, as far as the player's bytes allow.
  void send(Playout& playout, ServerTime until, std::size_t frames) {
    for (; at(next) < until; next += static_cast<std::int64_t>(frames)) {
      Bytes bytes = chunk(next, frames);
      if (playout.buffer().bytes() + bytes.size() > playout.buffer().capacity()) return;
      playout.buffer().push(at(next), bytes);
    }
  }

 private:
  std::vector<float> samples_;
  Bytes last_;
  std::unique_ptr<codec::ChunkEncoder> encoder_;
};

// Its clock is the local one; frame k sounds k / (rate (1 + ppm)) after its start.
struct Device {
  // jitter: of the times it tells, both ways.
  explicit Device(double fast_ppm = 0, double jitter = 0, std::uint64_t seed = 1)
      : ppm(fast_ppm), jitter_us(jitter), noise_(seed) {}
  double ppm;
  double jitter_us;
  double now_us = 0;  // when the next frame sounds, local

  // One callback. Says `heard(local time of a frame, its samples)` for each.
  template <class Heard>
  std::size_t run(Playout& playout, const sync::ClockSnapshot& clock, std::size_t frames,
                  Heard heard) {
    auto width = static_cast<std::size_t>(playout.shape().channels);
    double frame_us = 1e6 / (playout.shape().rate * (1 + ppm * 1e-6));
    out_.assign(frames * width, 9.0F);
    double off = (static_cast<double>(noise_.next() >> 11) / 4503599627370496.0 - 1) * jitter_us;
    sync::ClientTime when{static_cast<std::int64_t>(std::llround(now_us + off))};
    std::size_t made = playout.fill(out_, when, clock);
    for (std::size_t i = 0; i < made; ++i, now_us += frame_us)
      heard(now_us, std::span<const float>(out_).subspan(i * width, width));
    return made;
  }
  std::uint64_t draw(std::uint64_t n) { return noise_.next() % n; }

 private:
  SeededChoose noise_;
  std::vector<float> out_;
};

// The server's clock is 5 s ahead of the local one and gains 20 ppm on it.
inline sync::ClockSnapshot clock_at(double local_us, double drift = 20e-6) {
  sync::ClockSnapshot clock;
  clock.at = {static_cast<std::int64_t>(local_us)};
  clock.base_us = 5'000'000;
  clock.offset_us = drift * static_cast<double>(clock.at.us);
  clock.drift = drift;
  clock.error_us = 10;
  clock.updates = 1;
  return clock;
}

}  // namespace tutti::player::kit
