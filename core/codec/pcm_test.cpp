// Guards: what whole numbers floats become, in which bytes, and which combinations there are.
// How: bytes written by hand, statistics of the dither's error, and each format tried.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/codec/codec_test_kit.hpp"
#include "core/codec/quantize.hpp"

using namespace tutti;
using namespace tutti::codec;

namespace {

std::string encoded(int bits, const std::vector<float>& samples) {
  auto encoder = ChunkEncoder::create({Codec::pcm, 48'000, 1, bits}, 4800);
  REQUIRE(encoder);
  std::string bytes;
  REQUIRE((*encoder)->encode(samples, bytes));
  return bytes;
}

std::vector<float> decoded(int bits, std::string_view bytes) {
  auto decoder = ChunkDecoder::create({Codec::pcm, 48'000, 1, bits}, {});
  REQUIRE(decoder);
  std::vector<float> out;
  REQUIRE((*decoder)->decode(as_bytes(bytes), out));
  return out;
}

}  // namespace

TEST_CASE("pcm: samples are little-endian, 24 bits in three bytes, and clip at full scale") {
  std::vector<float> samples{0.5F, -1.0F, 1.0F, -2.0F};
  using namespace std::string_literals;
  CHECK(encoded(16, samples) == "\x00\x40\x00\x80\xff\x7f\x00\x80"s);
  CHECK(encoded(24, samples) == "\x00\x00\x40\x00\x00\x80\xff\xff\x7f\x00\x00\x80"s);
  CHECK(encoded(32, samples) ==
        "\x00\x00\x00\x40\x00\x00\x00\x80\xff\xff\xff\x7f\x00\x00\x00\x80"s);
  CHECK(encoded(16, {std::numeric_limits<float>::quiet_NaN()}) == "\0\0"s);
}

TEST_CASE("pcm: what has so many bits already comes back bit for bit") {
  AudioFormat format{Codec::pcm, 48'000, 1, 16};
  for (int bits : {16, 24, 32}) {
    auto samples = kit::with_bits(kit::music(format, 4800), bits == 32 ? 24 : bits);
    CHECK(decoded(bits, encoded(bits, samples)) == samples);
  }
}

TEST_CASE("pcm: 16 bits of finer music are dithered: the error is noise of 1/2 LSB, mean 0") {
  // A level that rounding alone would make a constant of: dither keeps its mean.
  std::vector<float> in(48'000, 0.3F / 32768.0F);
  std::vector<std::int32_t> out(in.size());
  Quantizer quantizer(16);
  quantizer.quantize(in, out);
  double sum = 0, squares = 0;
  for (std::int32_t value : out) {
    sum += value - 0.3;
    squares += (value - 0.3) * (value - 0.3);
    CHECK_MESSAGE(std::abs(value) <= 1, value);
  }
  CHECK(std::abs(sum / 48'000) < 0.01);
  // Triangular dither and rounding together: 1/6 + 1/12 LSB squared, whatever the input is.
  CHECK(squares / 48'000 == doctest::Approx(0.25).epsilon(0.02));
}

TEST_CASE("pcm: silence stays silent") {
  std::vector<float> in(4800, 0.0F);
  CHECK(encoded(16, in) == std::string(9600, '\0'));
}

TEST_CASE("codec: each format that check() lets pass has encoder and decoder, no other has") {
  int made = 0;
  for (Codec codec : {Codec::pcm, Codec::flac, Codec::opus})
    for (int rate : {0, 4000, 8000, 11'025, 44'100, 48'000, 96'000, 384'000, 768'000})
      for (int channels : {0, 1, 2, 6, 8, 9})
        for (int bits : {8, 16, 20, 24, 32}) {
          AudioFormat format{codec, rate, channels, bits};
          auto encoder = ChunkEncoder::create(format, 960);
          auto decoder = ChunkDecoder::create(format, {});
          CHECK(encoder.has_value() == check(format).has_value());
          CHECK(decoder.has_value() == check(format).has_value());
          if (!encoder) CHECK(encoder.error().code == Code::unsupported);
          made += encoder.has_value() ? 1 : 0;
        }
  // 7 rates of 9, 4 channel counts of 6; opus: 2 rates, 2 channel counts, and any bits.
  CHECK(made == 7 * 4 * 3 + 7 * 4 * 2 + 2 * 2 * 5);
}

TEST_CASE("codec: a chunk of the wrong length is refused and leaves nothing behind") {
  for (Codec codec : {Codec::pcm, Codec::flac, Codec::opus}) {
    AudioFormat format{codec, 48'000, 2, 16};
    auto encoder = ChunkEncoder::create(format, 960);
    REQUIRE(encoder);
    std::string out = "before";
    for (std::size_t samples : {0, 1919, 1921, 1922, 4000}) {
      std::vector<float> silence(samples);
      CHECK((*encoder)->encode(silence, out).error().code == Code::bad_request);
    }
    CHECK(out == "before");
    CHECK((*encoder)->encode(std::vector<float>(1920), out));
    CHECK(out.size() > 6);
  }
  CHECK(!ChunkEncoder::create({Codec::flac, 48'000, 2, 16}, 65'536));
  CHECK(!ChunkEncoder::create({Codec::flac, 48'000, 2, 16}, 15));
}
