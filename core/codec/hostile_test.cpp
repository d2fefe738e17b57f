// Guards: no bytes break a decoder, what comes out is bounded, and it recovers with the next chunk.
// How: chunks drawn at random, and good ones with bytes changed, cut or joined.
#include <doctest/doctest.h>

#include "core/codec/codec_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::codec;

namespace {

std::string damaged(std::string chunk, Choose& choose) {
  switch (choose.choose(4, "damage")) {
    case 0: return explore::draw_bytes(choose, 300);
    case 1: return chunk.substr(0, choose.choose(static_cast<std::uint32_t>(chunk.size()), "cut"));
    case 2: return chunk + explore::draw_bytes(choose, 40);
    default: break;
  }
  for (std::uint32_t i = 0, n = 1 + choose.choose(4, "changes"); i < n; ++i)
    chunk[choose.choose(static_cast<std::uint32_t>(chunk.size()), "where")] =
        static_cast<char>(choose.choose(256, "byte"));
  return chunk;
}

}  // namespace

TEST_CASE("codec: any bytes are frames within bounds or an error, and the next chunk decodes") {
  CHECK_FOR_ALL(5, 400, [](Choose& choose) -> explore::Broken {
    AudioFormat format{explore::pick(choose, {Codec::flac, Codec::opus, Codec::pcm}), 48'000,
                       explore::pick(choose, {2, 1}), 16};
    auto encoder = ChunkEncoder::create(format, 960);
    auto decoder = ChunkDecoder::create(format, (*encoder)->codec_header());
    auto samples = kit::with_bits(kit::music(format, 960), 16);
    std::vector<float> out;
    for (int i = 0; i < 4; ++i) {
      std::string good;
      FAIL_UNLESS((*encoder)->encode(samples, good).has_value());
      auto bad = (*decoder)->decode(as_bytes(damaged(good, choose)), out);
      FAIL_UNLESS(bad.has_value() ? *bad >= 1 && *bad <= kChunkFramesMost : out.empty());
      if (bad) FAIL_UNLESS(out.size() == *bad * static_cast<std::size_t>(format.channels));
      auto next = (*decoder)->decode(as_bytes(good), out);
      FAIL_UNLESS(next.has_value() && *next == 960);
      if (format.codec != Codec::opus) FAIL_UNLESS(out == samples);
    }
    return explore::kHolds;
  });
}

TEST_CASE("codec: a damaged FLAC frame is told by its checksum") {
  AudioFormat format{Codec::flac, 48'000, 2, 16};
  auto encoder = ChunkEncoder::create(format, 960);
  auto decoder = ChunkDecoder::create(format, {});
  std::string chunk;
  REQUIRE((*encoder)->encode(kit::music(format, 960), chunk));
  std::vector<float> out;
  for (std::size_t at = 0; at < chunk.size(); at += 37) {
    std::string bad = chunk;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    CHECK((*decoder)->decode(as_bytes(bad), out).error().code == Code::corrupt);
  }
}
