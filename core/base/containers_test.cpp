// Guards: tables never hand out an earlier occupant, rings and feeds keep their bounds, budgets sum
// up, timers fire in order. How: random operations over the choose stream against a plain model.
#include <doctest/doctest.h>

#include <deque>
#include <map>

#include "core/base/budget.hpp"
#include "core/base/choose.hpp"
#include "core/base/feed.hpp"
#include "core/base/observed.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/base/table.hpp"
#include "core/base/timers.hpp"

using namespace tutti;

TEST_CASE("table: a handle finds its own entity or nothing, whatever came and went") {
  SeededChoose draw(1);
  Table<int> table;
  std::vector<std::pair<Handle, int>> live;
  std::vector<Handle> dead;
  for (int i = 0; i < 5000; ++i) {
    if (live.empty() || draw.choose(2, "op") == 0) {
      live.emplace_back(table.create(i), i);
    } else {
      auto at = live.begin() + draw.choose(static_cast<std::uint32_t>(live.size()), "which");
      REQUIRE(*table.erase(at->first) == at->second);
      dead.push_back(at->first);
      live.erase(at);
    }
    for (const Handle& handle : dead) REQUIRE(table.read(handle) == nullptr);
    if (dead.size() > 50) dead.clear();
  }
  std::vector<int> order;
  table.for_each([&](Handle, int& value) { order.push_back(value); });
  std::vector<int> expected;
  for (auto& [handle, value] : live) expected.push_back(value);
  CHECK(order == expected);  // order of creation
  CHECK(table.size() == live.size());
  CHECK(table.stale_seen() > 0);
}

TEST_CASE("table: an entity may be erased while it is visited") {
  Table<int> table;
  for (int i = 0; i < 4; ++i) table.create(i);
  table.for_each([&](Handle handle, int& value) {
    if (value % 2 == 0) table.erase(handle);
  });
  CHECK(table.size() == 2);
}

TEST_CASE("table: the recorder hears of each entry and of the order") {
  struct Heard : Recorder {
    int reads = 0, writes = 0, order = 0;
    void read(const void*, std::uint64_t key) override { ++(key == kWhole ? order : reads); }
    void wrote(const void*, std::uint64_t key) override { ++(key == kWhole ? order : writes); }
  } heard;
  Table<int> table(&heard);
  Handle h = table.create(1);
  CHECK(heard.order == 1);
  CHECK(heard.writes == 1);
  table.read(h);
  CHECK(heard.reads == 1);
  static_cast<const Table<int>&>(table).for_each([](Handle, const int&) {});
  CHECK(heard.order == 2);
}

TEST_CASE("ring: first in first out, full at its bound, empty holds nothing") {
  Ring<std::shared_ptr<int>> ring(3);
  auto value = std::make_shared<int>(7);
  CHECK(ring.push(value));
  CHECK(ring.push(nullptr));
  CHECK(ring.push(nullptr));
  CHECK_FALSE(ring.push(nullptr));
  CHECK(ring.pop() == value);
  CHECK(value.use_count() == 1);
  CHECK(ring.push(nullptr));
  CHECK(ring.full());
}

TEST_CASE("feed: the window keeps its bounds and positions stay dense") {
  SeededChoose draw(2);
  Feed feed(10, 100);
  std::map<std::uint64_t, std::string> all;
  for (int i = 0; i < 500; ++i) {
    std::string text(draw.choose(40, "size"), static_cast<char>('a' + i % 26));
    Position at = feed.append({Bytes(text)});
    REQUIRE(at.value == static_cast<std::uint64_t>(i));
    all[at.value] = text;
    REQUIRE((feed.bytes() <= 100 || feed.head().value - feed.base().value == 1));
    REQUIRE(feed.head().value - feed.base().value <= 10);
    for (auto p = feed.base().value; p < feed.head().value; ++p)
      REQUIRE(feed.at({p})->bytes.text() == all[p]);
    REQUIRE(feed.at(feed.head()) == nullptr);
    if (feed.base().value > 0) REQUIRE(feed.at({feed.base().value - 1}) == nullptr);
  }
}

TEST_CASE(
    "feed: a cursor behind the window follows its rule, late frames are dropped and counted") {
  Feed feed(2, 1000);
  for (int i = 0; i < 4; ++i)
    feed.append({Bytes(std::to_string(i)), FrameClass::media, ServerTime{i * 10}});
  Cursor topic{{}, {0}, OnLag::restate};
  CHECK(advance(topic, feed, {0}).kind == CursorStep::Kind::lagging);
  Cursor media{{}, {0}, OnLag::skip};
  CursorStep step = advance(media, feed, {25});
  REQUIRE(step.kind == CursorStep::Kind::frame);
  CHECK(step.frame->bytes.text() == "3");
  CHECK(step.skipped == 3);  // two left the window, one was late
  CHECK(advance(media, feed, {25}).kind == CursorStep::Kind::caught_up);
}

TEST_CASE("budget: a charge counts on every level or on none, and dies with its owner") {
  Budget process("process", 100);
  Budget control("control", 60, &process);
  Budget other("other", 100, &process);
  {
    Charge a(control);
    CHECK(a.resize(60));
    CHECK_FALSE(a.resize(61));
    CHECK(process.used() == 60);
    Charge b(other);
    CHECK_FALSE(b.resize(41));
    CHECK(other.used() == 0);
    CHECK(b.resize(40));
    CHECK(a.resize(10));
    CHECK(process.used() == 50);
  }
  CHECK(process.used() == 0);
}

TEST_CASE("timers: they fire in order of time, then of arming; one stands for a key") {
  SeededChoose draw(3);
  Timers timers;
  std::map<std::uint64_t, std::int64_t> model;
  std::int64_t now = 0;
  for (int i = 0; i < 5000; ++i) {
    std::uint64_t id = draw.choose(50, "id");
    switch (draw.choose(3, "op")) {
      case 0:
        model[id] = now + draw.choose(100, "at");
        timers.arm({1, 2, id}, {model[id]});
        break;
      case 1:
        model.erase(id);
        timers.cancel({1, 2, id});
        break;
      default: {
        now += draw.choose(20, "step");
        std::int64_t last = 0;
        while (auto key = timers.take_due({now})) {
          REQUIRE(model.count(key->id) == 1);
          REQUIRE(model[key->id] <= now);
          REQUIRE(model[key->id] >= last);
          last = model[key->id];
          model.erase(key->id);
        }
        for (auto& [k, at] : model) REQUIRE(at > now);
      }
    }
    REQUIRE(timers.size() == model.size());
  }
  Timers ties;
  ties.arm({1, 0, 5}, {1});
  ties.arm({1, 0, 4}, {1});
  CHECK(ties.take_due({1})->id == 5);
}

TEST_CASE("state: renamed ids and shifted times are the same state") {
  auto describe = [](std::uint64_t id, std::int64_t now) {
    StateWriter out({now});
    out.id(id);
    out.id(id + 1);
    out.id(id);
    out.time({now + 5});
    return out.bytes();
  };
  CHECK(describe(100, 0) == describe(7, 1000));
  StateWriter other({0});
  other.id(1);
  other.id(1);
  other.id(2);
  other.time({5});
  CHECK(other.bytes() != describe(1, 0));
}

TEST_CASE("observed: a history keeps the last N, oldest first") {
  Observed<Recent<int, 4>> history;
  for (int i = 0; i < 6; ++i) history.note(i);
  const auto& items = Projection::of(history);
  REQUIRE(items.size() == 4);
  CHECK(items[0] == 2);
  CHECK(items[3] == 5);
  CHECK(items.total() == 6);
}
