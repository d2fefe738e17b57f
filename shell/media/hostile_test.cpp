// Guards: files that are broken, cut, strange or not audio: an error that says why, never a crash,
// never endless. How: good files damaged in drawn places, and files made by hand.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "shell/media/media_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using render::StreamFormat;

namespace {

Code code_of(const std::string& path) {
  Decoded decoded = decode(path);
  REQUIRE_FALSE(decoded.outcome);
  CHECK(decoded.outcome.error().text.find(path) != std::string::npos);
  return decoded.outcome.error().code;
}

}  // namespace

TEST_CASE("decode: what is no music is an error that names the file") {
  TempDir folder;
  CHECK(code_of(folder / "missing.flac") == Code::not_found);
  spill(folder / "empty.mp3", "");
  CHECK(code_of(folder / "empty.mp3") == Code::corrupt);
  spill(folder / "text.ogg", "Dear diary, today nothing was heard.\n");
  CHECK(code_of(folder / "text.ogg") == Code::corrupt);
  SeededChoose random(1);
  std::string noise(300'000, '\0');
  for (char& c : noise) c = static_cast<char>(random.next() >> 56);
  spill(folder / "noise.mp3", noise);
  CHECK_FALSE(decode(folder / "noise.mp3").outcome);
  // A playlist would make the decoder open what it names.
  spill(folder / "list.m3u8", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n");
  CHECK(code_of(folder / "list.m3u8") == Code::corrupt);
  CHECK(code_of(folder / "") == Code::unsupported);
  REQUIRE(::mkfifo((folder / "pipe.mp3").c_str(), 0600) == 0);  // nobody will ever write to it
  CHECK(code_of(folder / "pipe.mp3") == Code::unsupported);
}

TEST_CASE("decode: a file that was cut plays as far as it goes and says what is missing") {
  TempDir folder;
  auto samples = music(44'100, 10 * 44'100);
  for (auto [format, name] :
       {std::pair{StreamFormat::wav, "a.wav"}, {StreamFormat::flac, "a.flac"}}) {
    CAPTURE(name);
    spill(folder / "whole.wav",
          encoded({.format = StreamFormat::wav, .sample_rate = 44'100}, samples));
    REQUIRE(ffmpeg("-i " + folder / "whole.wav" + " " + folder / name));
    std::string bytes = slurp(folder / name);
    spill(folder / name, bytes.substr(0, bytes.size() / 2));
    Decoded cut = decode(folder / name);
    CHECK(cut.frames() > 4 * 44'100);
    CHECK(cut.frames() < 6 * 44'100);
    CHECK(std::equal(cut.samples.begin(), cut.samples.end(), samples.begin()));
    if (cut.info.frames < 0) continue;  // a WAV takes its length from the file's
    if (cut.info.frames == static_cast<std::int64_t>(cut.frames())) continue;
    REQUIRE_FALSE(cut.outcome);
    CHECK(cut.outcome.error().code == Code::corrupt);
  }
}

TEST_CASE("decode: damaged anywhere, a file ends or fails, and never brings more than it could") {
  TempDir folder;
  auto samples = music(48'000, 48'000);
  std::vector<std::pair<std::string, std::string>> files;
  for (auto format : {StreamFormat::wav, StreamFormat::flac, StreamFormat::mp3, StreamFormat::opus})
    files.emplace_back(std::to_string(static_cast<int>(format)),
                       encoded({.format = format}, samples));
  spill(folder / "w.wav", files[0].second);
  for (const char* name : {"a.m4a", "a.ogg", "a.wv", "a.aiff", "a.wma"}) {
    REQUIRE(ffmpeg("-i " + folder / "w.wav" + " " + folder / name));
    files.emplace_back(name, slurp(folder / name));
  }
  CHECK_FOR_ALL(1, 150, [&](Choose& choose) -> explore::Broken {
    auto [name, bytes] = explore::pick(choose, files, "file");
    auto size = static_cast<std::uint32_t>(bytes.size());
    for (std::uint32_t i = choose.choose(12, "damages"); i > 0; --i)
      bytes[choose.choose(i % 2 == 0 ? 600 : size, "where")] =
          static_cast<char>(choose.choose(256, "byte"));
    if (choose.choose(3, "cut") == 1) bytes.resize(choose.choose(size, "size"));
    spill(folder / "damaged", bytes);
    Decoded decoded = decode(folder / "damaged");
    FAIL_UNLESS(decoded.frames() < 40 * 48'000);
    if (!decoded.outcome) FAIL_UNLESS(!decoded.outcome.error().text.empty());
    auto source = media().open_source(folder / "damaged");
    std::vector<float> rest;
    if (source && (*source)->seek(choose.choose(60'000, "seek")))
      (void)read_on(**source, rest, 9000);
    return explore::kHolds;
  });
}

TEST_CASE(
    "decode: an Ogg of several, one after the other, is heard whole; a change of rate is refused") {
  TempDir folder;
  auto samples = music(48'000, 3 * 48'000);
  std::string one = encoded({.format = StreamFormat::opus}, samples);
  spill(folder / "w.wav", encoded({.format = StreamFormat::wav}, samples));
  REQUIRE(
      ffmpeg("-i " + folder / "w.wav" + " -c:a libvorbis -serial_offset 1 " + folder / "1.ogg"));
  REQUIRE(
      ffmpeg("-i " + folder / "w.wav" + " -c:a libvorbis -serial_offset 9 " + folder / "2.ogg"));
  REQUIRE(ffmpeg("-i " + folder / "w.wav" + " -ar 32000 -c:a libvorbis -serial_offset 5 " +
                 folder / "3.ogg"));
  std::string first = slurp(folder / "1.ogg");
  spill(folder / "chain.ogg", first + slurp(folder / "2.ogg"));
  Decoded single = decode(folder / "1.ogg");
  Decoded chain = decode(folder / "chain.ogg");
  REQUIRE_MESSAGE(chain.outcome, chain.outcome.error().text);
  CHECK(chain.info.frames == -1);
  // Between the links a Vorbis decoder gives back the half block that it held.
  CHECK(std::abs(static_cast<double>(chain.frames()) - 6 * 48'000) < 2048);
  CHECK(std::equal(single.samples.begin(), single.samples.begin() + 2 * 48'000 * 2,
                   chain.samples.begin()));
  auto source = media().open_source(folder / "chain.ogg");
  REQUIRE(source);
  REQUIRE((*source)->seek(200'000));
  std::vector<float> rest;
  REQUIRE(read_on(**source, rest, 1000));
  CHECK(std::equal(rest.begin(), rest.end(), chain.samples.begin() + 400'000));
  spill(folder / "mixed.ogg", first + slurp(folder / "3.ogg"));
  Decoded mixed = decode(folder / "mixed.ogg");
  REQUIRE_FALSE(mixed.outcome);
  CHECK(mixed.outcome.error().code == Code::unsupported);
  CHECK(mixed.frames() >= 2 * 48'000);
}

TEST_CASE("decode: the memory of a long file is that of a short one") {
  TempDir folder;
  REQUIRE(
      ffmpeg("-f lavfi -i anoisesrc=d=1200:r=44100:a=0.1 -ac 2 -c:a flac -compression_level 0 " +
             folder / "long.flac"));
  REQUIRE(std::filesystem::file_size(folder / "long.flac") > 100'000'000);
  auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // KiB
  };
  auto source = media().open_source(folder / "long.flac");
  REQUIRE(source);
  std::vector<float> block(2 * 4096);
  REQUIRE((*source)->read(block));
  long before = peak();
  std::size_t frames = 0;
  for (std::size_t n = 1; n > 0;) {
    auto got = (*source)->read(block);
    REQUIRE(got);
    frames += n = *got;
  }
  CHECK(frames > 1'190UL * 44'100);
  CHECK(peak() - before < 8 * 1024);
}
