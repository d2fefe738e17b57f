// Guards: FLAC chunks of any length are lossless, whole frames of one valid stream.
// How: random cuts decoded chunk by chunk and as one stream; checksums computed anew.
#include <doctest/doctest.h>

#include "core/codec/codec_test_kit.hpp"
#include "core/codec/flac_frame.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::codec;

namespace {

struct Stream {
  std::vector<std::string> chunks;
  std::vector<std::size_t> frames;
};

Stream cut(ChunkEncoder& encoder, const AudioFormat& format, const std::vector<float>& samples,
           std::size_t most, Choose& choose) {
  Stream stream;
  std::size_t total = samples.size() / static_cast<std::size_t>(format.channels);
  for (std::size_t at = 0; at < total;) {
    auto drawn = 1 + choose.choose(static_cast<std::uint32_t>(most), "frames");
    std::size_t n = std::min<std::size_t>(drawn, total - at);
    stream.frames.push_back(n);
    REQUIRE(encoder.encode(kit::frames_of(samples, format, at, n), stream.chunks.emplace_back()));
    at += n;
  }
  return stream;
}

// The coded number of a frame with variable blocks (RFC 9639 section 9.1.5).
std::uint64_t number_of(std::string_view frame) {
  auto lead = static_cast<std::uint8_t>(frame[4]);
  if (lead < 0x80) return lead;
  int more = 0;
  while ((lead << (more + 1) & 0x80) != 0) ++more;
  std::uint64_t number = lead & (0x3f >> more);
  for (int i = 1; i <= more; ++i)
    number = number << 6 | (static_cast<std::uint8_t>(frame[4 + static_cast<std::size_t>(i)]) & 63);
  return number;
}

}  // namespace

TEST_CASE("flac: chunks of any lengths give back every frame, chunk by chunk and as one stream") {
  CHECK_FOR_ALL(11, 60, [](Choose& choose) -> explore::Broken {
    AudioFormat format{Codec::flac, explore::pick(choose, {48'000, 44'100, 11'025, 88'200, 4001}),
                       explore::pick(choose, {2, 1, 6}), explore::pick(choose, {16, 24})};
    auto samples = kit::with_bits(kit::music(format, 3000), format.bits);
    auto encoder = ChunkEncoder::create(format, 1200);
    FAIL_UNLESS(encoder.has_value());
    Stream stream = cut(**encoder, format, samples, 1200, choose);
    auto decoder = ChunkDecoder::create(format, (*encoder)->codec_header());
    FAIL_UNLESS(decoder.has_value());
    std::vector<float> all, some;
    std::string joined;
    std::uint64_t position = 0;
    for (std::size_t i = 0; i < stream.chunks.size(); ++i) {
      const std::string& chunk = stream.chunks[i];
      auto n = (*decoder)->decode(as_bytes(chunk), some);
      FAIL_UNLESS(n.has_value() && *n == stream.frames[i]);
      all.insert(all.end(), some.begin(), some.end());
      FAIL_UNLESS(flac_crc16(chunk) == 0);  // over the frame with its checksum
      FAIL_UNLESS(number_of(chunk) == position);
      position += *n;
      joined += chunk;
    }
    FAIL_UNLESS(all == samples);
    FAIL_UNLESS((*decoder)->decode(as_bytes(joined), some).has_value());
    FAIL_UNLESS(some == samples);
    return explore::kHolds;
  });
}

TEST_CASE("flac: a frame can be placed anywhere in 36 bits, its checksums stay right") {
  AudioFormat format{Codec::flac, 48'000, 2, 16};
  auto encoder = ChunkEncoder::create(format, 4800);
  REQUIRE(encoder);
  std::string chunk;
  REQUIRE((*encoder)->encode(kit::music(format, 4000), chunk));
  // What libFLAC made: the same frame with fixed blocks, of number 0.
  std::string plain = chunk;
  plain[1] = '\xf8';
  std::size_t header = 7;  // 4000 frames: their count in 16 bits behind the number
  plain[header] = static_cast<char>(flac_crc8(std::string_view(plain).substr(0, header)));
  auto crc = flac_crc16(std::string_view(plain).substr(0, plain.size() - 2));
  plain[plain.size() - 2] = static_cast<char>(crc >> 8);
  plain[plain.size() - 1] = static_cast<char>(crc & 0xff);
  for (std::uint64_t at :
       {0ULL, 127ULL, 128ULL, 0x7ffULL, 0x800ULL, 0xffffULL, 0x10000ULL, 0x1fffffULL, 0x200000ULL,
        0x3ffffffULL, 0x4000000ULL, 0x7fffffffULL, 0x80000000ULL, 0xfffffffffULL}) {
    std::string placed;
    place_flac_frame(plain, at, placed);
    CHECK(number_of(placed) == at);
    CHECK(flac_crc16(placed) == 0);
    std::size_t grown = placed.size() - plain.size();
    CHECK(flac_crc8(std::string_view(placed).substr(0, header + grown + 1)) == 0);
    auto decoder = ChunkDecoder::create(format, (*encoder)->codec_header());
    std::vector<float> out;
    CHECK((*decoder)->decode(as_bytes(placed), out).value() == 4000);
  }
}

TEST_CASE("flac: the header says what the stream is; one of another format is refused") {
  AudioFormat format{Codec::flac, 44'100, 2, 24};
  auto encoder = ChunkEncoder::create(format, 4410);
  REQUIRE(encoder);
  std::string header((as_text((*encoder)->codec_header())));
  CHECK(hex(as_bytes(header).first(26)) ==
        "664c6143800000220010113a0000000000000ac44370000000"
        "00");
  CHECK(header.size() == 42);
  CHECK(ChunkDecoder::create(format, as_bytes(header)));
  AudioFormat other = format;
  other.bits = 16;
  CHECK(ChunkDecoder::create(other, as_bytes(header)).error().code == Code::bad_request);
  CHECK(!ChunkDecoder::create(format, as_bytes(header).first(41)));
  header[0] = 'F';
  CHECK(!ChunkDecoder::create(format, as_bytes(header)));
}
