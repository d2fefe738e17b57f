// Guards: audio over HTTP: that a stream is made in pieces and its cache holds whole files only.
// How: files of PCM that are written here, in a folder of the test's own.
#include "shell/app/audio_stream.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "shell/app/stream_cache.hpp"
#include "shell/media/media_test_kit.hpp"
#include "shell/speaker/output.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

namespace fs = std::filesystem;

// So many seconds of a slow saw, stereo, 16 bits.
play::TrackFacts write_track(const TempDir& folder, int seconds, const std::string& name) {
  play::TrackFacts facts;
  facts.track = TrackId{7};
  facts.path = folder.path() + "/" + name;
  auto out = open_wav_output(facts.path, {44'100, 2}, 16);
  REQUIRE(out);
  std::vector<float> second(44'100 * 2);
  for (std::size_t i = 0; i < second.size(); ++i)
    second[i] = static_cast<float>(i % 4096) / 8192 - 0.25F;
  for (int s = 0; s < seconds; ++s) REQUIRE((*out)->write(second));
  REQUIRE((*out)->finish());
  return facts;
}

play::StreamWish wish(play::StreamCodec codec) {
  play::StreamWish wish;
  wish.track = TrackId{7};
  wish.codec = codec;
  return wish;
}

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::size_t files_in(const std::string& folder) {
  std::size_t n = 0;
  std::error_code none;
  for ([[maybe_unused]] const auto& each : fs::directory_iterator(folder, none)) ++n;
  return n;
}

}  // namespace

TEST_CASE("audio stream: a long track is never held whole") {
  TempDir folder;
  play::TrackFacts facts = write_track(folder, 600, "long.wav");  // 106 MB
  auto stream = AudioStream::open(media(), facts, wish(play::StreamCodec::wav));
  REQUIRE(stream);
  std::size_t bytes = 0;
  std::int64_t before = 0, most = 0;
  for (;;) {
    auto block = (*stream)->read(65'536);
    REQUIRE(block);
    if (block->empty()) break;
    CHECK(block->size() <= 65'536);
    bytes += block->size();
    if (before == 0) before = resident_bytes();
    most = std::max(most, resident_bytes() - before);
  }
  CHECK(bytes >= 600UL * 44'100 * 4);
#ifndef TUTTI_SANITIZED
  CHECK(most < 16 << 20);
#endif
}

TEST_CASE("audio stream: what is heard from a second on is what the whole has there") {
  TempDir folder;
  play::TrackFacts facts = write_track(folder, 4, "short.wav");
  auto all = [&](Duration from) {
    play::StreamWish from_there = wish(play::StreamCodec::wav);
    from_there.from = from;
    auto stream = AudioStream::open(media(), facts, from_there);
    REQUIRE(stream);
    std::string bytes;
    for (auto block = (*stream)->read(9999); block && !block->empty();
         block = (*stream)->read(9999))
      bytes += *block;
    return bytes;
  };
  std::string whole = all({}), later = all(seconds(3));
  REQUIRE(later.size() > 44'100UL * 4);
  CHECK(whole.ends_with(later.substr(later.size() - 44'100 * 4)));
}

TEST_CASE("audio stream: what cannot be played is refused when it is asked for") {
  TempDir folder;
  play::TrackFacts facts;
  facts.path = folder.path() + "/noise.mp3";
  std::ofstream(facts.path) << std::string(5000, 'x');
  CHECK_FALSE(AudioStream::open(media(), facts, wish(play::StreamCodec::opus)));
  facts.path = folder.path() + "/nothing.mp3";
  CHECK_FALSE(AudioStream::open(media(), facts, wish(play::StreamCodec::opus)));
}

TEST_CASE(
    "stream cache: a file stands under its name when it is whole, and goes when room is needed") {
  TempDir folder;
  play::TrackFacts facts = write_track(folder, 2, "a.wav");
  StreamCache cache(folder.path() + "/cache", 1 << 20);  // room for two of these, not three
  std::atomic<bool> go_on = false;
  CHECK_FALSE(cache.asked_again(wish(play::StreamCodec::wav), "v1"));
  CHECK(cache.asked_again(wish(play::StreamCodec::wav), "v1"));
  CHECK_FALSE(cache.asked_again(wish(play::StreamCodec::wav), "v1"));
  CHECK_FALSE(cache.find(wish(play::StreamCodec::wav), "v1"));
  for (const char* version : {"v1", "v2", "v3"}) {
    auto made = cache.make(media(), facts, wish(play::StreamCodec::wav), version, go_on);
    REQUIRE(made);
    CHECK(made->size > 2UL * 44'100 * 4);
    CHECK(cache.find(wish(play::StreamCodec::wav), version)->size == made->size);
  }
  CHECK(files_in(folder.path() + "/cache") == 2);
  CHECK_FALSE(cache.find(wish(play::StreamCodec::wav), "v1"));
  CHECK(cache.find(wish(play::StreamCodec::wav), "v3"));
}

TEST_CASE("stream cache: what failed leaves nothing") {
  TempDir folder;
  std::atomic<bool> stop = true, go_on = false;
  play::TrackFacts facts = write_track(folder, 2, "a.wav");
  StreamCache cache(folder.path() + "/cache");
  auto cancelled = cache.make(media(), facts, wish(play::StreamCodec::mp3), "v1", stop);
  CHECK(cancelled.error().code == Code::cancelled);
  std::ofstream(facts.path, std::ios::trunc) << std::string(5000, 'x');
  CHECK_FALSE(cache.make(media(), facts, wish(play::StreamCodec::mp3), "v1", go_on));
  CHECK_FALSE(cache.find(wish(play::StreamCodec::mp3), "v1"));
  CHECK(files_in(folder.path() + "/cache") == 0);
}
