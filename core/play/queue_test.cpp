// Guards: the queue as a list of entries that keep their identity through any edits, and what is
// stored of it. How: random edits beside a plain list that does the same in the simplest way.
#include "core/play/queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/limits.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::play;

namespace {

std::vector<TrackId> tracks(std::uint64_t from, std::size_t n) {
  std::vector<TrackId> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back(TrackId{from + i});
  return all;
}

std::vector<std::uint64_t> order_of(const Queue& queue) {
  std::vector<std::uint64_t> all;
  for (const QueueItem& item : queue.items()) all.push_back(item.track.value);
  return all;
}

struct Filled {
  SeededRandom random{7};
  Queue queue{random};
  explicit Filled(std::size_t n) { CHECK(queue.edit(AddTracks{tracks(1, n)}, {})); }
  ItemId item(std::size_t at) const { return queue.items()[at].id; }
};

// An edit of the queue as it is, from the stream of decisions.
QueueEdit draw_edit(Choose& choose, const Queue& queue, std::uint64_t& next_track) {
  auto some = [&] {
    std::vector<ItemId> ids;
    for (const QueueItem& item : queue.items()) {
      if (choose.choose(3, "take") == 1) ids.push_back(item.id);
    }
    return ids;
  };
  auto place = [&](const std::vector<ItemId>& but) {
    std::size_t at = choose.choose(static_cast<std::uint32_t>(queue.items().size() + 1), "place");
    ItemId id = at < queue.items().size() ? queue.items()[at].id : ItemId{};
    return std::find(but.begin(), but.end(), id) == but.end() ? id : ItemId{};
  };
  switch (choose.choose(7, "edit")) {
    case 1: return RemoveItems{some()};
    case 2: {
      std::vector<ItemId> items = some();
      return MoveItems{items, place(items)};
    }
    case 3: return SetShuffle{choose.choose(2, "on") == 1};
    case 4: return UndoEdit{};
    case 5: return choose.choose(4, "clear") == 1 ? QueueEdit(ClearQueue{}) : SetRepeat{};
    default: {
      AddTracks add{tracks(next_track, choose.choose(4, "count"))};
      next_track += add.tracks.size();
      add.where = static_cast<AddTracks::Where>(choose.choose(4, "where"));
      if (add.where == AddTracks::Where::before) add.before = place({});
      return add;
    }
  }
}

bool is_sound(const Queue& queue) {
  std::set<std::uint64_t> ids;
  for (const QueueItem& item : queue.items()) {
    if (!ids.insert(item.id.value).second) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("queue: after any edits, ids are once each, and what is stored comes back equal") {
  CHECK_FOR_ALL(1, 600, [](Choose& choose) -> explore::Broken {
    SeededRandom random(choose.choose(1000, "seed"));
    Queue queue(random);
    std::uint64_t next_track = 1;
    for (std::uint32_t n = choose.choose(30, "edits"); n > 0; --n) {
      Version before = queue.version();
      auto done = queue.edit(draw_edit(choose, queue, next_track), before);
      FAIL_UNLESS(done || done.error().code == Code::conflict, done.error().text);
      FAIL_UNLESS(is_sound(queue));
      const QueueItem* next = choose.choose(2, "play") == 1 ? queue.next(true) : nullptr;
      if (next != nullptr) FAIL_UNLESS(queue.set_current(next->id).has_value());
    }
    Queue copy(random);
    FAIL_UNLESS(copy.restore(queue.save()).has_value());
    FAIL_UNLESS(copy.save() == queue.save());
    FAIL_UNLESS(copy.items() == queue.items());
    return explore::kHolds;
  });
}

TEST_CASE("queue: damaged bytes are refused and change nothing") {
  CHECK_FOR_ALL(2, 2000, [](Choose& choose) -> explore::Broken {
    Filled filled(4);
    std::string good = filled.queue.save();
    std::string bad = good;
    if (choose.choose(2, "how") == 1)
      bad.resize(choose.choose(static_cast<std::uint32_t>(bad.size()), "cut"));
    else
      bad[choose.choose(static_cast<std::uint32_t>(bad.size()), "at")] ^=
          static_cast<char>(1 + choose.choose(255, "flip"));
    auto restored = filled.queue.restore(bad);
    if (!restored) FAIL_UNLESS(filled.queue.save() == good);
    else FAIL_UNLESS(is_sound(filled.queue));
    return explore::kHolds;
  });
  Filled filled(1);
  CHECK(filled.queue.restore("\x02").error().code == Code::newer_version);
  CHECK(filled.queue.restore("").error().code == Code::corrupt);
}

TEST_CASE("queue: an edit based on an old version changes nothing") {
  Filled filled(3);
  Version old = filled.queue.version();
  REQUIRE(filled.queue.edit(ClearQueue{}, old));
  auto late = filled.queue.edit(AddTracks{tracks(9, 1)}, old);
  CHECK(late.error().code == Code::stale);
  CHECK(filled.queue.items().empty());
}

TEST_CASE("queue: undo brings back list, order and shuffle, edit by edit") {
  Filled filled(6);
  Queue& queue = filled.queue;
  auto at_start = order_of(queue);
  REQUIRE(queue.set_current(filled.item(2)));
  REQUIRE(queue.edit(RemoveItems{{filled.item(0), filled.item(5)}}, {}));
  REQUIRE(queue.edit(SetShuffle{true}, {}));
  REQUIRE(queue.edit(ClearQueue{}, {}));
  CHECK(queue.current() == nullptr);
  REQUIRE(queue.edit(UndoEdit{}, {}));
  CHECK(queue.shuffled());
  CHECK(queue.current()->track == TrackId{3});
  REQUIRE(queue.edit(UndoEdit{}, {}));
  CHECK(!queue.shuffled());
  REQUIRE(queue.edit(UndoEdit{}, {}));
  CHECK(order_of(queue) == at_start);
  REQUIRE(queue.edit(UndoEdit{}, {}));  // the first addition
  CHECK(queue.edit(UndoEdit{}, {}).error().code == Code::conflict);
}

TEST_CASE("queue: shuffle keeps what plays, loses nothing, and its end brings the order back") {
  Filled filled(50);
  Queue& queue = filled.queue;
  auto before = order_of(queue);
  REQUIRE(queue.set_current(filled.item(20)));
  REQUIRE(queue.edit(SetShuffle{true}, {}));
  CHECK(queue.items().front().track == TrackId{21});
  CHECK(order_of(queue) != before);
  REQUIRE(queue.edit(AddTracks{tracks(100, 2), AddTracks::Where::next}, {}));
  CHECK(queue.items()[1].track == TrackId{100});
  REQUIRE(queue.edit(SetShuffle{false}, {}));
  before.push_back(100), before.push_back(101);
  CHECK(order_of(queue) == before);
}

TEST_CASE("queue: every order of three is as likely") {
  SeededRandom random{11};
  std::map<std::vector<std::uint64_t>, int> seen;
  for (int i = 0; i < 6000; ++i) {
    Queue queue(random);
    REQUIRE(queue.edit(AddTracks{tracks(1, 3)}, {}));
    REQUIRE(queue.edit(SetShuffle{true}, {}));
    ++seen[order_of(queue)];
  }
  CHECK(seen.size() == 6);
  for (const auto& [order, count] : seen) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("queue: what is next follows repeat, and skipping leaves repeat one") {
  Filled filled(2);
  Queue& queue = filled.queue;
  CHECK(queue.next(false)->track == TrackId{1});  // nothing plays yet
  REQUIRE(queue.set_current(filled.item(1)));
  CHECK(queue.next(false) == nullptr);
  CHECK(queue.previous()->track == TrackId{1});
  REQUIRE(queue.edit(SetRepeat{Repeat::all}, {}));
  CHECK(queue.next(false)->track == TrackId{1});
  REQUIRE(queue.edit(SetRepeat{Repeat::one}, {}));
  CHECK(queue.next(false)->track == TrackId{2});
  CHECK(queue.next(true)->track == TrackId{1});
}

TEST_CASE("queue: when what plays is removed, what followed it is current") {
  Filled filled(4);
  Queue& queue = filled.queue;
  REQUIRE(queue.set_current(filled.item(1)));
  REQUIRE(queue.edit(RemoveItems{{filled.item(1), filled.item(2)}}, {}));
  CHECK(queue.current()->track == TrackId{4});
  REQUIRE(queue.edit(RemoveItems{{queue.current()->id}}, {}));
  CHECK(queue.current() == nullptr);
}

TEST_CASE("queue: bad edits are refused whole") {
  Filled filled(3);
  Queue& queue = filled.queue;
  auto before = order_of(queue);
  CHECK(queue.edit(AddTracks{tracks(1, limits::kQueueItems)}, {}).error().code == Code::too_large);
  CHECK(queue.edit(RemoveItems{{filled.item(0), ItemId{1}}}, {}).error().code == Code::not_found);
  CHECK(queue.edit(MoveItems{{filled.item(0), filled.item(0)}}, {}).error().code ==
        Code::bad_request);
  CHECK(queue.edit(MoveItems{{filled.item(0)}, filled.item(0)}, {}).error().code ==
        Code::bad_request);
  CHECK(queue.edit(MoveItems{{filled.item(0)}, ItemId{1}}, {}).error().code == Code::not_found);
  CHECK(queue.edit(AddTracks{tracks(1, 1), AddTracks::Where::before, ItemId{1}}, {}).error().code ==
        Code::not_found);
  CHECK(queue.set_current(ItemId{1}).error().code == Code::not_found);
  CHECK(order_of(queue) == before);
}

TEST_CASE("queue: undo and history are bounded") {
  Filled filled(1000);
  for (int i = 0; i < 300; ++i) {
    REQUIRE(filled.queue.edit(AddTracks{tracks(5000, 1)}, {}));
    filled.queue.played(TrackId{static_cast<std::uint64_t>(i + 1)}, {});
  }
  int undone = 0;
  while (filled.queue.edit(UndoEdit{}, {})) ++undone;
  CHECK(undone == static_cast<int>(limits::kQueueUndo));
  CHECK(filled.queue.history().size() == limits::kQueueHistory);
  CHECK(filled.queue.history().back().track == TrackId{300});
}
