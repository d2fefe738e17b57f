// Guards: what comes out of the buffer is the timeline, whatever came in and in whatever order.
// How: random losses, orders, repeats and overlaps against the frames that each chunk says it has.
#include "core/player/jitter_buffer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/player/player_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::player;
using Pushed = JitterBuffer::Pushed;

namespace {

const codec::AudioFormat kPcm{codec::Codec::pcm, 48'000, 1, 24};

struct Piece {
  std::int64_t first;  // frame
  std::size_t frames;
};

// What is taken, frame by frame: the number of the frame, or -1 for silence.
std::vector<std::int64_t> drain(JitterBuffer& buffer, const kit::Server& server) {
  std::vector<std::int64_t> heard;
  JitterBuffer::Block block;
  while (buffer.size() > 0) {
    if (!buffer.take(block)) continue;
    heard.insert(heard.end(), block.gap, -1);
    sync::Timeline line(server.start, block.shape.rate);
    std::int64_t frame = line.frame_at(block.at) + static_cast<std::int64_t>(block.first);
    for (float sample : block.samples) {
      // The sample tells which frame it is; so does the block's time.
      if (std::llround(kit::frame_of(sample)) != frame) return {-2};
      heard.push_back(frame++);
    }
  }
  return heard;
}

void shuffle(std::vector<Piece>& pieces, Choose& choose) {
  for (std::size_t i = pieces.size(); i > 1; --i)
    std::swap(pieces[i - 1], pieces[choose.choose(static_cast<std::uint32_t>(i), "order")]);
}

}  // namespace

TEST_CASE("jitter buffer: each frame once, in order, silence where nothing came") {
  CHECK_FOR_ALL(21, 200, [](Choose& choose) -> explore::Broken {
    kit::Server server;
    JitterBuffer buffer(1'000'000);
    FAIL_UNLESS(buffer.start(kPcm, {}).has_value());
    // Pieces of a grid, some lost, some twice, some longer than their place: they overlap the next.
    std::vector<Piece> pieces;
    std::set<std::int64_t> there;
    std::size_t repeats = 0;
    for (std::int64_t i = 0; i < 12; ++i) {
      if (choose.choose(4, "lost") == 3) continue;
      std::size_t frames = 100 + 100 * choose.choose(3, "length");
      pieces.push_back({i * 100, frames});
      for (std::size_t k = 0; k < frames; ++k) there.insert(i * 100 + static_cast<std::int64_t>(k));
      if (choose.choose(5, "twice") == 4) pieces.push_back({i * 100, 100}), ++repeats;
    }
    if (pieces.empty()) return explore::kHolds;
    // A repeat may win over the longer one, so it has the same length as what it repeats.
    for (Piece& a : pieces)
      for (Piece& b : pieces)
        if (a.first == b.first) a.frames = b.frames = std::max(a.frames, b.frames);
    shuffle(pieces, choose);
    std::size_t duplicates = 0;
    for (const Piece& piece : pieces) {
      Pushed pushed = buffer.push(server.at(piece.first), server.chunk(piece.first, piece.frames));
      FAIL_UNLESS(pushed == Pushed::kept || pushed == Pushed::duplicate);
      duplicates += pushed == Pushed::duplicate ? 1 : 0;
    }
    FAIL_UNLESS(duplicates == repeats);
    std::vector<std::int64_t> expected;
    for (std::int64_t frame = *there.begin(); frame <= *there.rbegin(); ++frame)
      expected.push_back(there.contains(frame) ? frame : -1);
    FAIL_UNLESS(drain(buffer, server) == expected);
    FAIL_UNLESS(buffer.bytes() == 0);
    return explore::kHolds;
  });
}

TEST_CASE(
    "jitter buffer: never more bytes than advertised; what is beyond is refused and counted") {
  kit::Server server;
  JitterBuffer buffer(1000);
  REQUIRE(buffer.start(kPcm, {}));
  CHECK(buffer.push(server.at(0), server.chunk(0, 200)) == Pushed::kept);
  CHECK(buffer.push(server.at(200), server.chunk(200, 134)) == Pushed::full);
  CHECK(buffer.push(server.at(200), server.chunk(200, 133)) == Pushed::kept);
  CHECK(buffer.bytes() == 999);
  CHECK(buffer.counters().refused == 1);
  JitterBuffer::Block block;
  CHECK(buffer.take(block));
  CHECK(buffer.bytes() == 399);
  buffer.clear();
  CHECK(buffer.bytes() == 0);
  CHECK(!buffer.take(block));
}

TEST_CASE("jitter buffer: without a stream nothing is taken; clear keeps it, end does not") {
  kit::Server server;
  JitterBuffer buffer(100'000);
  CHECK(buffer.push(server.at(0), server.chunk(0, 200)) == Pushed::no_stream);
  REQUIRE(buffer.start(kPcm, {}));
  CHECK(buffer.push(server.at(0), server.chunk(0, 200)) == Pushed::kept);
  CHECK(buffer.peek()->begins);
  buffer.clear();
  CHECK(buffer.push(server.at(400), server.chunk(400, 200)) == Pushed::kept);
  CHECK(buffer.push(server.at(600), server.chunk(600, 200)) == Pushed::kept);
  buffer.end();
  CHECK(buffer.push(server.at(800), server.chunk(800, 200)) == Pushed::no_stream);
  JitterBuffer::Block block;
  CHECK(buffer.peek()->begins);
  CHECK(buffer.take(block));
  CHECK(block.gap == 0);  // after a clear nothing is missing
  CHECK(!buffer.peek()->begins);
  REQUIRE(buffer.start(kPcm, {}));
  CHECK(buffer.push(server.at(5000), server.chunk(5000, 200)) == Pushed::kept);
  CHECK(buffer.take(block));
  CHECK(buffer.peek()->begins);
}

TEST_CASE("jitter buffer: what is over before it can be taken is late") {
  kit::Server server;
  JitterBuffer buffer(100'000);
  REQUIRE(buffer.start(kPcm, {}));
  buffer.push(server.at(1000), server.chunk(1000, 200));
  JitterBuffer::Block block;
  REQUIRE(buffer.take(block));
  buffer.push(server.at(900), server.chunk(900, 100));
  CHECK(!buffer.take(block));
  CHECK(buffer.counters().late == 1);
  for (std::int64_t i : {1200, 1400, 1600}) buffer.push(server.at(i), server.chunk(i, 200));
  buffer.drop_before(server.at(1500));
  CHECK(buffer.counters().late == 2);
  CHECK(buffer.peek()->at == server.at(1400));
}

TEST_CASE("jitter buffer: stamps that are rounded, or wrong by less than 1 ms, leave no seam") {
  kit::Server server;
  JitterBuffer buffer(100'000);
  REQUIRE(buffer.start(kPcm, {}));
  for (std::int64_t i = 0; i < 10; ++i)
    buffer.push({server.at(i * 100).us + (i % 2 != 0 ? 900 : -90)}, server.chunk(i * 100, 100));
  JitterBuffer::Block block;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(buffer.take(block));
    CHECK(block.gap == 0);
    CHECK(block.samples.size() == 100);
  }
}

TEST_CASE("jitter buffer: formats follow each other on one timeline, each with its own decoder") {
  kit::Server server;
  JitterBuffer buffer(100'000);
  kit::Server flac;
  flac.format.codec = codec::Codec::flac;
  auto encoder = codec::ChunkEncoder::create(flac.format, 400);
  std::vector<std::int64_t> expected;
  for (std::int64_t i = 0; i < 1600; ++i) expected.push_back(i);
  for (std::int64_t i = 0; i < 8; ++i) {
    kit::Server& source = i % 3 == 2 ? flac : server;
    REQUIRE(buffer.start(source.format, i % 3 == 2 ? (*encoder)->codec_header() : ByteView{}));
    CHECK(buffer.push(server.at(i * 200), source.chunk(i * 200, 200)) == Pushed::kept);
  }
  CHECK(drain(buffer, server) == expected);
  // So many changes may wait; then the stream before goes on.
  int refused = 0;
  for (std::int64_t i = 0; i < 12; ++i) {
    kit::Server& source = i % 2 != 0 ? flac : server;
    refused += buffer.start(source.format, {}).has_value() ? 0 : 1;
    buffer.push(server.at(5000 + i * 200), server.chunk(i * 200, 200));
  }
  CHECK(refused > 0);
  CHECK(refused < 8);
}

TEST_CASE("jitter buffer: an opus decoder lives with its stream, over clears too (S7)") {
  codec::AudioFormat opus{codec::Codec::opus, 48'000, 1, 16};
  auto encoder = codec::ChunkEncoder::create(opus, 960);
  auto decoder = codec::ChunkDecoder::create(opus, {});
  JitterBuffer buffer(100'000);
  JitterBuffer::Block block;
  std::vector<float> music(960), expected;
  for (std::int64_t i = 0; i < 20; ++i) {
    for (std::size_t k = 0; k < 960; ++k)
      music[k] = kit::sine(i * 960 + static_cast<std::int64_t>(k));
    std::string chunk;
    REQUIRE((*encoder)->encode(music, chunk));
    REQUIRE((*decoder)->decode(as_bytes(chunk), expected));
    REQUIRE(buffer.start(opus, {}));  // the same again changes nothing
    if (i == 10) buffer.clear();
    buffer.push({1'000'000 + i * 20'000}, Bytes(chunk));
    REQUIRE(buffer.take(block));
    CHECK(std::ranges::equal(block.samples, expected));
  }
}

TEST_CASE("jitter buffer: opus with its delay, flushed, and PCM behind it are one timeline") {
  kit::Server server;  // PCM
  server.signal = kit::sine;
  codec::AudioFormat opus{codec::Codec::opus, 48'000, 1, 16};
  auto encoder = codec::ChunkEncoder::create(opus, 960);
  auto delay = static_cast<std::int64_t>((*encoder)->delay_frames());
  JitterBuffer buffer(100'000);
  REQUIRE(buffer.start(opus, {}));
  std::vector<float> music(960);
  std::string chunk;
  constexpr std::int64_t kEnd = 20 * 960;
  for (std::int64_t first = 0; first < kEnd; first += 960) {
    for (std::size_t k = 0; k < 960; ++k)
      music[k] = kit::sine(first + static_cast<std::int64_t>(k));
    chunk.clear();
    REQUIRE((*encoder)->encode(music, chunk));
    buffer.push(server.at(first - delay), Bytes(chunk));
  }
  chunk.clear();
  REQUIRE((*encoder)->flush(chunk));
  buffer.push(server.at(kEnd - delay), Bytes(chunk));
  REQUIRE(buffer.start(server.format, {}));
  buffer.push(server.at(kEnd), server.chunk(kEnd, 960));
  std::int64_t frame = -delay;
  JitterBuffer::Block block;
  while (buffer.take(block)) {
    CHECK(block.gap == 0);
    CHECK(block.first == 0);
    for (float sample : block.samples) {
      if (frame >= 2000) CHECK_MESSAGE(std::abs(sample - kit::sine(frame)) < 0.05, frame);
      ++frame;
    }
  }
  CHECK(frame == kEnd + 960);
}
