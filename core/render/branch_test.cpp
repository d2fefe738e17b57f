// Guards: what each listener's format gets of a stream: every frame once, at its exact time,
// whatever the sizes of slices and chunks, wherever it joined. How: known signals through branches
// and back through the decoders, compared with what went in.
#include "core/render/branch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::render;
using codec::AudioFormat;
using codec::Codec;

namespace {

// Two tones that are together only once a second, the right channel at half: where it is can be
// told from a few frames, and after a day as exactly as at the beginning.
std::vector<float> signal(std::int64_t first, std::size_t frames, int rate, int channels) {
  std::vector<float> out;
  for (std::size_t i = 0; i < frames; ++i) {
    std::int64_t frame = (first + static_cast<std::int64_t>(i)) % rate;
    double turn = 2 * std::numbers::pi * static_cast<double>(frame) / rate;
    double value = 0.3 * std::sin(300 * turn) + 0.2 * std::sin(437 * turn);
    for (int c = 0; c < channels; ++c) out.push_back(static_cast<float>(value / (c + 1)));
  }
  return out;
}

struct Heard {
  std::int64_t first = 0;
  std::vector<float> frames;
  bool dense = true;
};
Heard decode(const Branch& branch, const std::vector<Branch::Chunk>& chunks, std::size_t head) {
  auto decoder = codec::ChunkDecoder::create(branch.format(), branch.codec_header());
  REQUIRE(decoder);
  Heard heard;
  std::vector<float> part;
  std::int64_t next = chunks.empty() ? 0 : chunks.front().first;
  heard.first = next;
  for (const Branch::Chunk& chunk : chunks) {
    auto frames = (*decoder)->decode(as_bytes(chunk.bytes).subspan(head), part);
    REQUIRE(frames);
    heard.dense = heard.dense && chunk.first == next;
    next += static_cast<std::int64_t>(*frames);
    heard.frames.insert(heard.frames.end(), part.begin(), part.end());
  }
  return heard;
}

}  // namespace

TEST_CASE("branch: the stream's own format comes out bit for bit, in chunks of any length") {
  CHECK_FOR_ALL(1, 60, [](Choose& choose) -> explore::Broken {
    AudioFormat format{choose.choose(2, "codec") == 0 ? Codec::pcm : Codec::flac, 44'100, 2, 16};
    auto branch = Branch::create({44'100, 2}, format, 0, 9);
    FAIL_UNLESS(branch.has_value());
    // Sixteen bits exactly, so that nothing is lost to rounding.
    std::vector<float> all = signal(0, 20'000, 44'100, 2);
    for (float& sample : all) sample = std::round(sample * 32768.0F) / 32768.0F;
    std::vector<Branch::Chunk> chunks;
    for (std::size_t at = 0; at < all.size();) {
      std::size_t size = std::min<std::size_t>(2 * choose.choose(5000, "slice"), all.size() - at);
      Duration chunk = millis(15 + static_cast<std::int64_t>(choose.choose(135, "chunk")));
      FAIL_UNLESS((*branch)->push(std::span(all).subspan(at, size), chunk, chunks).has_value());
      at += size;
    }
    FAIL_UNLESS((*branch)->finish(chunks).has_value());
    Heard heard = decode(**branch, chunks, 9);
    FAIL_UNLESS(heard.dense && heard.first == 0 && heard.frames == all);
    return explore::kHolds;
  });
}

TEST_CASE("branch: another rate is at the same times, to the frame, wherever it joined") {
  for (int to : {48'000, 96'000, 22'050}) {
    for (std::int64_t first :
         {std::int64_t{0}, std::int64_t{100'001}, std::int64_t{3'000'000'017}}) {
      auto branch = Branch::create({44'100, 2}, {Codec::pcm, to, 2, 32}, first);
      REQUIRE(branch);
      std::vector<float> in = signal(first, 44'100, 44'100, 2);
      std::vector<Branch::Chunk> chunks;
      for (std::size_t at = 0; at < in.size(); at += 8'820) {
        auto slice = std::span(in).subspan(at, std::min<std::size_t>(8'820, in.size() - at));
        REQUIRE((*branch)->push(slice, millis(100), chunks));
      }
      REQUIRE((*branch)->finish(chunks));
      Heard heard = decode(**branch, chunks, 0);
      CHECK(heard.dense);
      // All of it: the end is the stream's, to a frame.
      auto frames = static_cast<std::int64_t>(heard.frames.size() / 2);
      double end = static_cast<double>(first + 44'100) / 44'100 * to;
      CHECK(std::abs(static_cast<double>(heard.first + frames) - end) <= 1);
      // Within the filter's reach of its ends a resampler sees silence that was not there.
      std::vector<float> exact = signal(heard.first, static_cast<std::size_t>(frames), to, 2);
      double worst = 0;
      for (std::size_t i = 4'000; i + 8'000 < exact.size(); ++i)
        worst = std::max(worst, static_cast<double>(std::abs(exact[i] - heard.frames[i])));
      CHECK(worst < 1e-4);
    }
  }
}

TEST_CASE("branch: opus is at its place in time, its delay counted") {
  auto branch = Branch::create({48'000, 2}, {Codec::opus, 48'000, 2, 16}, 48'000);
  REQUIRE(branch);
  std::vector<Branch::Chunk> chunks;
  REQUIRE((*branch)->push(signal(48'000, 96'000, 48'000, 2), millis(20), chunks));
  REQUIRE((*branch)->finish(chunks));
  CHECK(chunks.front().frames == 960);
  Heard heard = decode(**branch, chunks, 0);
  CHECK(heard.dense);
  std::vector<float> exact = signal(heard.first, heard.frames.size() / 2, 48'000, 2);
  double dot = 0, own = 0, other = 0;
  for (std::size_t i = 9'600; i < 180'000; ++i) {
    dot += exact[i] * heard.frames[i];
    own += exact[i] * exact[i];
    other += heard.frames[i] * heard.frames[i];
  }
  CHECK(dot / std::sqrt(own * other) > 0.99);
}

TEST_CASE("branch: mono and more channels are mixed; what no codec has is refused") {
  auto mono = Branch::create({48'000, 2}, {Codec::pcm, 48'000, 1, 16}, 0);
  REQUIRE(mono);
  std::vector<Branch::Chunk> chunks;
  REQUIRE((*mono)->push(signal(0, 4'800, 48'000, 2), millis(50), chunks));
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].frames == 2'400);
  CHECK(chunks[0].bytes.size() == 4'800);
  for (AudioFormat bad :
       {AudioFormat{Codec::opus, 44'100, 2, 16}, AudioFormat{Codec::pcm, 1, 2, 16},
        AudioFormat{Codec::flac, 48'000, 2, 7}})
    CHECK(Branch::create({48'000, 2}, bad, 0).error().code == Code::unsupported);
}

TEST_CASE("branch: a day of 44.1 kHz at 48 kHz ends where it should") {
  // Joining after a day is where a day of chunks would have led: no rounding is added up.
  std::int64_t day = 24LL * 3600 * 44'100;
  auto branch = Branch::create({44'100, 2}, {Codec::pcm, 48'000, 2, 16}, day);
  REQUIRE(branch);
  CHECK((*branch)->next() == 24LL * 3600 * 48'000);
}
