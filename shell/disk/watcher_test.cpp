// Guards: a change below a watched folder is told within a second, also in directories that are new
// or were moved. How: a real loop and a real folder; each case ends when what it waits for came, or
// after ten seconds.
#include "shell/disk/watcher.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>

#include "shell/disk/walker.hpp"
#include "shell/loop/files_test_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using library::WalkStart;

namespace {

struct Watched {
  TempDir dir;
  Loop loop;
  std::vector<WalkStart> told;
  std::vector<Error> lost;
  std::unique_ptr<Watcher> watcher;

  Watched() {
    auto made = Watcher::create(loop, dir.path(),
                                {[this](WalkStart start) {
                                   told.push_back(std::move(start));
                                   walk(told.back());
                                 },
                                 [this](Error why) { lost.push_back(std::move(why)); }});
    REQUIRE(made);
    watcher = std::move(*made);
    walk({"", true});
  }
  // As a scan does: what is to be looked at is watched first.
  void walk(const WalkStart& start) {
    Walker walker(dir.path(), {start});
    walker.before_listing(watcher->adder());
    std::atomic<bool> cancelled = false;
    while (!walker.next({}, cancelled).finished) {
    }
  }
  // Turns the loop until `what` was told; how long it took, in milliseconds, or -1.
  std::int64_t wait_for(WalkStart what) {
    return wait_until([&] { return std::find(told.begin(), told.end(), what) != told.end(); });
  }
  std::int64_t wait_until(const std::function<bool()>& done) {
    ServerTime begin = clock_now().mono;
    bool found = false;
    loop.on_turn([&](Now now) {
      found = done();
      if (found || (now.mono - begin) > seconds(10)) loop.stop();
      loop.set_deadline(now.mono + millis(20));
      return false;
    });
    loop.run();
    return found ? (clock_now().mono - begin).us / 1000 : -1;
  }
};

}  // namespace

TEST_CASE("watcher: a new file is told within a second, and only its directory") {
  Watched watched;
  watched.dir.put("a/1.mp3");
  CHECK(watched.wait_for({"a", true}) >= 0);
  watched.told.clear();
  watched.dir.put("a/2.mp3");
  std::int64_t ms = watched.wait_for({"a", false});
  CHECK(ms >= 0);
  CHECK(ms < 1000);
  CHECK(std::find(watched.told.begin(), watched.told.end(), WalkStart{"", true}) ==
        watched.told.end());
}

TEST_CASE("watcher: a directory that is new, deep, moved or removed is followed") {
  Watched watched;
  watched.dir.put("x/y/z/1.mp3");
  CHECK(watched.wait_for({"x", true}) >= 0);
  watched.told.clear();
  watched.dir.put("x/y/z/2.mp3");
  CHECK(watched.wait_for({"x/y/z", false}) >= 0);
  std::filesystem::rename(watched.dir / "x/y", watched.dir / "w");
  CHECK(watched.wait_for({"x/y", true}) >= 0);
  CHECK(watched.wait_for({"w", true}) >= 0);
  watched.told.clear();
  watched.dir.put("w/z/3.mp3");
  CHECK(watched.wait_for({"w/z", false}) >= 0);
  watched.told.clear();
  std::filesystem::remove_all(watched.dir / "w");
  CHECK(watched.wait_for({"w", true}) >= 0);
  CHECK(watched.watcher->watched() == 2);  // the root and x
}

TEST_CASE("watcher: a cover and lyrics are told, new, written over and removed") {
  Watched watched;
  watched.dir.put("1.mp3");
  CHECK(watched.wait_for({"", false}) >= 0);
  for (const char* name : {"cover.jpg", "1.lrc", "Folder.PNG"}) {
    INFO(name);
    for (const char* bytes : {"new", "other"}) {
      watched.told.clear();
      watched.dir.put(name, bytes);
      CHECK(watched.wait_for({"", false}) >= 0);
    }
    watched.told.clear();
    std::filesystem::remove(watched.dir / name);
    CHECK(watched.wait_for({"", false}) >= 0);
  }
}

TEST_CASE("watcher: names that no scan reads are not told, an ignore file is told with all below") {
  Watched watched;
  watched.dir.put("notes.txt");
  watched.dir.put(".x.mp3");
  watched.dir.put("last.mp3");
  CHECK(watched.wait_for({"", false}) >= 0);
  CHECK(std::find(watched.told.begin(), watched.told.end(), WalkStart{"", true}) ==
        watched.told.end());
  watched.dir.put(".tuttiignore", "*.wav\n");
  CHECK(watched.wait_for({"", true}) >= 0);
  CHECK(watched.lost.empty());
}

TEST_CASE("watcher: more changes than the kernel keeps are told as lost, then as everything") {
  std::size_t most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  if (most == 0 || most > 200'000) {
    MESSAGE("CANNOT RUN HERE: fs.inotify.max_queued_events is ", most,
            ", more than a test may make");
    return;
  }
  Watched watched;
  // Nobody reads meanwhile. A file that is made and closed is two events; by its name it is no
  // music and no link to a directory, so that none of them is told.
  auto run_over = [&](const std::string& round) {
    for (std::size_t i = 0; i < most / 2 + 100; ++i) {
      std::string name = watched.dir / round + std::to_string(i) + ".txt";
      int fd = ::open(name.c_str(), O_WRONLY | O_CREAT, 0600);
      REQUIRE(fd >= 0);
      ::close(fd);
    }
    watched.dir.put("late.mp3");  // its event is among those that are lost
  };
  run_over("first ");
  watched.wait_until([&] { return !watched.lost.empty(); });
  REQUIRE(watched.lost.size() == 1);
  CHECK(watched.lost[0].code == Code::overloaded);
  // Said once; from then on it is a change of everything.
  watched.told.clear();
  run_over("second ");
  CHECK(watched.wait_for({"", true}) >= 0);
  CHECK(watched.lost.size() == 1);
  // And watching goes on.
  watched.told.clear();
  watched.dir.put("after.mp3");
  CHECK(watched.wait_for({"", false}) >= 0);
}

TEST_CASE("watcher: an adder that outlives its watcher does nothing") {
  TempDir dir;
  Loop loop;
  std::function<void(const std::string&)> adder;
  {
    auto watcher = Watcher::create(loop, dir.path(), {[](WalkStart) {}, [](Error) {}});
    REQUIRE(watcher);
    adder = (*watcher)->adder();
  }
  adder("");
  loop.on_turn([&](Now) { return loop.stop(), false; });
  loop.run();
}
