// Guards: the scan as the server runs it: changes show within a second, readers that crash or hang
// cost their file, an edit shows at once, cancelling ends it. How: a real loop, folder, store and
// child processes; the reader is the one that misbehaves on names that say so.
#include "shell/app/scanner.hpp"

#include <sched.h>
#include <unistd.h>

#include "core/base/random.hpp"
#include "shell/media/media_test_kit.hpp"
#include "shell/media/tag_writer.hpp"
#include "shell/store/store.hpp"
#include "shell/store/test_support.hpp"
#include "shell/store/track_row.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

std::string worker_program() {
  std::string self = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  return self + "/media_test_worker";
}

struct Rig {
  TempDir music, data;
  DataDir dir = *DataDir::lock(data / "data");
  Store store = *Store::open(dir);
  SeededRandom random{5}, tokens{6};
  LibraryWriter writer{store.database(Base::library), store.house_view(), random};
  FolderId folder = *store.folder_id(music.path(), random);
  Loop loop;
  std::unique_ptr<Lane> lane = std::make_unique<Lane>(loop, "library", 1);
  std::vector<library::ScanReport> reports;
  std::map<std::string, Error> problems;
  std::unique_ptr<Scanner> scanner;

  explicit Rig(bool watch = false, Duration patience = seconds(10),
               Duration every_blind = seconds(900)) {
    REQUIRE(writer.add_folder(folder, music.path(), "music"));
    store.hand_over();
    ScannerOptions options;
    options.watch = watch;
    options.every_blind = every_blind;
    options.child.command = {worker_program()};
    options.child.patience = patience;
    scanner = std::make_unique<Scanner>(
        loop, writer, *lane, tokens, options,
        ScannerEvents{
            [this](const library::ScanReport& report, std::int64_t) { reports.push_back(report); },
            [this](const auto& problem) { problems.insert({problem.path, problem.why}); }});
    scanner->add_folder({folder, music.path(), "music", true});
  }
  ~Rig() {
    on_writer([this] {
      store.database(Base::library).hand_over();
      store.house_view().hand_over();
    });
    lane.reset();
  }
  // Turns the loop until `done`, for at most twenty seconds. How long it took, in milliseconds.
  std::int64_t turn_until(const std::function<bool()>& done) {
    ServerTime begin = clock_now().mono;
    loop.on_turn([&](Now now) {
      lane->tick(now.mono);
      scanner->turn(now);
      if (done() || now.mono - begin > seconds(20)) loop.stop();
      loop.set_deadline(std::min({scanner->deadline(), lane->deadline(), now.mono + millis(10)}));
      return false;
    });
    loop.run();
    CHECK(done());
    return (clock_now().mono - begin).us / 1000;
  }
  void on_writer(const std::function<void()>& work) {
    bool done = false;
    auto run = [&](const Cancelled&) -> Completion {
      work();
      return [&done] { done = true; };
    };
    REQUIRE(lane->submit({tokens.id<JobToken>(), seconds(30), run, [](Error) {}}));
    turn_until([&] { return done; });
  }
  const library::ScanReport& scan() {
    std::size_t before = reports.size();
    scanner->request(folder);
    turn_until([&] { return reports.size() > before && scanner->idle(); });
    return reports.back();
  }
  // Turns until the library says so; asking is work for the writer, so not from within a turn.
  void turn_until_known(const std::function<bool()>& done) {
    for (int i = 0; i < 400 && !done(); ++i) {
      ServerTime until = clock_now().mono + millis(50);
      turn_until([&] { return clock_now().mono >= until; });
    }
    CHECK(done());
  }
  TrackRow row(TrackId track) {
    std::optional<TrackRow> found;
    on_writer([&] { found = *load_track_row(store.database(Base::library), track); });
    REQUIRE(found);
    return std::move(*found);
  }
  library::ArtworkKey artwork(TrackId track) { return row(track).file.artwork; }
  std::vector<library::KnownFile> known(const std::string& directory = "") {
    std::vector<library::KnownFile> found;
    on_writer([&] { found = *writer.known_files(folder, directory); });
    return found;
  }
};

}  // namespace

TEST_CASE("scanner: a change of a watched folder is in the library within a second") {
  Rig rig(true);
  rig.music.put("a.ogg", plain("ogg"));
  CHECK(rig.scan().totals.added == 1);
  rig.music.put("deep/er/b.flac", plain("flac"));
  std::int64_t ms = rig.turn_until([&] { return rig.reports.size() == 2; });
  CHECK(ms < 1500);  // a second, and patience with a loaded machine
  CHECK(rig.reports.back().totals.added == 1);
  rig.turn_until([&] { return rig.scanner->idle(); });
  std::filesystem::rename(rig.music / "deep", rig.music / "moved");
  auto track = rig.known("deep/er").at(0).track;
  rig.turn_until_known(
      [&] { return rig.known("moved/er").size() == 1 && rig.known("deep/er").empty(); });
  CHECK(rig.known("moved/er").at(0).track == track);
  std::filesystem::remove(rig.music / "a.ogg");
  rig.turn_until_known([&] { return rig.known().empty(); });
}

TEST_CASE("scanner: a cover or lyrics beside tracks reach them, watched or with the next scan") {
  for (bool watch : {true, false}) {
    Rig rig(watch);
    rig.music.put("a/1.ogg", plain("ogg"));
    rig.music.put("a/2.flac", plain("flac"));
    rig.music.put("b/3.ogg", plain("ogg"));
    CHECK(rig.scan().totals.added == 3);
    std::vector<TrackId> ids;
    for (const auto& each : rig.known("a")) ids.push_back(each.track);
    auto changed_after = [&](const std::function<void()>& change) {
      std::size_t before = rig.reports.size();
      change();
      if (watch) rig.turn_until([&] { return rig.reports.size() > before && rig.scanner->idle(); });
      else rig.scan();
      return rig.reports.back().totals.changed;
    };
    CHECK(changed_after([&] { rig.music.put("a/cover.jpg", "one"); }) == 2);
    CHECK(rig.artwork(ids[0]) == artwork_key(as_bytes(std::string_view("one"))));
    CHECK(rig.artwork(ids[0]) == rig.artwork(ids[1]));
    CHECK(changed_after([&] { rig.music.put("a/cover.jpg", "another"); }) == 2);
    CHECK(rig.artwork(ids[1]) == artwork_key(as_bytes(std::string_view("another"))));
    CHECK(changed_after([&] { rig.music.put("a/2.lrc", "[00:01.00]words"); }) == 1);
    CHECK(rig.row(ids[1]).file.tags.synced_lyrics == "[00:01.00]words");
    CHECK(rig.row(ids[0]).file.tags.synced_lyrics.empty());
    CHECK(changed_after([&] { std::filesystem::remove(rig.music / "a/2.lrc"); }) == 1);
    CHECK(rig.row(ids[1]).file.tags.synced_lyrics.empty());
    CHECK(changed_after([&] { std::filesystem::remove(rig.music / "a/cover.jpg"); }) == 2);
    CHECK(!rig.artwork(ids[0]));
    CHECK(rig.scan().totals.changed == 0);
  }
}

TEST_CASE("scanner: what was added while more changed than the kernel keeps is found by itself") {
  std::size_t most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  if (most == 0 || most > 200'000) {
    MESSAGE("CANNOT RUN HERE: fs.inotify.max_queued_events is ", most,
            ", more than a test may make");
    return;
  }
  Rig rig(true);
  rig.music.put("a/1.ogg", plain("ogg"));
  CHECK(rig.scan().totals.added == 1);
  for (std::size_t times = 0; times < 2; ++times) {  // said the first time, done each time
    std::string round = std::to_string(times);
    for (std::size_t i = 0; i < most / 2 + 100; ++i)
      spill(rig.music / "a/noise " + round + "." + std::to_string(i), "");
    std::string name = "late" + round + ".ogg";
    rig.music.put("a/" + name, plain("ogg"));
    rig.turn_until_known([&] { return rig.known("a").size() == times + 2; });
    rig.turn_until([&] { return rig.scanner->idle(); });
  }
  CHECK(rig.problems.at("").code == Code::overloaded);
}

// The work of a process for which the kernel has only so much of a kind (user_namespaces(7),
// /proc/sys/user): 0 when it succeeded, kCannotLimit where that may not be set.
constexpr int kCannotLimit = 77;
int limited(const std::string& kind, int most, const std::function<bool()>& work) {
  std::string uid = std::to_string(::getuid()), gid = std::to_string(::getgid());
  if (::unshare(CLONE_NEWUSER) != 0) return kCannotLimit;
  spill("/proc/self/setgroups", "deny");
  spill("/proc/self/uid_map", "0 " + uid + " 1");
  spill("/proc/self/gid_map", "0 " + gid + " 1");
  std::string path = "/proc/sys/user/" + kind;
  spill(path, std::to_string(most));
  if (slurp(path) != std::to_string(most) + "\n") return kCannotLimit;
  return work() ? 0 : 1;
}
void check_limited(const std::string& kind, int most, const std::function<bool()>& work) {
#ifdef __SANITIZE_THREAD__
  MESSAGE("NOT RUN: ThreadSanitizer's own thread keeps a process from a user namespace; the other ",
          "builds run this case");
  (void)kind, (void)most, (void)work, (void)limited;
  return;
#endif
  Child child([&](int) { return limited(kind, most, work); });
  int code = child.wait();
  if (code == kCannotLimit) cannot_run_here();
  else CHECK(code == 0);
}

TEST_CASE("scanner: out of watches it says so once, and finds the rest by scanning now and then") {
  check_limited("max_inotify_watches", 2, [] {  // the folder and one of its four
    Rig rig(true, seconds(10), millis(300));
    for (const char* name : {"a/1.ogg", "b/1.ogg", "c/1.ogg", "d/1.ogg"})
      rig.music.put(name, plain("ogg"));
    bool all = rig.scan().totals.added == 4;
    auto said = rig.problems.find("");
    all = all && said != rig.problems.end() && said->second.code == Code::no_space &&
          said->second.hint.find("max_user_watches") != std::string::npos;
    // What is watched stays watched.
    rig.music.put("new.ogg", plain("ogg"));
    rig.turn_until_known([&] { return rig.known().size() == 1; });
    all = all && rig.known().size() == 1;
    for (const char* name : {"a/2.ogg", "b/2.ogg", "c/2.ogg", "d/2.ogg"})
      rig.music.put(name, plain("ogg"));
    for (const char* directory : {"a", "b", "c", "d"}) {
      rig.turn_until_known([&] { return rig.known(directory).size() == 2; });
      all = all && rig.known(directory).size() == 2;
    }
    return all;
  });
}

TEST_CASE("scanner: where nothing can be watched it says so, and scans now and then") {
  check_limited("max_inotify_instances", 0, [] {
    Rig rig(true, seconds(10), millis(300));
    bool all = rig.problems.contains("");
    rig.music.put("a/1.ogg", plain("ogg"));
    all = all && rig.scan().totals.added == 1;
    rig.music.put("a/2.ogg", plain("ogg"));
    rig.turn_until_known([&] { return rig.known("a").size() == 2; });
    return all && rig.known("a").size() == 2;
  });
}

TEST_CASE("scanner: files that crash or hang their reader fail alone, with their reasons") {
  Rig rig(false, millis(500));
  for (int i = 0; i < 30; ++i) rig.music.put("ok" + std::to_string(i) + ".ogg", plain("ogg"));
  rig.music.put("crash.ogg", plain("ogg"));
  rig.music.put("hang.ogg", plain("ogg"));
  CHECK(rig.scan().totals.added == 30);
  CHECK(rig.reports.back().totals.failed == 2);
  CHECK(rig.problems.at("crash.ogg").code == Code::internal);
  CHECK(rig.problems.at("hang.ogg").code == Code::timeout);
  // One that crashed is not tried again; one that hung may have waited for a disk.
  rig.problems.clear();
  CHECK(rig.scan().totals.added == 0);
  CHECK(!rig.problems.contains("crash.ogg"));
  CHECK(rig.problems.contains("hang.ogg"));
}

TEST_CASE("scanner: an edit shows without being asked for, also beside a scan") {
  Rig rig;
  for (int i = 0; i < 200; ++i) rig.music.put(std::to_string(i) + ".mp3", plain("mp3"));
  rig.scanner->request(rig.folder);
  rig.turn_until([&] { return rig.scanner->progress(rig.folder).read > 0; });
  REQUIRE(write_tags(rig.music / "7.mp3", {{library::TagField::title, {"Edited"}}}));
  rig.scanner->edited(rig.folder, {"", "7.mp3"});
  rig.turn_until([&] { return rig.scanner->idle(); });
  TagReader reader;
  auto stamp = reader.read(rig.music.path(), "7.mp3")->stamp;
  auto known = rig.known();
  REQUIRE(known.size() == 200);
  auto row =
      std::find_if(known.begin(), known.end(), [](auto& each) { return each.name == "7.mp3"; });
  REQUIRE(row != known.end());
  CHECK(row->stamp == stamp);
  REQUIRE(write_tags(rig.music / "8.mp3", {{library::TagField::title, {"Edited too"}}}));
  std::size_t before = rig.reports.size();
  rig.scanner->edited(rig.folder, {"", "8.mp3"});
  rig.turn_until([&] { return rig.reports.size() > before; });
  CHECK(rig.reports.back().totals.changed == 1);
}

TEST_CASE("scanner: cancelled while files are read it ends soon, and the next one goes on") {
  Rig rig(false, seconds(10));
  for (int i = 0; i < 100; ++i) rig.music.put(std::to_string(i) + ".ogg", plain("ogg"));
  rig.music.put("hang.ogg", plain("ogg"));
  rig.scanner->request(rig.folder);
  rig.turn_until([&] { return rig.scanner->progress(rig.folder).to_read > 0; });
  rig.scanner->cancel(rig.folder);
  CHECK(rig.turn_until([&] { return rig.scanner->idle(); }) < 3000);
  CHECK(rig.reports.back().cancelled);
  std::filesystem::remove(rig.music / "hang.ogg");
  rig.scan();
  CHECK(rig.known().size() == 100);
}
