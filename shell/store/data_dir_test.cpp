// Guards: one process holds a data directory, none lies in somebody's music, files are replaced
// whole, the doctor tells what is wrong. How: forked holders, links, folders made wrong on purpose.
#include <sys/stat.h>

#include <algorithm>

#include "shell/store/doctor.hpp"
#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

// A process that holds `path` until it is ended.
Child holder(const std::string& path) {
  return Child([path](int out) {
    auto dir = DataDir::lock(path);
    if (!dir) return 1;
    (void)!::write(out, "x", 1);
    for (;;) ::pause();
  });
}

bool complains(const std::vector<Finding>& findings, const std::string& subject,
               Severity severity) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    bool helped = severity == Severity::ok || !finding.hint.empty();
    return finding.subject == subject && finding.severity == severity && helped;
  });
}

}  // namespace

TEST_CASE(
    "data dir: a held directory is refused with the holder's pid and is free when the holder "
    "dies") {
  TempDir temp;
  std::string path = temp / "data";
  Child child = holder(path);
  char ready;
  REQUIRE(child.read(&ready, 1));
  auto second = DataDir::lock(path);
  REQUIRE(failed_as(second, Code::in_use));
  CHECK(second.error().text.find(std::to_string(child.pid())) != std::string::npos);
  CHECK(second.error().text.find(path) != std::string::npos);
  CHECK(second.error().hint.find("--data") != std::string::npos);
  CHECK(lock_holder(path) == child.pid());
  child.kill_now();
  CHECK_FALSE(lock_holder(path));
  CHECK(DataDir::lock(path));
}

TEST_CASE("data dir: within one process too, and again after the value is gone") {
  TempDir temp;
  {
    DataDir first = lock(temp / "data/");
    CHECK(first.path() == temp / "data");
    CHECK(failed_as(DataDir::lock(temp / "data"), Code::in_use));
    CHECK(lock_holder(first.path()) == ::getpid());
  }
  CHECK(DataDir::lock(temp / "data"));
}

TEST_CASE("data dir: a file in its place, or no name, is an error that says so") {
  TempDir temp;
  spill(temp / "file", "x");
  CHECK(failed_as(DataDir::lock(temp / "file"), Code::conflict));
  CHECK_FALSE(DataDir::lock(temp / "file/deeper"));
  CHECK(failed_as(DataDir::lock(""), Code::bad_request));
}

TEST_CASE("data dir: never inside of music, also through links and before it exists") {
  TempDir temp;
  std::filesystem::create_directories(temp / "music/album");
  std::filesystem::create_directory_symlink(temp / "music", temp / "link");
  std::vector<std::string> music{temp / "music"};
  for (const char* inside :
       {"music", "music/", "music/data", "music/album/x/y", "link/data", "other/../music/data"}) {
    CAPTURE(inside);
    CHECK(failed_as(check_outside(temp / inside, music), Code::conflict));
  }
  std::vector<std::string> linked{temp / "link"};
  CHECK(failed_as(check_outside(temp / "music/data", linked), Code::conflict));
  for (const char* outside : {"data", "music2", "music.data", "."}) {
    CAPTURE(outside);
    CHECK(check_outside(temp / outside, music));
  }
  CHECK(check_outside(temp / "data", std::vector<std::string>{temp / "not there"}));
}

TEST_CASE("data dir: never inside of music that is mounted elsewhere") {
  TempDir temp;
  std::filesystem::create_directories(temp / "music/album");
  std::filesystem::create_directories(temp / "mounted");
  Child child([&](int) {
    if (!own_namespace()) return kCannotMount;
    std::string music = temp / "music";
    std::string mounted = temp / "mounted";
    if (::mount(music.c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return kCannotMount;
    auto checked = check_outside(mounted + "/album/data", std::vector<std::string>{music});
    return !checked && checked.error().code == Code::conflict ? 0 : 1;
  });
  int status = child.wait();
  if (status == kCannotMount) return cannot_run_here();
  CHECK(status == 0);
}

TEST_CASE("files: an atomic write replaces the whole, keeps to its mode, and leaves nothing else") {
  TempDir temp;
  std::string path = temp / "settings";
  REQUIRE(write_file_atomic(path, "first"));
  REQUIRE(write_file_atomic(path, std::string(100'000, 'x')));
  CHECK(slurp(path) == std::string(100'000, 'x'));
  CHECK(names_in(temp.path()) == std::set<std::string>{"settings"});
  auto mode = std::filesystem::status(path).permissions() & std::filesystem::perms::mask;
  CHECK(mode == std::filesystem::perms(0600));
  std::filesystem::create_directory(temp / "folder");
  CHECK_FALSE(write_file_atomic(temp / "folder", "x"));
  CHECK(failed_as(write_file_atomic(temp / "no/such", "x"), Code::not_found));
  CHECK(names_in(temp.path()) == std::set<std::string>{"folder", "settings"});
}

TEST_CASE("files: the folder of a path") {
  CHECK(parent_of("a") == ".");
  CHECK(parent_of("/a") == "/");
  CHECK(parent_of("/a/b") == "/a");
  CHECK(parent_of("a/b/") == "a");
}

TEST_CASE("files: only what a process of ours leaves is a temporary name") {
  for (const char* yes : {"a.tmp-1", "house.db.tmp-42-journal", "x.tmp-7.tmp-7", "h.tmp-1-wal"}) {
    CAPTURE(yes);
    CHECK(is_temp_name(yes));
  }
  for (const char* no :
       {"house.db", "a.tmp", "a.tmp-", "a.tmp-x", "house.db-wal", "a.tmp-1-other", "a.tmp--wal"}) {
    CAPTURE(no);
    CHECK_FALSE(is_temp_name(no));
  }
}

TEST_CASE("doctor: a sound house has no complaint, held or not") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path, 10);
  auto unheld = doctor(path);
  for (const char* subject :
       {"data directory", "lock", "house.db", "library.db", "disk", "open files"}) {
    CAPTURE(subject);
    CHECK(std::any_of(unheld.begin(), unheld.end(),
                      [&](const Finding& f) { return f.subject == subject; }));
  }
  CHECK(complains(unheld, "house.db", Severity::ok));
  DataDir dir = lock(path);
  Store store = open_store(dir);
  auto held = doctor(path);
  CHECK(complains(held, "house.db", Severity::ok));
  CHECK(std::any_of(held.begin(), held.end(), [](const Finding& f) {
    return f.subject == "lock" && f.what.find(std::to_string(::getpid())) != std::string::npos;
  }));
}

TEST_CASE("doctor: each thing that is wrong is found, with what to do, and nothing is changed") {
  TempDir temp;
  std::string path = temp / "data";
  CHECK(complains(doctor(path), "data directory", Severity::error));
  CHECK_FALSE(file_exists(path));
  CHECK_FALSE(complains(doctor(""), "data directory", Severity::error));
  make_house(path);
  spill(path + "/house.db.tmp-5", "half");
  CHECK(complains(doctor(path), "leftovers", Severity::note));
  CHECK(file_exists(path + "/house.db.tmp-5"));
  ::chmod(path.c_str(), 0755);
  CHECK(complains(doctor(path), "data directory", Severity::warning));
  std::filesystem::remove(path + "/library.db");
  CHECK(complains(doctor(path), "library.db", Severity::note));
  spill(path + "/house.db", "garbage");
  CHECK(complains(doctor(path), "house.db", Severity::error));
  CHECK(slurp(path + "/house.db") == "garbage");
}

TEST_CASE("doctor: an older database is a note, a newer one an error") {
  TempDir temp;
  make_house(temp / "data");
  {
    auto house = Database::open(temp / "data/house.db", OpenMode::read_write);
    REQUIRE(house);
    REQUIRE(house->exec("PRAGMA user_version = 0"));
  }
  CHECK(complains(doctor(temp / "data"), "house.db", Severity::note));
  {
    auto house = Database::open(temp / "data/house.db", OpenMode::read_write);
    REQUIRE(house);
    REQUIRE(house->exec("PRAGMA user_version = 9999"));
  }
  CHECK(complains(doctor(temp / "data"), "house.db", Severity::error));
}
