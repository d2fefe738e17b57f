// Guards: a full disk is an error that says so; what was stored stays, and the store goes on when
// there is room again. How: a file system of a few MB in memory, mounted in a namespace of a forked
// process. Where the kernel does not allow that, the case says so and, with CI set, fails.
#include <fmt/format.h>
#include <sys/mount.h>

#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

bool mount_small(const std::string& at) {
  return own_namespace() && ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=6m") == 0;
}

// Takes all space but `spare` bytes.
void fill(const std::string& path, std::int64_t spare) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  std::string block(4096, 'f');
  while (free_bytes(parent_of(path)) > spare && ::write(fd.get(), block.data(), block.size()) > 0) {
  }
}

// A check within the forked process: the first that fails is what the process says.
#define MUST(expr) \
  if (!(expr)) return fmt::format("line {}: {}", __LINE__, #expr)
#define MUST_FAIL(result, wanted)                                      \
  if ((result).has_value() || (result).error().code != Code::wanted || \
      (result).error().hint.empty())                                   \
  return fmt::format("line {}: said '{}'", __LINE__, said(result))

template <class Scenario>
void on_small_disk(Scenario scenario) {
  TempDir temp;
  Child child([&](int out) {
    if (!mount_small(temp.path())) return kCannotMount;
    std::string wrong = scenario(temp.path());
    (void)!::write(out, wrong.data(), wrong.size());
    return wrong.empty() ? 0 : 1;
  });
  std::string wrong = child.read_all();
  int status = child.wait();
  if (status == kCannotMount) {
    return cannot_run_here();
  }
  CHECK_MESSAGE(status == 0, wrong);
}

}  // namespace

TEST_CASE(
    "full disk: a commit that does not fit is no_space, what was stored stays, and room makes it "
    "go on") {
  on_small_disk([](const std::string& disk) -> std::string {
    auto dir = DataDir::lock(disk + "/data");
    MUST(dir);
    auto store = Store::open(*dir);
    MUST(store);
    auto reader = store->open_reader();
    MUST(reader);
    fill(disk + "/filler", 300'000);
    int kept = 0;
    auto key = [](int n) { return fmt::format("row{}", n); };
    Result<void> wrote;
    while ((wrote = store->set_meta(Base::house, key(kept), std::string(20'000, 'x')))) ++kept;
    MUST_FAIL(wrote, no_space);
    MUST(kept > 0);
    MUST_FAIL(reader->check_health(), no_space);
    MUST_FAIL(store->set_meta(Base::house, "more", std::string(50'000, 'x')), no_space);
    for (int n = 0; n < kept; ++n) MUST(reader->meta(Base::house, key(n)));
    MUST(!reader->meta(Base::house, key(kept)));
    ::unlink((disk + "/filler").c_str());
    MUST(reader->check_health());
    MUST(store->set_meta(Base::house, "more", std::string(50'000, 'x')));
    MUST(check_integrity(store->database(Base::house), true));
    return {};
  });
}

TEST_CASE("full disk: a transaction of many rows that does not fit leaves none of them") {
  on_small_disk([](const std::string& disk) -> std::string {
    auto dir = DataDir::lock(disk + "/data");
    MUST(dir);
    auto store = Store::open(*dir);
    MUST(store);
    fill(disk + "/filler", 300'000);
    Result<void> done;
    {
      auto transaction = Transaction::begin(store->database(Base::house));
      MUST(transaction);
      for (int n = 0; n < 100 && done; ++n) {
        done = store->set_meta(Base::house, fmt::format("row{}", n), std::string(20'000, 'x'));
      }
      if (done) done = transaction->commit();
    }
    MUST_FAIL(done, no_space);
    MUST(store->database(Base::house).number("SELECT count(*) FROM meta") == 0);
    ::unlink((disk + "/filler").c_str());
    MUST(store->set_meta(Base::house, "row", std::string(20'000, 'x')));
    return {};
  });
}

TEST_CASE(
    "full disk: a backup that does not fit is no_space, leaves no file and disturbs nothing") {
  on_small_disk([](const std::string& disk) -> std::string {
    auto dir = DataDir::lock(disk + "/data");
    MUST(dir);
    auto store = Store::open(*dir);
    MUST(store);
    for (int n = 0; n < 30; ++n)
      MUST(store->set_meta(Base::house, fmt::format("row{}", n), std::string(20'000, 'x')));
    fill(disk + "/filler", 200'000);
    auto before = names_in(disk);
    MUST_FAIL(store->backup(disk + "/b"), no_space);
    MUST(names_in(disk) == before);
    MUST(store->set_meta(Base::house, "small", "x"));
    MUST(check_integrity(store->database(Base::house), true));
    ::unlink((disk + "/filler").c_str());
    MUST(store->backup(disk + "/b"));
    MUST(inspect_backup(disk + "/b"));
    return {};
  });
}

TEST_CASE("full disk: a start, an update and a restore that do not fit change nothing") {
  on_small_disk([](const std::string& disk) -> std::string {
    auto dir = DataDir::lock(disk + "/data");
    MUST(dir);
    fill(disk + "/filler", 0);
    MUST_FAIL(Store::open(*dir), no_space);
    MUST(names_in(dir->path()) == std::set<std::string>{"tutti.lock"});
    ::unlink((disk + "/filler").c_str());
    {
      auto store = Store::open(*dir);
      MUST(store);
      MUST(store->set_meta(Base::house, "big", std::string(600'000, 'x')));
      MUST(store->backup(disk + "/b"));
    }
    std::string house = slurp(dir->house());
    fill(disk + "/filler", 300'000);
    MUST_FAIL(Store::open(*dir, options_with(house_with("CREATE TABLE extra(x)"))), no_space);
    MUST(slurp(dir->house()) == house);
    {
      DataDir unlock = std::move(*dir);
    }
    MUST_FAIL(restore(disk + "/b", disk + "/data"), no_space);
    MUST(slurp(disk + "/data/house.db") == house);
    MUST(names_in(disk + "/data/backups").empty());
    ::unlink((disk + "/filler").c_str());
    MUST(restore(disk + "/b", disk + "/data"));
    return {};
  });
}

TEST_CASE(
    "full disk: a house that was closed cannot be opened without any room, says why, and opens "
    "later") {
  on_small_disk([](const std::string& disk) -> std::string {
    auto dir = DataDir::lock(disk + "/data");
    MUST(dir);
    MUST(Store::open(*dir));
    fill(disk + "/filler", 0);
    MUST_FAIL(Store::open(*dir), no_space);
    ::unlink((disk + "/filler").c_str());
    MUST(Store::open(*dir));
    return {};
  });
}
