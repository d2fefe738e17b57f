// Guards: a database is brought forward once, after a copy, whole or not at all. How: made-up steps
// behind the shipped ones, processes that race for them.
#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

constexpr const char* kCountRun =
    "CREATE TABLE runs(n INTEGER) STRICT; INSERT INTO runs VALUES (1);"
    // long enough that the other process stands at the door
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 200000) SELECT "
    "max(i) FROM c;";

// Two processes that start together; the sum of what they ran.
template <class Work>
int race(Work work) {
  int gate[2];
  REQUIRE(::pipe2(gate, O_CLOEXEC) == 0);
  auto body = [&](int) {
    ::close(gate[1]);
    char byte;
    (void)!::read(gate[0], &byte, 1);  // opens when the parent closes its end
    return work();
  };
  Child first(body);
  Child second(body);
  ::close(gate[1]);
  ::close(gate[0]);
  int a = first.wait();
  int b = second.wait();
  CHECK(a >= 0);
  CHECK(b >= 0);
  return a + b;
}

}  // namespace

TEST_CASE("migrate: the embedded files are numbered from 1 without a gap") {
  for (const Schema& schema : {house_schema(), library_schema()}) {
    REQUIRE(schema.latest() >= 1);
    for (std::size_t i = 0; i < schema.migrations.size(); ++i) {
      CHECK(schema.migrations[i].version == static_cast<int>(i) + 1);
    }
  }
}

TEST_CASE("migrate: of two processes that open one directory, one migrates") {
  TempDir temp;
  make_house(temp / "data");
  int ran = race([&] {
    auto dir = DataDir::lock(temp / "data", 10'000);
    if (!dir) return 100;
    auto opened = open_database(*dir, house_with(kCountRun));
    return opened ? opened->migrated.ran : 100;
  });
  CHECK(ran == 1);
  auto house = Database::open(temp / "data/house.db", OpenMode::read_only);
  REQUIRE(house);
  CHECK(house->number("SELECT count(*) FROM runs") == 1);
}

TEST_CASE(
    "migrate: the version is read again under SQLite's own lock, so even without the directory's "
    "one migrates") {
  TempDir temp;
  make_house(temp / "data");
  int ran = race([&] {
    auto house = Database::open(temp / "data/house.db", OpenMode::read_write);
    if (!house) return 100;
    auto migrated = migrate(*house, house_with(kCountRun), "");
    return migrated ? migrated->ran : 100;
  });
  CHECK(ran == 1);
}

TEST_CASE("migrate: two processes that start on nothing make one house") {
  TempDir temp;
  int created = race([&] {
    auto dir = DataDir::lock(temp / "data", 10'000);
    if (!dir) return 100;
    auto opened = open_database(*dir, house_schema());
    return opened ? int{opened->created} : 100;
  });
  CHECK(created == 1);
}

TEST_CASE("migrate: the copy made before is the old database, and a new one has no copy") {
  TempDir temp;
  make_house(temp / "data", 3);
  CHECK(names_in(temp / "data/backups").empty());
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir, options_with(house_with("UPDATE meta SET value = 'new'")));
  REQUIRE(store.warnings().size() == 1);
  int latest = house_schema().latest();
  std::string copy = fmt::format("before-house-v{}.db", latest + 1);
  CHECK(store.warnings()[0].find(copy) != std::string::npos);
  CHECK(stored(dir.path(), "row0") == "new");
  auto old = Database::open(dir.file("backups/" + copy), OpenMode::read_only);
  REQUIRE(old);
  CHECK(old->number("PRAGMA user_version") == latest);
  CHECK(old->text("SELECT value FROM meta WHERE key = 'row0'") == std::string(100, 'a'));
}

TEST_CASE(
    "migrate: a failing step says so and leaves the database byte for byte, also what ran before "
    "it") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path, 50);
  std::string before = slurp(path + "/house.db");
  Schema schema = house_with("CREATE TABLE good(x INTEGER) STRICT; UPDATE meta SET value = 'new'");
  schema.migrations.push_back({schema.latest() + 1, "0009_bad", "INSERT INTO nowhere VALUES (1)"});
  {
    DataDir dir = lock(path);
    auto store = Store::open(dir, options_with(schema));
    REQUIRE(failed_as(store, Code::internal));
    CHECK(store.error().text.find("0009_bad") != std::string::npos);
    CHECK(store.error().text.find("unchanged") != std::string::npos);
    CHECK(file_exists(dir.file(fmt::format("backups/before-house-v{}.db", schema.latest()))));
  }
  CHECK(slurp(path + "/house.db") == before);
  DataDir dir = lock(path);
  Store store = open_store(dir);  // the older program goes on
  CHECK(store.database(Base::house).number("PRAGMA user_version") == house_schema().latest());
}

TEST_CASE("migrate: a step that breaks references is refused") {
  TempDir temp;
  make_house(temp / "data");
  DataDir dir = lock(temp / "data");
  auto store = Store::open(
      dir, options_with(house_with("CREATE TABLE own(a INTEGER REFERENCES accounts(id)) STRICT;"
                                   "INSERT INTO own VALUES (99)")));
  CHECK(failed_as(store, Code::internal));
}

TEST_CASE("migrate: a table that others refer to can be rebuilt without losing what refers to it") {
  TempDir temp;
  make_house(temp / "data");
  Schema schema = house_with(
      "CREATE TABLE own(a INTEGER REFERENCES accounts(id) ON DELETE CASCADE) STRICT; INSERT INTO "
      "own SELECT id FROM "
      "accounts");
  schema.migrations.push_back(
      {schema.latest() + 1, "rebuild",
       "CREATE TABLE fresh(id INTEGER PRIMARY KEY, account INTEGER, name TEXT, role TEXT, "
       "created_at INTEGER) STRICT; INSERT INTO fresh SELECT * FROM accounts; DROP TABLE "
       "accounts; ALTER TABLE fresh RENAME TO accounts"});
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir, options_with(schema));
  CHECK(store.database(Base::house).number("SELECT count(*) FROM own") == 1);
  CHECK(store.database(Base::house).number("PRAGMA foreign_keys") == 1);
}
