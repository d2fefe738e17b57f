// Guards: Opus chunks have exact lengths, a stated delay, and a state that lives with the stream.
// How: what comes out is compared with what went in, shifted by the delay.
#include <doctest/doctest.h>

#include "core/codec/codec_test_kit.hpp"

using namespace tutti;
using namespace tutti::codec;

namespace {

// Signal to difference in dB, of `out` shifted by `delay` frames.
double snr(const std::vector<float>& in, const std::vector<float>& out, std::size_t delay) {
  double signal = 0, difference = 0;
  for (std::size_t i = 0; i + delay < std::min(in.size(), out.size()); ++i) {
    signal += in[i] * in[i];
    difference += (in[i] - out[i + delay]) * (in[i] - out[i + delay]);
  }
  return 10 * std::log10(signal / difference);
}

std::vector<float> tone(const AudioFormat& format, std::size_t frames) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < frames; ++i)
    for (int c = 0; c < format.channels; ++c)
      samples.push_back(0.5F * static_cast<float>(std::sin(static_cast<double>(i) * 0.2373)));
  return samples;
}

struct Coded {
  std::vector<float> out;
  std::size_t delay = 0;
};

// anew: with an encoder and a decoder for each chunk, the fault that this guards against.
Coded coded(const AudioFormat& format, const std::vector<float>& in, std::size_t frames,
            bool anew) {
  auto encoder = ChunkEncoder::create(format, frames);
  auto decoder = ChunkDecoder::create(format, {});
  Coded result{{}, (*encoder)->delay_frames()};
  std::vector<float> some;
  std::string chunk;
  auto take = [&] {
    auto n = (*decoder)->decode(as_bytes(chunk), some);
    REQUIRE(n);
    result.out.insert(result.out.end(), some.begin(), some.end());
    chunk.clear();
    return *n;
  };
  for (std::size_t at = 0; at + frames <= in.size() / 2; at += frames) {
    if (anew) encoder = ChunkEncoder::create(format, frames);
    if (anew) decoder = ChunkDecoder::create(format, {});
    REQUIRE((*encoder)->encode(kit::frames_of(in, format, at, frames), chunk));
    CHECK(take() == frames);
  }
  REQUIRE((*encoder)->flush(chunk));
  CHECK(take() == result.delay);
  return result;
}

}  // namespace

TEST_CASE("opus: every length of packet gives its frames, delayed by exactly what is said") {
  AudioFormat format{Codec::opus, 48'000, 2, 16};
  auto in = tone(format, 48'000);
  for (std::size_t frames : {120, 240, 480, 960, 1920, 2880}) {
    Coded result = coded(format, in, frames, false);
    CHECK(result.delay == 120);
    // With the flush nothing of what went in is missing at the end.
    CHECK(result.out.size() == in.size() / (frames * 2) * (frames * 2) + 2 * result.delay);
    double best = snr(in, result.out, 2 * result.delay);
    CHECK_MESSAGE(best > 20, frames);
    CHECK(best > snr(in, result.out, 2 * result.delay + 2) + 1);
    CHECK(best > snr(in, result.out, 2 * result.delay - 2) + 1);
  }
}

TEST_CASE("opus: an encoder made anew for each chunk would be heard (S7)") {
  AudioFormat format{Codec::opus, 48'000, 2, 16};
  auto in = tone(format, 48'000);
  double lived = snr(in, coded(format, in, 960, false).out, 240);
  double anew = snr(in, coded(format, in, 960, true).out, 240);
  CHECK(lived > anew + 10);
}

TEST_CASE("opus: only the lengths of packets are taken, at every rate") {
  for (int rate : {8000, 12'000, 16'000, 24'000, 48'000}) {
    AudioFormat format{Codec::opus, rate, 1, 16};
    auto encoder = ChunkEncoder::create(format, static_cast<std::size_t>(rate));
    std::size_t lengths = 0;
    for (std::size_t n = 0; n <= static_cast<std::size_t>(rate); ++n)
      if ((*encoder)->takes(n)) {
        ++lengths;
        std::string chunk;
        CHECK((*encoder)->encode(std::vector<float>(n), chunk));
      }
    CHECK(lengths == 6);
    CHECK((*encoder)->delay_frames() == static_cast<std::size_t>(rate) / 400);
  }
}
