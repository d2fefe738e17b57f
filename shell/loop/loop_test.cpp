// Guards: the loop wakes for its deadline and for posted work, descriptors report, lanes bring
// every result back exactly once or destroy it on the worker. How: real threads and pipes;
// ThreadSanitizer runs these tests too.
#include "shell/loop/loop.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "shell/loop/lane.hpp"
#include "shell/loop/system_random.hpp"

using namespace tutti;
using namespace tutti::shell;

namespace {

// Runs the loop until `done`, or for 20 s, which is a failure.
void run_until(Loop& loop, const std::function<bool()>& done) {
  ServerTime give_up = clock_now().mono + seconds(20);
  loop.on_turn([&](Now now) {
    if (done() || now.mono > give_up) loop.stop();
    loop.set_deadline(now.mono + millis(2));
    return false;
  });
  loop.run();
  REQUIRE(done());
}

// Tells where it was destroyed.
struct Trace {
  explicit Trace(std::atomic<std::thread::id>* where) : where_(where) {}
  ~Trace() { *where_ = std::this_thread::get_id(); }
  std::atomic<std::thread::id>* where_;
};

}  // namespace

TEST_CASE("loop: it turns at its deadline, not before, and never waits past it") {
  Loop loop;
  ServerTime at = clock_now().mono + millis(30);
  ServerTime fired{};
  int turns = 0;
  loop.on_turn([&](Now now) {
    ++turns;
    if (now.mono >= at) {
      fired = now.mono;
      loop.set_deadline(kNever);
      loop.stop();
    } else {
      loop.set_deadline(at);
    }
    return false;
  });
  loop.run();
  CHECK(fired >= at);
  CHECK(turns < 20);  // it slept meanwhile
  CHECK(loop.lag_us().count() == 1);
}

TEST_CASE("loop: what other threads post runs on the loop, in each thread's order") {
  Loop loop;
  constexpr int kThreads = 3;
  constexpr int kTasks = 500;
  std::vector<int> seen[kThreads];
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) loop.post([&, t, i] { seen[t].push_back(i); });
    });
  }
  run_until(loop,
            [&] { return seen[0].size() + seen[1].size() + seen[2].size() == kThreads * kTasks; });
  for (auto& thread : threads) thread.join();
  for (auto& list : seen) CHECK(std::is_sorted(list.begin(), list.end()));
}

TEST_CASE("loop: a descriptor reports when it can be read, and no more once its watch is gone") {
  Loop loop;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::string got;
  auto poll = loop.poll(ends[0], [&](int, bool) {
    char c = 0;
    if (::read(ends[0], &c, 1) == 1) got += c;
  });
  REQUIRE(poll);
  (*poll)->watch(UV_READABLE);
  REQUIRE(::write(ends[1], "ab", 2) == 2);
  run_until(loop, [&] { return got == "ab"; });
  poll->reset();
  REQUIRE(::write(ends[1], "c", 1) == 1);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(got == "ab");
}

TEST_CASE("loop: a descriptor that cannot be watched is an error, not a crash") {
  Loop loop;
  CHECK(loop.poll(-1, [](int, bool) {}).error().code == Code::io);
}

TEST_CASE("lane: every job comes back exactly once, on the loop") {
  Loop loop;
  Lane lane(loop, "test", 2);
  int back = 0;
  std::thread::id loop_thread = std::this_thread::get_id();
  bool elsewhere = true;
  for (std::uint64_t i = 1; i <= 200; ++i) {
    REQUIRE(lane.submit({JobToken{i}, seconds(10),
                         [&, loop_thread](const Cancelled&) -> Completion {
                           bool off = std::this_thread::get_id() != loop_thread;
                           return [&, off, loop_thread] {
                             ++back;
                             elsewhere =
                                 elsewhere && off && std::this_thread::get_id() == loop_thread;
                           };
                         },
                         [](Error) { FAIL("no job is late"); }}));
  }
  run_until(loop, [&] { return back == 200; });
  CHECK(elsewhere);
  CHECK(lane.wait_us().count() == 200);
}

TEST_CASE("lane: what belonged to a cancelled job is destroyed on its worker") {
  Loop loop;
  Lane lane(loop, "test", 1);
  std::atomic<std::thread::id> died{};
  std::atomic<bool> began = false;
  REQUIRE(lane.submit({JobToken{1}, seconds(10),
                       [&](const Cancelled& cancelled) -> Completion {
                         auto trace = std::make_shared<Trace>(&died);
                         began = true;
                         while (!cancelled) std::this_thread::yield();
                         return [trace] { FAIL("a cancelled job does not come back"); };
                       },
                       [](Error) {}}));
  while (!began) std::this_thread::yield();
  lane.cancel(JobToken{1});
  run_until(loop, [&] { return died.load() != std::thread::id{}; });
  CHECK(died.load() != std::this_thread::get_id());
}

TEST_CASE(
    "lane: a job past its deadline fails once, its thread is replaced, and the lane goes on") {
  Loop loop;
  Lane lane(loop, "test", 1);
  std::atomic<bool> release = false;
  int failed = 0;
  int done = 0;
  REQUIRE(lane.submit({JobToken{1}, millis(10),
                       [&](const Cancelled&) -> Completion {
                         while (!release) std::this_thread::yield();
                         return [] { FAIL("it is too late for this"); };
                       },
                       [&](Error error) {
                         ++failed;
                         CHECK(error.code == Code::timeout);
                       }}));
  REQUIRE(
      lane.submit({JobToken{2}, seconds(10),
                   [&](const Cancelled&) -> Completion { return [&] { ++done; }; }, [](Error) {}}));
  ServerTime give_up = clock_now().mono + seconds(20);
  loop.on_turn([&](Now now) {
    lane.tick(now.mono);
    if (failed == 1 && done == 1) release = true;
    if ((release && lane.stuck() == 0) || now.mono > give_up) loop.stop();
    loop.set_deadline(now.mono + millis(2));
    return false;
  });
  loop.run();
  CHECK(failed == 1);
  CHECK(done == 1);
  CHECK(lane.stuck() == 0);  // the thread came back and ended
}

TEST_CASE("lane: a full queue refuses with an error") {
  Loop loop;
  Lane lane(loop, "test", 1, 2);
  std::atomic<bool> release = false;
  int refused = 0;
  auto wait = [&](const Cancelled&) -> Completion {
    while (!release) std::this_thread::yield();
    return [] {};
  };
  for (std::uint64_t i = 1; i <= 5; ++i) {
    auto submitted = lane.submit({JobToken{i}, seconds(10), wait, [](Error) {}});
    if (!submitted) refused += submitted.error().code == Code::overloaded ? 1 : 100;
  }
  release = true;
  CHECK(refused == 3);  // two have a place, run or wait
}

TEST_CASE("random: the kernel's bytes differ, and an id is never none") {
  SystemRandom random;
  SystemRandom other;
  CHECK(random.bits() != other.bits());
  for (int i = 0; i < 2000; ++i) REQUIRE(random.id<JobToken>());
}
