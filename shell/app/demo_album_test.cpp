// Guards: the demo album: all of it plays, says what it is, and two of its tracks are one. How: it
// is rendered, decoded again, and what a second run does is looked at.
#include "shell/app/demo_album.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/sound/loudness.hpp"
#include "shell/media/media_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
namespace fs = std::filesystem;

namespace {

void check_track(const std::string& path, const std::string& codec, int number) {
  CAPTURE(path);
  Decoded track = decode(path);
  REQUIRE_MESSAGE(track.outcome, said(track.outcome));
  CHECK(track.info.codec == codec);
  CHECK(track.info.channels == 2);
  CHECK(track.info.frames == static_cast<std::int64_t>(track.samples.size() / 2));
  CHECK(track.info.frames > 30LL * track.info.sample_rate);
  sound::LoudnessMeter meter(track.info.sample_rate, 2);
  meter.add(track.samples);
  CHECK(meter.integrated().value_or(0) > -16.5);
  CHECK(meter.integrated().value_or(0) < -12.5);
  CHECK(meter.sample_peak() < 1);
  TagReader reader;
  fs::path file(path);
  auto record = reader.read(file.parent_path().string(), file.filename().string(), true);
  REQUIRE_MESSAGE(record, said(record));
  CHECK(record->tags.album == "Rooms");
  CHECK(record->tags.track == library::Numbered{number, 5});
  CHECK(record->tags.disc == library::Numbered{1, 1});
  CHECK(record->tags.comment.find("CC0") != std::string::npos);
  CHECK(path.find(record->tags.title) != std::string::npos);  // the title is in the name
  CHECK(record->picture == slurp((file.parent_path() / "cover.png").string()));
}

}  // namespace

TEST_CASE("demo album: five tracks in four formats, tagged, with exact lengths and a cover") {
  TempDir temp;
  std::string folder = temp / "demo";
  double last = 0;
  CHECK_FALSE(has_demo_album(folder));
  fs::create_directories(folder + "/.demo.tmp-1");  // of a run that was killed
  auto done = render_demo_album(folder, [&](double part, const std::string&) {
    CHECK(part >= last);
    last = part;
  });
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
  CHECK(last == 1);
  CHECK(has_demo_album(folder));
  CHECK(fs::file_size(folder + "/cover.png") > 10'000);
  const char* codecs[] = {"mp3", "flac", "flac", "opus", "aac"};
  auto files = demo_album_files();
  REQUIRE(files.size() == 5);
  for (std::size_t i = 0; i < 5; ++i)
    check_track(folder + "/" + files[i], codecs[i], static_cast<int>(i) + 1);
  // Nothing is left of the work.
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 6);
  // Where the two FLACs meet there is neither silence nor a step.
  auto stairs = decode(folder + "/" + files[1]).samples;
  auto hallway = decode(folder + "/" + files[2]).samples;
  double step = std::abs(stairs[stairs.size() - 2] - hallway[0]);
  double loud = 0;
  for (std::size_t i = 0; i < 4000; ++i)
    loud = std::max(loud, static_cast<double>(std::abs(stairs[stairs.size() - 1 - i])));
  CHECK(loud > 0.02);
  CHECK(step < 0.05);
}

TEST_CASE("demo album: where nothing can be written the error says so") {
  auto done = render_demo_album("/proc/nowhere", [](double, const std::string&) {});
  REQUIRE_FALSE(done);
  CHECK(done.error().text.find("/proc/nowhere") != std::string::npos);
}
