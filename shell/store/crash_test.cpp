// Guards: whatever moment a process is killed at, nothing it acknowledged is lost and a restore
// leaves the old or the new. How: forked processes killed at drawn moments; the acknowledgements
// come over a pipe. TUTTI_LONG=1: 200 rounds.
#include <chrono>

#include "core/base/choose.hpp"
#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

int rounds() { return std::getenv("TUTTI_LONG") != nullptr ? 200 : 10; }

// How long `work` takes, in microseconds, twice: moments to kill it at are drawn from that.
template <class Work>
std::uint32_t time_of(Work work) {
  auto begin = std::chrono::steady_clock::now();
  work();
  std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  return static_cast<std::uint32_t>(took.count() * 2) + 1;
}

std::string key_of(int n) { return "ack" + std::to_string(n); }

constexpr int kRowsPerRound = 500;  // bounds the space; then the writer rests

// Writes rows from `first` on and says each number after its commit, until it is killed.
int write_and_say(const std::string& path, int first, int out) {
  auto dir = DataDir::lock(path);
  if (!dir) return 1;
  auto store = Store::open(*dir);
  if (!store) return 2;
  for (int n = first; n < first + kRowsPerRound; ++n) {
    std::string value(static_cast<std::size_t>(10 + n * 37 % 6000),
                      static_cast<char>('a' + n % 26));
    if (!store->set_meta(Base::house, key_of(n), value)) return 3;
    if (::write(out, &n, sizeof n) != sizeof n) return 4;
  }
  for (;;) ::pause();
}

// The first of the numbers [0, acknowledged) that is not stored; -1 when all are.
int first_lost(const std::string& path, int acknowledged) {
  DataDir dir = lock(path);
  Store store = open_store(dir);
  auto sound = check_integrity(store.database(Base::house), true);
  REQUIRE_MESSAGE(sound, said(sound));
  auto reader = store.open_reader();
  REQUIRE(reader);
  for (int n = 0; n < acknowledged; ++n) {
    if (!reader->meta(Base::house, key_of(n))) return n;
  }
  return -1;
}

}  // namespace

TEST_CASE("crash: nothing that was acknowledged is lost when the writer is killed") {
  TempDir temp;
  std::string path = temp / "data";
  SeededChoose draw(41);
  int acknowledged = 0;
  for (int round = 0; round < rounds(); ++round) {
    Child writer([&](int out) { return write_and_say(path, acknowledged, out); });
    int n = -1;
    REQUIRE(writer.read(&n, sizeof n));
    acknowledged = n + 1;
    ::usleep(draw.choose(40'000, "kill at"));
    ::kill(writer.pid(), SIGKILL);
    while (writer.read(&n, sizeof n)) acknowledged = n + 1;
    REQUIRE(writer.wait() == -1);
    REQUIRE(first_lost(path, acknowledged) == -1);
  }
  MESSAGE("acknowledged rows: ", acknowledged);
  // One number more than was written: the question itself notices a lost row.
  CHECK(first_lost(path, acknowledged + 5) >= acknowledged);
}

TEST_CASE("crash: a directory whose maker is killed at any moment opens") {
  SeededChoose draw(42);
  TempDir whole;
  std::uint32_t making_us = time_of([&] { make_house(whole / "data"); });
  for (int round = 0; round < rounds(); ++round) {
    TempDir temp;
    std::string path = temp / "data";
    Child maker([&](int out) { return write_and_say(path, 0, out); });
    ::usleep(draw.choose(making_us, "kill at"));
    maker.kill_now();
    REQUIRE(first_lost(path, 0) == -1);
  }
}

TEST_CASE("crash: a killed restore leaves the old house or the new one, whole") {
  TempDir temp;
  std::string path = temp / "data";
  make_house(path, 50, 3000);
  REQUIRE(make_backup(path, temp / "b", "1"));
  SeededChoose draw(43);
  std::uint32_t restoring_us = time_of([&] { REQUIRE(restore(temp / "b", path)); });
  int seen[2] = {0, 0};
  for (int round = 0; round < rounds(); ++round) {
    {
      DataDir dir = lock(path);
      Store store = open_store(dir);
      REQUIRE(store.set_meta(Base::house, "row1", "old"));
    }
    Child restorer([&](int) { return restore(temp / "b", path) ? 0 : 1; });
    ::usleep(draw.choose(restoring_us, "kill at"));
    restorer.kill_now();
    REQUIRE(first_lost(path, 0) == -1);
    std::string row = stored(path, "row1");
    bool is_old = row == "old";
    REQUIRE((is_old || row == std::string(3000, 'b')));
    ++seen[is_old];
  }
  MESSAGE("old ", seen[1], ", new ", seen[0]);
}
