// Guards: editing tags keeps the audio, the rights and the other tags, and leaves the old file or
// the new one whatever happens. How: edits of each format, places that cannot be written, editors
// killed at drawn moments (10; TUTTI_LONG=1: 200).
#include "shell/media/tag_writer.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/base/choose.hpp"
#include "shell/loop/loop.hpp"
#include "shell/media/media_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using library::TagField;
using namespace tutti::shell::test;

namespace {

MediaRecord read(const TempDir& dir, const std::string& name) {
  TagReader reader;
  auto record = reader.read(dir.path(), name);
  REQUIRE_MESSAGE(record, said(record));
  return *record;
}

std::string read_picture(const TempDir& dir, const std::string& name) {
  TagReader reader;
  auto record = reader.read(dir.path(), name, true);
  REQUIRE_MESSAGE(record, said(record));
  return record->picture;
}

std::size_t files_in(const TempDir& dir) {
  auto all = std::filesystem::directory_iterator(dir.path());
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("writer: one edit leaves the other tags, the audio and the mode as they were") {
  TempDir dir;
  for (const auto& [ending, bytes] : plain_files()) {
    if (ending == "dsf") continue;
    INFO(ending);
    std::string name = "x." + ending;
    dir.put(name, bytes);
    REQUIRE(write_tags(dir / name, {{TagField::title, {"One"}}, {TagField::album, {"Album"}}}));
    REQUIRE(::chmod((dir / name).c_str(), 0640) == 0);
    library::ContentId content = read(dir, name).content;
    auto written = write_tags(dir / name, {{TagField::title, {"Two"}}});
    REQUIRE_MESSAGE(written, said(written));
    MediaRecord record = read(dir, name);
    CHECK(record.tags.title == "Two");
    CHECK(record.tags.album == "Album");
    CHECK(record.content == content);
    struct stat info{};
    REQUIRE(::stat((dir / name).c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0640);
    REQUIRE(write_tags(dir / name, {{TagField::album, {}}}));
    CHECK(read(dir, name).tags.album.empty());
  }
  CHECK(files_in(dir) == plain_files().size() - 1);  // nothing is left beside them
}

TEST_CASE("writer: a cover is set and replaced in each format, and an edit of a tag keeps it") {
  TempDir dir;
  REQUIRE(ffmpeg("-f lavfi -i testsrc=size=64x64 -frames:v 1 " + dir / "a.jpg"));
  REQUIRE(ffmpeg("-f lavfi -i testsrc2=size=80x80 -frames:v 1 " + dir / "b.png"));
  REQUIRE(ffmpeg("-f lavfi -i testsrc2=size=80x80 -frames:v 1 " + dir / "c.webp"));
  std::string jpeg = slurp(dir / "a.jpg"), png = slurp(dir / "b.png"), webp = slurp(dir / "c.webp");
  for (const auto& [ending, bytes] : plain_files()) {
    if (ending == "dsf") continue;
    INFO(ending);
    std::string name = "x." + ending;
    dir.put(name, bytes);
    library::ContentId content = read(dir, name).content;
    for (const std::string& cover : {jpeg, png}) {
      auto written = write_tags(dir / name, {{TagField::title, {"One"}}}, cover);
      REQUIRE_MESSAGE(written, said(written));
      CHECK(read_picture(dir, name) == cover);
    }
    REQUIRE(write_tags(dir / name, {{TagField::title, {"Two"}}}));
    CHECK(read_picture(dir, name) == png);
    CHECK(read(dir, name).content == content);
    bool is_mp4 = ending.ends_with("m4a");
    auto third = write_tags(dir / name, {}, webp);
    CHECK(third.has_value() == !is_mp4);
    if (is_mp4) CHECK(third.error().code == Code::unsupported);
    CHECK(read_picture(dir, name) == (is_mp4 ? png : webp));
    CHECK(write_tags(dir / name, {}, "no image").error().code == Code::unsupported);
  }
}

TEST_CASE("writer: what cannot be edited stays byte for byte and says why") {
  TempDir dir;
  dir.put("x.dsf", plain("dsf"));
  CHECK(write_tags(dir / "x.dsf", {{TagField::title, {"T"}}}).error().code == Code::unsupported);
  CHECK(slurp(dir / "x.dsf") == plain("dsf"));
  dir.put("x.flac", plain("flac"));
  CHECK(slurp(dir / "x.flac") == plain("flac"));
  CHECK(write_tags(dir / "missing.flac", {}).error().code == Code::not_found);
  CHECK(files_in(dir) == 2);
  if (::geteuid() == 0) return;  // root writes everywhere
  REQUIRE(::chmod(dir.path().c_str(), 0500) == 0);
  auto refused = write_tags(dir / "x.flac", {{TagField::title, {"T"}}});
  CHECK(refused.error().code == Code::forbidden);
  CHECK(!refused.error().hint.empty());
  CHECK(::chmod(dir.path().c_str(), 0700) == 0);
}

TEST_CASE("writer: a link stays a link, and what it names is edited") {
  TempDir dir, other;
  other.put("real.mp3", plain("mp3"));
  std::filesystem::create_symlink(other / "real.mp3", dir / "link.mp3");
  REQUIRE(write_tags(dir / "link.mp3", {{TagField::title, {"T"}}}));
  CHECK(std::filesystem::is_symlink(dir / "link.mp3"));
  CHECK(read(other, "real.mp3").tags.title == "T");
}

TEST_CASE(
    "writer: killed at any moment it leaves the old file or the new, and the next one tidies") {
  TempDir dir;
  dir.put("x.flac", plain("flac"));
  REQUIRE(write_tags(dir / "x.flac", {{TagField::title, {"old"}}}));
  library::ContentId content = read(dir, "x.flac").content;
  SeededChoose draw(7);
  // A child takes as long to begin as to edit, so moments are drawn from twice that time.
  ServerTime begin = clock_now().mono;
  REQUIRE(write_tags(dir / "x.flac", {{TagField::lyrics, {std::string(50'000, 'l')}}}));
  auto within = static_cast<std::uint32_t>(2 * (clock_now().mono - begin).us);
  int rounds = std::getenv("TUTTI_LONG") != nullptr ? 200 : 10;
  int edited = 0;
  for (int round = 0; round < rounds; ++round) {
    std::string before = read(dir, "x.flac").tags.title;
    std::string title = "title " + std::to_string(round);
    pid_t child = ::fork();
    if (child == 0) {
      (void)write_tags(dir / "x.flac", {{TagField::title, {title}},
                                        {TagField::lyrics, {std::string(50'000, 'l')}}});
      ::_exit(0);
    }
    ::usleep(draw.choose(within, "kill at"));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    MediaRecord record = read(dir, "x.flac");
    CHECK(record.content == content);
    bool is_old = record.tags.title == before, is_new = record.tags.title == title;
    CHECK((is_old || is_new));
    edited += is_new ? 1 : 0;
  }
  MESSAGE(edited, " of ", rounds, " edits were done when they were killed");
  REQUIRE(write_tags(dir / "x.flac", {{TagField::title, {"end"}}}));
  CHECK(files_in(dir) == 1);
}
