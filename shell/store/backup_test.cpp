// Guards: a backup is one moment of the house, whole or not there; a restore gives it back and
// takes only what is one. How: a writer that keeps an invariant while pages are copied, files
// damaged by hand, round trips.
#include <thread>

#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

std::string backup_of(const TempDir& temp, int rows = 30) {
  make_house(temp / "data", rows);
  REQUIRE(make_backup(temp / "data", temp / "backup.tutti", "1.2.3"));
  return temp / "backup.tutti";
}

void change(const std::string& path, const std::string& key, const std::string& value) {
  DataDir dir = lock(path);
  Store store = open_store(dir);
  REQUIRE(store.set_meta(Base::house, key, value));
}

}  // namespace

TEST_CASE("backup: one private file that says what it is") {
  TempDir temp;
  std::string file = backup_of(temp);
  CHECK(names_in(temp.path()) == std::set<std::string>{"backup.tutti", "data"});
  CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms(0600));
  auto report = inspect_backup(file);
  REQUIRE_MESSAGE(report, said(report));
  CHECK(report->program == "1.2.3");
  CHECK(report->schema_version == house_schema().latest());
  CHECK(report->bytes == file_size(file));
  CHECK(report->created_at.us > 1'600'000'000'000'000);
  CHECK(names_in(temp.path()) == std::set<std::string>{"backup.tutti", "data"});
}

TEST_CASE("backup: an existing file stays unless the caller says otherwise") {
  TempDir temp;
  make_house(temp / "data");
  spill(temp / "b", "mine");
  CHECK(failed_as(make_backup(temp / "data", temp / "b", "1"), Code::conflict));
  CHECK(slurp(temp / "b") == "mine");
  CHECK(make_backup(temp / "data", temp / "b", "1", {.overwrite = true}));
  CHECK(inspect_backup(temp / "b"));
}

TEST_CASE("backup: progress counts up to the whole, and cancelling leaves nothing") {
  TempDir temp;
  make_house(temp / "data", 300, 1000);
  std::int64_t last = 0;
  std::int64_t total = 0;
  int steps = 0;
  auto watch = [&](const CopyProgress& progress) {
    CHECK(progress.pages_done > last);
    last = progress.pages_done;
    total = progress.pages_total;
    ++steps;
    return true;
  };
  REQUIRE(make_backup(temp / "data", temp / "a", "1", {.pages_per_step = 10, .progress = watch}));
  CHECK(last == total);
  CHECK(steps == (total + 9) / 10);
  auto stop = [](const CopyProgress& progress) { return progress.pages_done < 20; };
  CHECK(failed_as(
      make_backup(temp / "data", temp / "b", "1", {.pages_per_step = 10, .progress = stop}),
      Code::cancelled));
  CHECK(names_in(temp.path()) == std::set<std::string>{"a", "data"});
}

TEST_CASE(
    "backup: made while a writer writes, it is one moment, ends, and the writer never waits for "
    "it") {
  TempDir temp;
  make_house(temp / "data", 300, 1000);
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  auto reader = store.open_reader();
  REQUIRE(reader);
  int writes = 0;
  // After every step the first and the last row change together: a copy of two moments would hold
  // two numbers.
  auto write_between = [&](const CopyProgress&) {
    store.database(Base::house).set_patience(0);
    auto transaction = Transaction::begin(store.database(Base::house));
    REQUIRE_MESSAGE(transaction, said(transaction));
    std::string value = std::to_string(++writes) + std::string(1000, '.');
    for (int row = 0; row < 300; row += 23)
      REQUIRE(store.set_meta(Base::house, "row" + std::to_string(row), value));
    REQUIRE(transaction->commit());
    return true;
  };
  write_between({});
  auto report = reader->backup(temp / "b", {.pages_per_step = 3, .progress = write_between});
  REQUIRE_MESSAGE(report, said(report));
  CHECK(writes > 20);
  REQUIRE(inspect_backup(temp / "b"));
  auto copy = Database::open(temp / "b", OpenMode::read_only);
  REQUIRE(copy);
  const char* moments = "SELECT count(DISTINCT value) FROM meta WHERE value GLOB '[0-9]*'";
  CHECK(copy->number(moments) == 1);
  CHECK(copy->number("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'row0'") == 1);
}

TEST_CASE("backup: made from another thread at full speed, it is consistent") {
  TempDir temp;
  make_house(temp / "data", 100, 1000);
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  Result<BackupReport> report;
  std::atomic<bool> done = false;
  std::thread lane([&] {
    report = store.backup(temp / "b", {.pages_per_step = 2});
    done = true;
  });
  for (int i = 0; !done || i < 10; ++i)
    CHECK(store.set_meta(Base::house, "row7", std::to_string(i)));
  lane.join();
  REQUIRE_MESSAGE(report, said(report));
  CHECK(inspect_backup(temp / "b"));
}

TEST_CASE("restore: gives back what was, keeps what it replaced, and the house opens") {
  TempDir temp;
  std::string file = backup_of(temp);
  change(temp / "data", "row3", "later");
  auto report = restore(file, temp / "data");
  REQUIRE_MESSAGE(report, said(report));
  CHECK(report->backup.program == "1.2.3");
  CHECK(stored(temp / "data", "row3") == std::string(100, 'd'));
  auto kept = Database::open(report->kept, OpenMode::read_only);
  REQUIRE(kept);
  CHECK(kept->text("SELECT value FROM meta WHERE key = 'row3'") == std::string("later"));
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  CHECK(store.database(Base::house)
            .number("SELECT count(*) FROM sqlite_schema WHERE name = 'tutti_backup'") == 0);
  CHECK(store.warnings().empty());
}

TEST_CASE("restore: a second one in the same second keeps both") {
  TempDir temp;
  std::string file = backup_of(temp);
  REQUIRE(restore(file, temp / "data"));
  REQUIRE(restore(file, temp / "data"));
  CHECK(names_in(temp / "data/backups").size() == 2);
}

TEST_CASE("restore: onto nothing, it makes the directory") {
  TempDir temp;
  std::string file = backup_of(temp);
  auto report = restore(file, temp / "new");
  REQUIRE_MESSAGE(report, said(report));
  CHECK(report->kept.empty());
  DataDir dir = lock(temp / "new");
  CHECK(open_store(dir).local_account());
}

TEST_CASE(
    "restore: a log left by a killed server is kept with the old house and never played into the "
    "new one") {
  TempDir temp;
  std::string file = backup_of(temp);
  Child killed([&](int) {
    DataDir dir = std::move(*DataDir::lock(temp / "data"));
    Store store = std::move(*Store::open(dir));
    (void)store.set_meta(Base::house, "row3", "only in the log");
    return ::raise(SIGKILL);
  });
  CHECK(killed.wait() == -1);
  REQUIRE(file_size(temp / "data/house.db-wal") > 0);
  auto report = restore(file, temp / "data");
  REQUIRE_MESSAGE(report, said(report));
  CHECK_FALSE(file_exists(temp / "data/house.db-wal"));
  CHECK(stored(temp / "data", "row3") == std::string(100, 'd'));
  auto kept = Database::open(report->kept, OpenMode::read_only);
  REQUIRE(kept);
  CHECK(kept->text("SELECT value FROM meta WHERE key = 'row3'") == std::string("only in the log"));
}

TEST_CASE("restore: replaces a damaged house and keeps its bytes and its log's") {
  TempDir temp;
  std::string file = backup_of(temp);
  for (const char* content : {"garbage", ""}) {
    CAPTURE(content);
    spill(temp / "data/house.db", content);
    spill(temp / "data/house.db-wal", "old log");
    auto report = restore(file, temp / "data");
    REQUIRE_MESSAGE(report, said(report));
    CHECK(slurp(report->kept) == content);
    CHECK(slurp(report->kept + "-wal") == "old log");
    CHECK(stored(temp / "data", "row3") == std::string(100, 'd'));
  }
}

TEST_CASE(
    "restore: refuses what is no backup, a newer one and a damaged one, and changes nothing") {
  TempDir temp;
  std::string file = backup_of(temp, 200);
  const std::string good = slurp(file);
  const std::string house = slurp(temp / "data/house.db");
  auto refused = [&](const std::string& bytes, Code code) {
    spill(temp / "x", bytes);
    bool as_said = failed_as(restore(temp / "x", temp / "data"), code);
    return as_said && slurp(temp / "data/house.db") == house &&
           names_in(temp / "data/backups").empty();
  };
  CHECK(refused("a letter to somebody", Code::corrupt));
  CHECK(refused("", Code::bad_request));
  CHECK(refused(house, Code::bad_request));
  CHECK(refused(slurp(temp / "data/library.db"), Code::bad_request));
  CHECK(refused(good.substr(0, good.size() / 2), Code::corrupt));
  auto at = good.find(std::string(100, 'q'));  // within a value: no page structure is broken
  REQUIRE(at != std::string::npos);
  CHECK(refused(std::string(good).replace(at + 50, 1, "z"), Code::corrupt));
  CHECK(failed_as(restore(temp / "not there", temp / "data"), Code::not_found));
  CHECK_FALSE(refused(good, Code::corrupt));  // the check itself can fail
}

TEST_CASE("restore: refuses a backup of a newer format or a newer schema") {
  TempDir temp;
  std::string file = backup_of(temp);
  auto with = [&](const char* sql) {
    std::filesystem::copy_file(file, temp / "y", std::filesystem::copy_options::overwrite_existing);
    auto copy = Database::open(temp / "y", OpenMode::read_write);
    REQUIRE(copy);
    REQUIRE(copy->exec(sql));
  };
  with("PRAGMA user_version = 9999; UPDATE tutti_backup SET schema_version = 9999");
  CHECK(failed_as(restore(temp / "y", temp / "data"), Code::newer_version));
  with("UPDATE tutti_backup SET format = 2");
  CHECK(failed_as(restore(temp / "y", temp / "data"), Code::newer_version));
}

TEST_CASE("restore: an older backup is brought forward at the next open") {
  TempDir temp;
  std::string file = backup_of(temp);
  Schema newer = house_with("CREATE TABLE extra(x INTEGER) STRICT");
  REQUIRE(restore(file, temp / "data", newer));
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir, options_with(newer));
  CHECK(store.database(Base::house).number("SELECT count(*) FROM extra") == 0);
}

TEST_CASE("restore: a server that holds the directory refuses it") {
  TempDir temp;
  std::string file = backup_of(temp);
  DataDir dir = lock(temp / "data");
  CHECK(failed_as(restore(file, temp / "data"), Code::in_use));
}
