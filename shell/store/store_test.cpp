// Guards: what a house keeps over restarts, and that a damaged or newer house.db is refused as it
// is. How: real files in a folder of its own, each form of damage made by hand, bytes compared
// afterwards.
#include <functional>
#include <thread>

#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

TEST_CASE(
    "store: a fresh directory gets both databases, private, in WAL mode, with the built-in "
    "account") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  CHECK(store.warnings().empty());
  auto local = store.local_account();
  REQUIRE(local);
  CHECK(local->name == "local");
  CHECK(local->account);
  CHECK(local->created_at.us > 1'600'000'000'000'000);
  for (Base base : {Base::house, Base::library}) {
    CHECK(store.database(base).text("PRAGMA journal_mode") == std::string("wal"));
    CHECK(store.database(base).number("PRAGMA foreign_keys") == 1);
    CHECK(store.database(base).number("PRAGMA synchronous") == (base == Base::house ? 2 : 1));
    auto mode = std::filesystem::status(store.database(base).path()).permissions();
    CHECK((mode & std::filesystem::perms::mask) == std::filesystem::perms(0600));
  }
  CHECK((std::filesystem::status(dir.path()).permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms(0700));
}

TEST_CASE(
    "store: the id of the built-in account is kept over a restart and differs between houses") {
  TempDir temp;
  auto id_in = [](const std::string& path) {
    DataDir dir = lock(path);
    Store store = open_store(dir);
    return store.local_account()->account;
  };
  AccountId first = id_in(temp / "a");
  CHECK(id_in(temp / "a") == first);
  CHECK_FALSE(id_in(temp / "b") == first);
}

TEST_CASE("store: a closed house leaves no log behind") {
  TempDir temp;
  make_house(temp / "data", 10);
  CHECK(names_in(temp / "data") == std::set<std::string>{"backups", "house.db", "library.db",
                                                         "library.db.checked", "tutti.lock"});
}

TEST_CASE(
    "store: requests are answered by value, writes by the writer and reads by a reader only") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  auto reader = store.open_reader();
  REQUIRE(reader);
  StoreRequest write = SetMeta{Base::library, "scanned", "yes"};
  CHECK(is_write(write));
  CHECK(base_of(write) == Base::library);
  CHECK(failed_as(reader->run(write), Code::internal));
  REQUIRE(store.run(write));
  auto value = reader->run(GetMeta{Base::library, "scanned"});
  REQUIRE(value);
  CHECK(std::get<MetaValue>(*value).value == "yes");
  CHECK(failed_as(reader->run(GetMeta{Base::house, "scanned"}), Code::not_found));
  CHECK(failed_as(store.run(GetSizes{}), Code::internal));
  auto account = reader->run(GetLocalAccount{});
  REQUIRE(account);
  CHECK(std::get<AccountRow>(*account).account == store.local_account()->account);
  auto sizes = reader->run(GetSizes{});
  REQUIRE(sizes);
  CHECK(std::get<StoreSizes>(*sizes).house_bytes > 4096);
  CHECK(reader->run(CheckHealth{}));
}

TEST_CASE("store: a value opened on one thread belongs to the first thread that uses it") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  bool wrote = false;
  std::thread lane([&] {
    wrote = store.set_meta(Base::house, "from", "lane").has_value();
    store.hand_over();
  });
  lane.join();
  CHECK(wrote);
  store.hand_over();
}

TEST_CASE("store: a second thread without a handover ends the program") {
  TempDir temp;
  Child child([&](int) {
    (void)!::freopen("/dev/null", "w", stderr);
    DataDir dir = std::move(*DataDir::lock(temp / "data"));
    Store store = std::move(*Store::open(dir));
    (void)store.set_meta(Base::house, "a", "b");
    std::thread([&] { (void)store.set_meta(Base::house, "a", "c"); }).join();
    return 0;
  });
  CHECK(child.wait() == -1);
}

TEST_CASE("store: a reader cannot write, whatever SQL it is given") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  auto reader = open_reader(dir.house());
  REQUIRE(reader);
  CHECK(failed_as(reader->exec("DELETE FROM accounts"), Code::io));
  CHECK(store.local_account());
}

TEST_CASE("store: health fails when the file is taken away under the server") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  auto reader = store.open_reader();
  REQUIRE(reader);
  CHECK(reader->check_health());
  std::filesystem::rename(dir.house(), dir.file("elsewhere"));
  CHECK(failed_as(reader->check_health(), Code::unavailable));
  std::filesystem::rename(dir.file("elsewhere"), dir.house());
  CHECK(reader->check_health());
}

TEST_CASE("store: constraints are errors of their own and leave the row out") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  Database& house = store.database(Base::house);
  const char* insert =
      "INSERT INTO accounts(account, name, role, created_at) VALUES (?, ?, 'member', 0)";
  CHECK(failed_as(house.execute(insert, 7, "LOCAL"),
                  Code::conflict));  // names differ in more than case
  CHECK(failed_as(house.execute(insert, 0, "anna"), Code::conflict));
  CHECK(house.execute(insert, 7, "anna"));
  CHECK(failed_as(house.execute(insert, 7, "otto"), Code::conflict));
  CHECK(house.number("SELECT count(*) FROM accounts") == 2);
}

TEST_CASE("sqlite: a transaction that is not committed leaves nothing") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  {
    auto transaction = Transaction::begin(store.database(Base::house));
    REQUIRE(transaction);
    REQUIRE(store.set_meta(Base::house, "half", "done"));
  }
  CHECK(stored(dir.path(), "half").empty());
}

TEST_CASE("sqlite: text and bytes come back as they were, also empty ones and with zeros inside") {
  TempDir temp;
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  Database& house = store.database(Base::house);
  for (const std::string& value :
       {std::string(), std::string("a\0b", 3), std::string("\xc3\xa4")}) {
    auto row = house.query("SELECT ?, ?, NULL", value, as_bytes(value));
    REQUIRE(row);
    REQUIRE(row->step() == true);
    CHECK(row->text(0) == value);
    CHECK(as_text(row->bytes(1)) == value);
    CHECK(row->type(1) == 4);
    CHECK(row->is_null(2));
  }
}

TEST_CASE("store: a newer house.db is refused and stays byte for byte, with and without a log") {
  for (bool with_log : {false, true}) {
    CAPTURE(with_log);
    TempDir temp;
    std::string path = temp / "data";
    make_house(path, 5);
    // Ended by a signal before it can close: its log stays. A clean end leaves none.
    Child newer([&](int) {
      DataDir dir = std::move(*DataDir::lock(path));
      Store store = std::move(*Store::open(dir, options_with(house_with("CREATE TABLE extra(x)"))));
      if (with_log) ::raise(SIGKILL);
      return 0;
    });
    CHECK(newer.wait() == (with_log ? -1 : 0));
    CHECK(file_exists(path + "/house.db-wal") == with_log);
    std::string before = slurp(path + "/house.db");
    std::string log_before = slurp(path + "/house.db-wal");
    {
      DataDir dir = lock(path);
      auto store = Store::open(dir);
      REQUIRE(failed_as(store, Code::newer_version));
      CHECK(store.error().text.find("house.db") != std::string::npos);
      CHECK_FALSE(store.error().hint.empty());
    }
    CHECK(slurp(path + "/house.db") == before);
    CHECK(slurp(path + "/house.db-wal") == log_before);
  }
}

namespace {

struct Damage {
  const char* name;
  std::function<void(std::string&)> apply;
};

const Damage kDamages[] = {
    {"truncated in the middle", [](std::string& b) { b.resize(b.size() / 2); }},
    {"truncated within a page", [](std::string& b) { b.resize(b.size() - 1000); }},
    {"empty", [](std::string& b) { b.clear(); }},
    {"cut within the header", [](std::string& b) { b.resize(50); }},
    {"garbage header", [](std::string& b) { b.replace(0, 100, std::string(100, '?')); }},
    {"all garbage", [](std::string& b) { b.assign(b.size(), '?'); }},
    {"zeroed first page", [](std::string& b) { b.replace(0, 4096, std::string(4096, '\0')); }},
    {"flipped page",
     [](std::string& b) {
       for (std::size_t i = 4096 * 3; i < 4096 * 4; ++i) b[i] = static_cast<char>(~b[i]);
     }},
    {"another program's database", [](std::string& b) { b.replace(68, 4, "nope"); }},
};

}  // namespace

TEST_CASE("store: a damaged house.db is refused by name with the way back, and is not touched") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path, 200);
  std::string house = path + "/house.db";
  const std::string good = slurp(house);
  for (const Damage& damage : kDamages) {
    CAPTURE(damage.name);
    std::string bad = good;
    damage.apply(bad);
    spill(house, bad);
    {
      DataDir dir = lock(path);
      auto store = Store::open(dir);
      REQUIRE(failed_as(store, Code::corrupt));
      CHECK(store.error().text.find(house) != std::string::npos);
      CHECK(store.error().hint.find("tutti restore") != std::string::npos);
    }
    CHECK(slurp(house) == bad);
  }
  spill(house, good);
  DataDir dir = lock(path);
  CHECK(Store::open(dir));
}

TEST_CASE("store: a house.db that is gone while its log is there is damage, not a new house") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path);
  std::filesystem::remove(path + "/house.db");
  spill(path + "/house.db-wal", "some frames");
  DataDir dir = lock(path);
  CHECK(failed_as(Store::open(dir), Code::corrupt));
  CHECK(slurp(path + "/house.db-wal") == "some frames");
}

TEST_CASE("store: a missing house.db beside a library is made anew and said") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path);
  std::filesystem::remove(path + "/house.db");
  DataDir dir = lock(path);
  Store store = open_store(dir);
  REQUIRE(store.warnings().size() == 1);
  CHECK(store.warnings()[0].find("house.db was missing") != std::string::npos);
}

TEST_CASE(
    "store: a damaged library.db is set aside with its bytes and made anew, and that is said") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path);
  for (int n = 1; n <= 2; ++n) {
    spill(path + "/library.db", "garbage" + std::to_string(n));
    DataDir dir = lock(path);
    Store store = open_store(dir);
    REQUIRE(store.warnings().size() == 1);
    std::string aside = "library.db.damaged-" + std::to_string(n);
    CHECK(store.warnings()[0].find(aside) != std::string::npos);
    CHECK(slurp(path + "/" + aside) == "garbage" + std::to_string(n));
    CHECK(store.set_meta(Base::library, "a", "b"));
  }
}

// Zeroes in the middle, where no header is: only looking at every page finds them.
static void damage_inside(const std::string& file) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(0, std::ios::end);
  auto pages = static_cast<long>(out.tellp()) / 4096;
  REQUIRE(pages > 8);
  for (long page = 4; page < pages; ++page) {
    out.seekp(page * 4096);
    out << std::string(4096, '\0');
  }
}

TEST_CASE("store: all pages of the library are looked at once a day and after a bad end") {
  enum { lately, yesterday, tomorrow, never, left_open };
  for (int when : {lately, yesterday, tomorrow, never, left_open}) {
    CAPTURE(when);
    TempDir temp;
    std::string path = temp / "data";
    make_house(path);
    std::string mark = path + "/library.db.checked";
    REQUIRE(std::filesystem::exists(mark));
    damage_inside(path + "/library.db");
    auto now = std::filesystem::file_time_type::clock::now();
    if (when == yesterday) std::filesystem::last_write_time(mark, now - std::chrono::hours(25));
    if (when == tomorrow) std::filesystem::last_write_time(mark, now + std::chrono::hours(2));
    if (when == never) std::filesystem::remove(mark);
    if (when == left_open) spill(path + "/library.db-wal", "begun");
    DataDir dir = lock(path);
    auto store = Store::open(dir);
    if (when == lately) continue;  // whoever meets the damage says so, and doctor finds it
    REQUIRE_MESSAGE(store, said(store));
    REQUIRE(store->warnings().size() == 1);
    CHECK(store->warnings()[0].find("library.db.damaged-1") != std::string::npos);
    CHECK(std::filesystem::exists(mark));
  }
}

TEST_CASE("store: a house is looked at whenever it is opened") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path);
  spill(path + "/house.db.checked", "");
  damage_inside(path + "/house.db");
  DataDir dir = lock(path);
  auto store = Store::open(dir);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Code::corrupt);
}

TEST_CASE("store: what a killed process left half made is removed at the next open") {
  TempDir temp;
  make_house(temp / "data");
  for (const char* name :
       {"/house.db.tmp-123", "/house.db.tmp-123-journal", "/backups/x.db.tmp-9"}) {
    spill(temp / "data" + name, "half");
  }
  spill(temp / "data/notes.tmp-x", "somebody else's");
  DataDir dir = lock(temp / "data");
  Store store = open_store(dir);
  CHECK(file_exists(dir.file("notes.tmp-x")));
  CHECK_FALSE(file_exists(dir.file("house.db.tmp-123")));
  CHECK_FALSE(file_exists(dir.file("house.db.tmp-123-journal")));
  CHECK(names_in(dir.file("backups")).empty());
}

TEST_CASE("store: a rollback journal of a killed process is undone, not taken for damage") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path, 200, 1000);
  Child killed([&](int) {
    auto house = Database::open(path + "/house.db", OpenMode::read_write);
    (void)house->text("PRAGMA journal_mode = DELETE");
    (void)house->exec(
        "PRAGMA cache_size = 1; BEGIN; UPDATE meta SET value = 'half' || hex(randomblob(2000))");
    return ::raise(SIGKILL);
  });
  CHECK(killed.wait() == -1);
  REQUIRE(file_size(path + "/house.db-journal") > 0);
  DataDir dir = lock(path);
  Store store = open_store(dir);
  CHECK(store.database(Base::house).number("SELECT count(*) FROM meta WHERE value GLOB 'half*'") ==
        0);
}
