// Guards: a walk finds each audio file once, in order, whatever the tree holds, and ends. How: real
// trees with links, loops, pipes, odd names, ignored and unreadable parts.
#include "shell/disk/walker.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "shell/loop/files_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using library::WalkSlice;
using library::WalkStart;

namespace {

struct Walk {
  std::vector<std::string> files;
  std::vector<std::string> passed;
  std::map<std::string, std::string> problems;
  std::size_t slices = 0;
  bool root_gone = false;
};

Walk walk(const std::string& root, std::vector<WalkStart> starts = {{"", true}},
          WalkBudget budget = {}) {
  Walker walker(root, std::move(starts));
  Walk all;
  std::atomic<bool> cancelled = false;
  for (bool finished = false; !finished; ++all.slices) {
    WalkSlice slice = walker.next(budget, cancelled);
    for (auto& directory : slice.directories)
      for (auto& file : directory.files)
        all.files.push_back(join_path(directory.directory, file.name));
    for (auto& problem : slice.problems) all.problems[problem.path] = problem.why.text;
    all.passed.insert(all.passed.end(), slice.passed.begin(), slice.passed.end());
    all.root_gone = all.root_gone || slice.root_gone;
    finished = slice.finished;
  }
  return all;
}

using Files = std::vector<std::string>;

}  // namespace

TEST_CASE("walker: audio files in the order of bytes, one directory after the other") {
  TempDir dir;
  for (const char* name : {"b/2.MP3", "b/1.flac", "a.ogg", "B.ogg", "b c/x.opus", "b/d/y.m4a",
                           "notes.txt", ".hidden.mp3", ".git/z.mp3", "b/cover.jpg"})
    dir.put(name);
  Files expected{"B.ogg", "a.ogg", "b/1.flac", "b/2.MP3", "b/d/y.m4a", "b c/x.opus"};
  Walk all = walk(dir.path());
  CHECK(all.files == expected);
  CHECK(all.problems.empty());
  // However little a slice may take, the sum is the same.
  Walk slow = walk(dir.path(), {{"", true}}, {micros(0), 1});
  CHECK(slow.files == expected);
  CHECK(slow.slices >= 4);
}

TEST_CASE("walker: a track is listed with a mark of what lies beside it") {
  TempDir dir;
  for (const char* name : {"a.mp3", "b.mp3", "other/a.mp3"}) dir.put(name);
  using Marks = std::map<std::string, std::uint64_t>;
  auto marks = [&] {
    Marks found;
    Walker walker(dir.path(), {{"", true}});
    std::atomic<bool> cancelled = false;
    for (bool more = true; more;) {  // a slice ends with its time
      WalkSlice slice = walker.next({}, cancelled);
      for (auto& directory : slice.directories)
        for (auto& file : directory.files)
          found[join_path(directory.directory, file.name)] = file.beside;
      more = !slice.finished;
    }
    return found;
  };
  CHECK(marks() == Marks{{"a.mp3", 0}, {"b.mp3", 0}, {"other/a.mp3", 0}});
  dir.put("a.lrc");
  Marks lyrics = marks();
  CHECK(lyrics["a.mp3"] != 0);
  CHECK(lyrics["b.mp3"] == 0);
  dir.put("folder.png");
  Marks both = marks();
  CHECK(both["a.mp3"] != lyrics["a.mp3"]);
  CHECK(both["b.mp3"] != 0);
  CHECK(both["other/a.mp3"] == 0);
  CHECK(marks() == both);
  dir.put("folder.png", "longer");
  CHECK(marks()["b.mp3"] != both["b.mp3"]);
  std::filesystem::remove(dir / "folder.png");
  CHECK(marks() == lyrics);
  // Neither a directory nor a pipe is a cover.
  dir.put("cover.jpg/x.txt");
  REQUIRE(::mkfifo((dir / "front.jpg").c_str(), 0600) == 0);
  CHECK(marks() == lyrics);
}

TEST_CASE("walker: a start below the root, deep or not, and one that is gone") {
  TempDir dir;
  for (const char* name : {"a/1.mp3", "a/b/2.mp3", "c/3.mp3"}) dir.put(name);
  CHECK(walk(dir.path(), {{"a", true}}).files == Files{"a/1.mp3", "a/b/2.mp3"});
  CHECK(walk(dir.path(), {{"a", false}, {"c", false}}).files == Files{"a/1.mp3", "c/3.mp3"});
  Walk gone = walk(dir.path(), {{"x/y", true}});
  CHECK(gone.files.empty());
  CHECK(gone.passed == Files{"x/y"});
  CHECK(gone.problems.empty());
}

TEST_CASE("walker: links are followed, a loop is not, and a link to nothing is nothing") {
  TempDir dir, other;
  other.put("far.mp3");
  dir.put("a/1.mp3");
  dir.put("a/b/2.mp3");
  std::filesystem::create_directory_symlink(dir.path(), dir / "a/b/up");
  std::filesystem::create_directory_symlink("../b", dir / "a/b/self");
  std::filesystem::create_directory_symlink(other.path(), dir / "other");
  std::filesystem::create_symlink(dir / "a/1.mp3", dir / "one.mp3");
  std::filesystem::create_symlink("nowhere.mp3", dir / "dangling.mp3");
  std::filesystem::create_symlink("itself.mp3", dir / "itself.mp3");
  Walk all = walk(dir.path());
  CHECK(all.files == Files{"one.mp3", "a/1.mp3", "a/b/2.mp3", "other/far.mp3"});
  CHECK(all.passed == Files{"a/b/self", "a/b/up"});
  CHECK(all.problems.contains("itself.mp3"));
}

TEST_CASE("walker: names that are not UTF-8, pipes and sockets") {
  TempDir dir;
  dir.put("\xff\xfe/\xe9t\xe9.mp3");
  dir.put("new\nline.mp3");
  REQUIRE(::mkfifo((dir / "pipe.mp3").c_str(), 0600) == 0);
  Walk all = walk(dir.path());
  CHECK(all.files == Files{"new\nline.mp3", "\xff\xfe/\xe9t\xe9.mp3"});
}

TEST_CASE("walker: .tuttiignore counts from where it lies, also for a start below it") {
  TempDir dir;
  for (const char* name : {"a/1.mp3", "a/demo/2.mp3", "b/demo/3.mp3", "b/4.wav", "b/5.mp3"})
    dir.put(name);
  dir.put(".tuttiignore", "demo/\n*.wav\n");
  dir.put("b/.tuttiignore", "!demo/\n/5.mp3\n");
  CHECK(walk(dir.path()).files == Files{"a/1.mp3", "b/demo/3.mp3"});
  CHECK(walk(dir.path(), {{"a/demo", true}}).passed == Files{"a/demo"});
  CHECK(walk(dir.path(), {{"b", true}}).files == Files{"b/demo/3.mp3"});
}

TEST_CASE("walker: what cannot be looked into is a problem with a reason, and the rest goes on") {
  TempDir dir;
  dir.put("a/1.mp3");
  dir.put("b/2.mp3");
  REQUIRE(::chmod((dir / "a").c_str(), 0) == 0);
  Walk all = walk(dir.path());
  if (::geteuid() != 0) {  // root looks into everything
    CHECK(all.files == Files{"b/2.mp3"});
    REQUIRE(all.problems.contains("a"));
    CHECK(all.problems["a"].find("Permission denied") != std::string::npos);
  }
  CHECK(::chmod((dir / "a").c_str(), 0700) == 0);
  // Deeper than the system can name: said, not followed.
  std::string deep = dir.path();
  int here = ::open(deep.c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 30; ++i) {
    std::string name(200, 'd');
    REQUIRE(::mkdirat(here, name.c_str(), 0700) == 0);
    int next = ::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY);
    ::close(here);
    here = next;
  }
  ::close(here);
  Walk long_path = walk(dir.path());
  CHECK(long_path.files == Files{"a/1.mp3", "b/2.mp3"});
  CHECK(long_path.problems.size() == 1);
}

TEST_CASE("walker: a folder that is missing or empty is gone, one without music is not") {
  TempDir dir;
  CHECK(walk(dir.path()).root_gone);
  CHECK(walk(dir / "missing").root_gone);
  CHECK(walk(dir / "missing").problems.size() == 1);
  dir.put("readme.txt");
  CHECK(!walk(dir.path()).root_gone);
}

TEST_CASE("walker: a cancelled walk stops, and many files in one directory come in one piece") {
  TempDir dir;
  std::size_t count = std::getenv("TUTTI_LONG") != nullptr ? 1'000'000 : 100'000;
  for (std::size_t i = 0; i < count; ++i) {
    int fd = ::open((dir / (std::to_string(i) + ".mp3")).c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(fd >= 0);
    ::close(fd);
  }
  Walk all = walk(dir.path());
  CHECK(all.files.size() == count);
  CHECK(std::is_sorted(all.files.begin(), all.files.end()));
  Walker walker(dir.path(), {{"", true}});
  std::atomic<bool> cancelled = true;
  WalkSlice slice = walker.next({}, cancelled);
  CHECK(slice.directories.empty());
  CHECK(!slice.finished);
}
