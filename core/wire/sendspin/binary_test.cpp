// Guards: binary frames are the bytes that the specification names, and no bytes from a peer are
// read beyond their end. How: frames written out by hand, and properties over random ones.
#include "core/wire/sendspin/binary.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <vector>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::wire::sendspin;

namespace {
std::string header(std::uint8_t type, std::int64_t us) {
  std::array<std::byte, kFrameHeader> bytes{};
  write_frame_header(bytes, type, ServerTime{us});
  return std::string(as_text(bytes));
}
std::string hex_of(std::string_view frame) { return hex(as_bytes(frame)); }
Visual visual_of(std::string_view frame, std::size_t bins = 0) {
  auto parsed = parse_frame(as_bytes(frame));
  REQUIRE(parsed);
  auto visual = parse_visual(*parsed, bins);
  REQUIRE(visual);
  return *visual;
}
}  // namespace

TEST_CASE("sendspin binary: a header is its type and the time, big-endian") {
  CHECK(hex_of(header(kPlayerAudio, 0x0102030405060708)) == "040102030405060708");
  CHECK(hex_of(header(kArtworkFirst + 3, -1)) == "0bffffffffffffffff");
  std::string chunk = header(kPlayerAudio, 1'700'000) + "audio";
  auto frame = parse_frame(as_bytes(chunk));
  REQUIRE(frame);
  CHECK(frame->type == 4);
  CHECK(frame->at.us == 1'700'000);
  CHECK(frame->data.data() == as_bytes(chunk).data() + 9);  // not a copy
  CHECK(as_text(frame->data) == "audio");
  // An empty image clears its channel.
  std::string clear = header(kArtworkFirst, 5);
  CHECK(parse_frame(as_bytes(clear))->data.empty());
}

TEST_CASE("sendspin binary: a frame shorter than its header is an error") {
  std::string chunk = header(kPlayerAudio, 7);
  for (std::size_t size = 0; size < kFrameHeader; ++size) {
    auto frame = parse_frame(as_bytes(std::string_view(chunk).substr(0, size)));
    REQUIRE(!frame);
    CHECK(frame.error().code == Code::bad_request);
  }
}

TEST_CASE("sendspin binary: values of the visualizer have the sizes that small players expect") {
  ServerTime at{0x10};
  CHECK(hex_of(visual_frame(at, Loudness{0x1234})) == "1000000000000000101234");
  CHECK(hex_of(visual_frame(at, Beat{true})) == "11000000000000001001");
  CHECK(hex_of(visual_frame(at, Beat{false})) == "11000000000000001000");
  CHECK(hex_of(visual_frame(at, FrequencyPeak{440, 0xabcd})) == "12000000000000001001b8abcd");
  std::array<std::uint16_t, 3> bins{1, 0x8000, 0xffff};
  CHECK(hex_of(visual_frame(at, bins)) == "13000000000000001000018000ffff");
  CHECK(hex_of(visual_frame(at, Peak{200})) == "140000000000000010c8");
}

TEST_CASE("sendspin binary: a beat's other flags and bytes behind a value are ignored") {
  CHECK(std::get<Beat>(visual_of(header(kBeat, 0) + "\xfe")) == Beat{false});
  CHECK(std::get<Beat>(visual_of(header(kBeat, 0) + "\xff")) == Beat{true});
  CHECK(std::get<Loudness>(visual_of(header(kLoudness, 0) + "\x01\x02\x03")) == Loudness{0x0102});
  std::string longer = header(kSpectrum, 0) + "abcdef";
  auto spectrum = std::get<SpectrumView>(visual_of(longer, 2));
  CHECK(spectrum.size() == 2);
  CHECK(spectrum[1] == 0x6364);
}

TEST_CASE("sendspin binary: levels are decibels from -60 to 0, and every level survives") {
  CHECK(visual_level(-60) == 0);
  CHECK(visual_level(-61) == 0);
  CHECK(visual_level(0) == 65'535);
  CHECK(visual_level(6) == 65'535);
  CHECK(visual_level(-30) == 32'768);
  CHECK(visual_level(-std::numeric_limits<double>::infinity()) == 0);
  CHECK(visual_level(std::numeric_limits<double>::quiet_NaN()) == 0);
  CHECK(visual_db(0) == -60);
  CHECK(visual_db(65'535) == 0);
  for (std::uint32_t level = 0; level <= 65'535; ++level)
    REQUIRE(visual_level(visual_db(static_cast<std::uint16_t>(level))) == level);
}

TEST_CASE("sendspin binary: any bytes are a frame or an error, and a value stays inside them") {
  CHECK_FOR_ALL(71, 2'000, [](Choose& choose) -> explore::Broken {
    std::string bytes = explore::draw_bytes(choose, 24);
    if (!bytes.empty() && choose.choose(4, "aimed") != 0)
      bytes[0] = static_cast<char>(16 + choose.choose(6, "type"));
    std::size_t bins = choose.choose(12, "bins");
    auto frame = parse_frame(as_bytes(bytes));
    FAIL_UNLESS(frame.has_value() == (bytes.size() >= kFrameHeader));
    if (!frame) return explore::kHolds;
    FAIL_UNLESS(header(frame->type, frame->at.us) + std::string(as_text(frame->data)) == bytes);
    auto visual = parse_visual(*frame, bins);
    FAIL_UNLESS(!visual || (frame->type >= kLoudness && frame->type <= kPeak));
    if (!visual) return explore::kHolds;
    if (const auto* spectrum = std::get_if<SpectrumView>(&*visual)) {
      FAIL_UNLESS(spectrum->size() == bins);
      for (std::size_t i = 0; i < bins; ++i)
        FAIL_UNLESS((*spectrum)[i] == load_be<std::uint16_t>(frame->data.data() + 2 * i));
    }
    return explore::kHolds;
  });
}

TEST_CASE("sendspin binary: what is written is read back") {
  CHECK_FOR_ALL(72, 500, [](Choose& choose) -> explore::Broken {
    ServerTime at{static_cast<std::int64_t>(explore::draw_bits(choose, "time"))};
    auto word = [&] { return static_cast<std::uint16_t>(choose.choose(65'536, "word")); };
    std::vector<std::uint16_t> bins(1 + choose.choose(64, "bins"));
    for (auto& bin : bins) bin = word();
    std::string frame = visual_frame(at, bins);
    FAIL_UNLESS(parse_frame(as_bytes(frame))->at == at);
    auto view = std::get<SpectrumView>(visual_of(frame, bins.size()));
    for (std::size_t i = 0; i < bins.size(); ++i) FAIL_UNLESS(view[i] == bins[i]);
    FrequencyPeak peak{word(), word()};
    FAIL_UNLESS(std::get<FrequencyPeak>(visual_of(visual_frame(at, peak))) == peak);
    Loudness loudness{word()};
    FAIL_UNLESS(std::get<Loudness>(visual_of(visual_frame(at, loudness))) == loudness);
    Peak onset{static_cast<std::uint8_t>(choose.choose(256, "strength"))};
    FAIL_UNLESS(std::get<Peak>(visual_of(visual_frame(at, onset))) == onset);
    return explore::kHolds;
  });
}
