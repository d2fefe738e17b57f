// Guards: streams for the network: written front to back, decoded again to what went in. How: each
// format through our own decoder; the bytes come as the samples do.
#include <doctest/doctest.h>

#include "shell/media/media_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using render::EncoderSpec;
using render::StreamFormat;

namespace {

// 20 log of the noise beside the signal, the stream's samples against the original.
double noise_db(const std::vector<float>& original, const std::vector<float>& got) {
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < original.size() && i < got.size(); ++i) {
    signal += original[i] * original[i];
    noise += (original[i] - got[i]) * (original[i] - got[i]);
  }
  return 10 * std::log10(noise / signal);
}

// Without noise: a codec keeps its waveform.
std::vector<float> tones(int rate, std::size_t frames) {
  std::vector<float> out;
  for (std::size_t i = 0; i < frames; ++i) {
    double t = static_cast<double>(i) / rate;
    auto x = static_cast<float>(0.4 * std::sin(2764 * t) + 0.2 * std::sin(5655 * t));
    out.insert(out.end(), {x, x});
  }
  return out;
}

}  // namespace

TEST_CASE("encode: wav and flac of 16 and 24 bits come back bit for bit") {
  TempDir folder;
  std::vector<float> deep = music(48'000, 50'000);
  SeededChoose random(2);
  for (float& x : deep) x += static_cast<float>(random.choose(256, "low")) / 8388608.0F;
  for (int bits : {16, 24}) {
    std::vector<float> samples = bits == 16 ? music(48'000, 50'000) : deep;
    for (StreamFormat format : {StreamFormat::wav, StreamFormat::flac}) {
      spill(folder / "a", encoded({.format = format, .bits = bits}, samples));
      Decoded back = decode(folder / "a");
      REQUIRE_MESSAGE(back.outcome, back.outcome.error().text);
      CHECK(back.samples == samples);
      CHECK(back.info.bits == bits);
    }
  }
}

TEST_CASE("encode: opus has the exact length; mp3 sounds alike") {
  TempDir folder;
  std::vector<float> samples = tones(48'000, 3 * 48'000 + 123);
  spill(folder / "a", encoded({.format = StreamFormat::opus, .kbps = 256}, samples));
  Decoded opus = decode(folder / "a");
  REQUIRE(opus.outcome);
  CHECK(opus.samples.size() == samples.size());
  CHECK(noise_db(samples, opus.samples) < -20);
  spill(folder / "b", encoded({.format = StreamFormat::mp3, .kbps = 256}, samples));
  Decoded mp3 = decode(folder / "b");
  REQUIRE(mp3.outcome);
  // A stream cannot go back to write how long it was: the delay of encoder and decoder stays.
  CHECK(mp3.frames() >= samples.size() / 2);
  CHECK(mp3.frames() <= samples.size() / 2 + 4 * 1152);
  std::vector<float> aligned(mp3.samples.begin() + 2 * 1105, mp3.samples.end());
  CHECK(noise_db(samples, aligned) < -20);
}

TEST_CASE("encode: bytes come while samples go in, not at the end") {
  for (StreamFormat format :
       {StreamFormat::wav, StreamFormat::flac, StreamFormat::mp3, StreamFormat::opus}) {
    auto encoder = media().open_encoder({.format = format});
    REQUIRE(encoder);
    std::string header;
    REQUIRE((*encoder)->encode({}, header));
    CHECK_FALSE(header.empty());
    std::string half_second;
    REQUIRE((*encoder)->encode(music(48'000, 24'000), half_second));
    CHECK(half_second.size() > 2000);
    std::string rest;
    REQUIRE((*encoder)->finish(rest));
    CHECK_FALSE((*encoder)->encode({}, rest));
    CHECK((*encoder)->mime().starts_with("audio/"));
  }
}

TEST_CASE("encode: tags are in the stream; a spec that cannot be is refused") {
  for (StreamFormat format : {StreamFormat::flac, StreamFormat::mp3, StreamFormat::opus}) {
    std::string bytes =
        encoded({.format = format, .tags = {{"title", "Slow Water"}}}, music(48'000, 9000));
    CHECK(bytes.find("Slow Water") != std::string::npos);
  }
  for (EncoderSpec bad :
       {EncoderSpec{.sample_rate = 44'100}, EncoderSpec{.channels = 3},
        EncoderSpec{.format = StreamFormat::mp3, .sample_rate = 96'000},
        EncoderSpec{.format = StreamFormat::flac, .bits = 20}, EncoderSpec{.kbps = 5}}) {
    auto refused = media().open_encoder(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::bad_request);
  }
}

TEST_CASE("encode: beyond full scale is clipped, NaN is silence") {
  TempDir folder;
  spill(folder / "a", encoded({.format = StreamFormat::wav, .channels = 1},
                              std::vector<float>{2, -2, NAN, 0.5F, INFINITY}));
  CHECK(decode(folder / "a").samples == std::vector<float>{32767 / 32768.0F, -1, 0, 0.5F, 0});
}
