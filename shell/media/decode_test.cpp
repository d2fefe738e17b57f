// Guards: what a file decodes to, to the frame: samples, length, and every seek. How: files made by
// ffmpeg from samples that are known, and the music of Wesnoth against its own granule positions.
#include <doctest/doctest.h>

#include <algorithm>

#include "shell/media/media_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using render::StreamFormat;

namespace {

struct Made {
  const char* name;       // its ending is the container
  const char* arguments;  // of ffmpeg
  const char* codec;
  bool lossless;
  int bits;
  int rate;     // that comes out
  bool length;  // the exact length is known and right
};

// AAC without noise substitution: the decoder draws that noise anew each time.
constexpr Made kMade[] = {
    {"a.flac", "-c:a flac", "flac", true, 16, 44'100, true},
    {"b.flac", "-c:a flac -sample_fmt s32", "flac", true, 24, 44'100, true},
    {"a.wav", "-c:a pcm_s24le", "pcm", true, 24, 44'100, true},
    {"b.wav", "-c:a pcm_f32le", "pcm", true, 32, 44'100, true},
    {"a.aiff", "-c:a pcm_s16be", "pcm", true, 16, 44'100, true},
    {"alac.m4a", "-c:a alac", "alac", true, 16, 44'100, true},
    {"a.wv", "-c:a wavpack", "wavpack", true, 16, 44'100, true},
    {"a.tta", "-c:a tta", "tta", true, 16, 44'100, true},
    {"flac.ogg", "-c:a flac", "flac", true, 16, 44'100, true},
    {"a.caf", "-c:a alac", "alac", true, 16, 44'100, false},
    {"a.mka", "-c:a flac", "flac", true, 16, 44'100, false},
    {"cbr.mp3", "-c:a libmp3lame -b:a 192k", "mp3", false, 0, 44'100, true},
    {"vbr.mp3", "-c:a libmp3lame -q:a 2", "mp3", false, 0, 44'100, true},
    {"half.mp3", "-c:a libmp3lame -ar 22050", "mp3", false, 0, 22'050, true},
    {"aac.m4a", "-c:a aac -aac_pns 0", "aac", false, 0, 44'100, true},
    {"a.ogg", "-c:a libvorbis", "vorbis", false, 0, 44'100, true},
    {"a.opus", "-c:a libopus", "opus", false, 0, 48'000, true},
    {"mono.opus", "-c:a libopus -ac 1", "opus", false, 0, 48'000, true},
    {"bare.mp3", "-c:a libmp3lame -write_xing 0", "mp3", false, 0, 44'100, false},
    {"a.aac", "-c:a aac -aac_pns 0", "aac", false, 0, 44'100, false},
    {"a.wma", "-c:a wmav2", "wmav2", false, 0, 44'100, false},
};

constexpr std::size_t kFrames = 14 * 44'100 + 777;

// Seeks there and compares 3,000 frames with the linear decode; the largest difference.
double seek_error(render::Source& source, const Decoded& whole, std::size_t to) {
  auto sought = source.seek(static_cast<std::int64_t>(to));
  REQUIRE_MESSAGE(sought, (sought ? "" : sought.error().text));
  std::vector<float> got;
  REQUIRE(read_on(source, got, 3000));
  std::size_t left = whole.frames() > to ? whole.frames() - to : 0;
  auto width = static_cast<std::size_t>(whole.info.channels);
  if (got.size() != std::min<std::size_t>(3000, left) * width) return INFINITY;
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, static_cast<double>(std::abs(got[i] - whole.samples[to * width + i])));
  return worst;
}

void check_made(const Made& made, const std::string& path, const std::vector<float>& original) {
  CAPTURE(made.name);
  Decoded whole = decode(path);
  REQUIRE_MESSAGE(whole.outcome, whole.outcome.error().text);
  CHECK(whole.info.codec == made.codec);
  CHECK(whole.info.lossless == made.lossless);
  CHECK(whole.info.bits == made.bits);
  CHECK(whole.info.sample_rate == made.rate);
  if (made.lossless) CHECK(whole.samples == original);
  auto expected = static_cast<std::size_t>(kFrames * static_cast<std::size_t>(made.rate) / 44'100);
  if (made.length) CHECK(whole.info.frames == static_cast<std::int64_t>(whole.frames()));
  if (made.length || made.lossless) {
    CHECK(whole.frames() >= expected);
    CHECK(whole.frames() <= expected + (made.rate == 44'100 ? 0 : 1));
  }
  if (!made.length) CHECK(whole.info.frames == -1);
  auto source = media().open_source(path);
  REQUIRE(source);
  SeededChoose random(3);
  std::size_t all = whole.frames();
  std::vector<std::size_t> places{0, 1, all - 1, all - 1500, all, all + 90'000, 44'100, 44'099};
  for (int i = 0; i < 12; ++i)
    places.push_back(random.choose(static_cast<std::uint32_t>(all), "to"));
  for (std::size_t to : places) {
    CAPTURE(to);
    // Opus converges: its state is never quite forgotten.
    CHECK(seek_error(**source, whole, to) <= (made.codec == std::string("opus") ? 1e-4 : 0));
  }
}

}  // namespace

TEST_CASE(
    "decode: lossless is the original, lengths are exact, seeks are to the frame: every format") {
  TempDir folder;
  std::vector<float> original = music(44'100, kFrames);
  spill(folder / "original.wav",
        encoded({.format = StreamFormat::wav, .sample_rate = 44'100}, original));
  for (const Made& made : kMade) {
    std::string path = folder / made.name;
    REQUIRE(ffmpeg("-i " + folder / "original.wav" + " -bitexact " + made.arguments + " " + path));
    check_made(made, path, original);
  }
}

TEST_CASE("decode: silence at the joint of two MP3s would be heard, so none is left") {
  // One tone in two files; without delay and padding taken off there would be a hole.
  TempDir folder;
  std::vector<float> tone;
  for (int i = 0; i < 88'200; ++i) {
    auto x = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 441 * i / 44'100));
    tone.insert(tone.end(), {x, x});
  }
  std::vector<float> joined;
  for (std::size_t half : {0, 1}) {
    auto bytes = encoded({.format = StreamFormat::wav, .sample_rate = 44'100},
                         std::span(tone).subspan(half * 88'200, 88'200));
    spill(folder / "half.wav", bytes);
    REQUIRE(ffmpeg("-i " + folder / "half.wav" + " -b:a 256k " + folder / "half.mp3"));
    Decoded part = decode(folder / "half.mp3");
    joined.insert(joined.end(), part.samples.begin(), part.samples.end());
  }
  REQUIRE(joined.size() == tone.size());
  double worst = 0;
  for (std::size_t i = 0; i < tone.size(); ++i)
    worst = std::max(worst, static_cast<double>(std::abs(tone[i] - joined[i])));
  CHECK(worst < 0.1);  // a hole would be 0.5 deep
}

TEST_CASE("decode: each Ogg of Wesnoth's music has as many frames as its last granule says") {
  std::filesystem::path shelf;
  for (const char* version : {"1.16", "1.18"}) {
    auto place = std::filesystem::path("/usr/share/games/wesnoth") / version / "data/core/music";
    if (std::filesystem::is_directory(place)) shelf = place;
  }
  if (shelf.empty()) {
    MESSAGE("wesnoth-music is not installed: nothing to compare with");
    return;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shelf)) {
    if (entry.path().extension() != ".ogg") continue;
    ++files;
    CAPTURE(entry.path().string());
    std::string bytes = slurp(entry.path().string());
    std::size_t page = bytes.rfind("OggS");
    std::uint64_t granule = 0;
    for (std::size_t i = 8; i-- > 0;)
      granule = granule << 8 | static_cast<std::uint8_t>(bytes[page + 6 + i]);
    Decoded whole = decode(entry.path().string());
    REQUIRE(whole.outcome);
    CHECK(whole.frames() == granule);
    CHECK(whole.info.frames == static_cast<std::int64_t>(granule));
  }
  CHECK(files > 0);
}
