// Guards: mirrors of feeds: dense delivery, one report of lagging, restatement, one compressed
// payload for all, nothing held without a reader. How: appends and attaches against what the peers
// read.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/live/live_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::live;
using namespace tutti::live::test;
using Lines = std::vector<std::string>;

namespace {
constexpr FeedId kFeed{77};
void append(Bench& b, std::uint64_t at, std::string text) {
  b.say(Append{kFeed, {at}, Frame{Bytes(std::move(text))}});
}
}  // namespace

TEST_CASE(
    "edge: every reader gets each frame from where it was attached, in order, however slowly it "
    "reads") {
  CHECK_FOR_ALL(6, 100, [](Choose& draw) {
    Bench b;
    std::vector<std::size_t> peers = {b.live(), b.live(), b.live()};
    std::vector<std::uint64_t> from(peers.size(), 0);
    std::vector<bool> attached(peers.size(), false);
    std::uint64_t head = 0;
    for (int step = 0; step < 60; ++step) {
      std::size_t p = draw.choose(3, "peer");
      switch (draw.choose(3, "what")) {
        case 0: append(b, head, fmt::format("frame {}", head)), ++head; break;
        case 1:
          if (!attached[p])
            b.say(Attach{b.id(peers[p]), kFeed, {from[p] = head}}), attached[p] = true;
          break;
        default:
          if (b.shell[peers[p]].wants_write)
            b.shell.write(peers[p], b.now, draw.choose(30, "bytes"));
      }
    }
    b.shell.flush(b.now);
    for (std::size_t p = 0; p < peers.size(); ++p) {
      Lines expected = {"101"};
      for (std::uint64_t at = from[p]; attached[p] && at < head; ++at)
        expected.push_back(fmt::format("text frame {}", at));
      FAIL_UNLESS(b.shell[peers[p]].view.items() == expected,
                  fmt::format("peer {}: {}", p, fmt::join(b.shell[peers[p]].view.items(), ", ")));
      b.shell.reset(peers[p], b.now);
    }
    FAIL_UNLESS(b.edge.counters().held() == 0);
    FAIL_UNLESS(b.shell.wrong() == "", b.shell.wrong());
    return kHolds;
  });
}

TEST_CASE(
    "edge: a reader that falls out of the window is reported once and stands still until it is "
    "attached again") {
  Bench b;
  std::size_t slow = b.live();
  std::size_t fast = b.live();
  for (std::size_t i : {slow, fast}) b.say(Attach{b.id(i), kFeed, {0}});
  std::uint64_t head = 0;
  for (; head < limits::kTopicFrames + 10; ++head) {
    append(b, head, std::to_string(head));
    b.shell.write(fast, b.now);
  }
  CHECK(b.heard().empty());
  b.shell.flush(b.now);
  append(b, head, std::to_string(head));
  ++head;
  b.shell.flush(b.now);
  CHECK(b.heard() == Lines{"lagging"});
  CHECK(b.shell[slow].view.items() == Lines{"101"});
  CHECK(b.shell[fast].view.items().size() == head + 1);
  b.say(Send{b.id(slow), Bytes("whole")});
  b.say(Attach{b.id(slow), kFeed, {head}});
  append(b, head, "next");
  b.shell.flush(b.now);
  CHECK(b.shell[slow].view.items() == Lines{"101", "text whole", "text next"});
  CHECK(b.heard().empty());
}

TEST_CASE(
    "edge: after a detach nothing of the feed comes, and without readers appends are nobody's") {
  Bench b;
  std::size_t i = b.live();
  b.say(Attach{b.id(i), kFeed, {0}});
  append(b, 0, "zero");
  b.shell.flush(b.now);
  b.say(Detach{b.id(i), kFeed});
  append(b, 1, "one");
  b.say(Detach{b.id(i), kFeed});
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"101", "text zero"});
  b.say(Attach{b.id(i), kFeed, {2}});
  append(b, 2, "two");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.last() == "text two");
}

TEST_CASE("edge: frames shared by many are compressed once and read alike by all") {
  Bench b{EdgeConfig{}};
  std::vector<std::size_t> peers;
  for (int n = 0; n < 3; ++n)
    peers.push_back(b.live("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  peers.push_back(b.live());  // reads it plain
  for (std::size_t i : peers) b.say(Attach{b.id(i), kFeed, {0}});
  std::string text(5000, 'm');
  append(b, 0, text);
  const std::byte* shared = nullptr;
  for (std::size_t n = 0; n < 3; ++n) {
    std::vector<ByteView> views;
    b.edge.transmit(b.shell[peers[n]].handle, b.now, SIZE_MAX, views);
    REQUIRE(views.size() == 2);
    CHECK(views[1].size() < 200);
    if (n > 0) CHECK(views[1].data() == shared);
    shared = views[1].data();
  }
  b.shell.flush(b.now);
  for (std::size_t i : peers) CHECK((b.shell[i].view.items() == Lines{"101", "text " + text}));
}

TEST_CASE("edge: a reader that leaves in any way leaves its feeds") {
  for (int way = 0; way < 3; ++way) {
    Bench b;
    std::size_t i = b.live();
    std::size_t other = b.live();
    for (std::size_t n : {i, other}) b.say(Attach{b.id(n), kFeed, {0}});
    if (way == 0) b.shell.reset(i, b.now);
    if (way == 1) b.say(Close{b.id(i), CloseReason::going_away});
    if (way == 2) b.shell.bytes(i, close_frame(), b.now);
    append(b, 0, "zero");
    b.shell.flush(b.now);
    CHECK(b.shell[other].view.last() == "text zero");
    CHECK_FALSE(b.shell[i].view.has("text zero"));
    CHECK(b.shell.wrong() == "");
  }
}

namespace {

// Chunks of one stream: 100 ms each, the first heard at `begin`.
struct Chunks {
  Bench& b;
  ServerTime begin;
  std::uint64_t made = 0;
  Duration lead = millis(0);

  ServerTime heard_at(std::uint64_t chunk) const {
    return begin + millis(100) * static_cast<std::int64_t>(chunk);
  }
  void append(std::size_t bytes) {
    std::string text = fmt::format("{:04}", made) + std::string(bytes - 4, '.');
    Frame frame{Bytes(std::move(text)), FrameClass::media};
    frame.deadline = heard_at(made) - lead;
    frame.used_at = heard_at(made + 1);
    b.say(Append{kFeed, {made++}, std::move(frame)});
  }
  void attach(std::size_t peer, std::uint64_t from, std::size_t capacity) {
    Attach attach{b.id(peer), kFeed, {from}, OnLag::skip};
    attach.capacity = capacity;
    b.say(std::move(attach));
  }
};
std::vector<std::uint64_t> chunks_of(const Bench& b, std::size_t peer) {
  std::vector<std::uint64_t> got;
  for (const std::string& item : b.shell[peer].view.items()) {
    if (item.starts_with("binary ")) got.push_back(std::stoull(item.substr(7, 4)));
  }
  return got;
}

}  // namespace

TEST_CASE("edge: a player is never sent more than it can hold, nor what is too late") {
  CHECK_FOR_ALL(9, 60, [](Choose& draw) {
    Bench b;
    std::size_t player = b.live(), roomy = b.live();
    Chunks chunks{b, b.now.mono + seconds(2)};
    std::size_t capacity = 1000 + 500 * draw.choose(20, "capacity");
    chunks.attach(player, 0, capacity);
    chunks.attach(roomy, 0, std::size_t{1} << 30);
    std::vector<ServerTime> sent_at;
    for (int step = 0; step < 80; ++step) {
      if (draw.choose(3, "append") > 0 && chunks.made < 60) chunks.append(500);
      b.advance(millis(static_cast<std::int64_t>(draw.choose(200, "ms"))));
      b.shell.flush(b.now);
      auto got = chunks_of(b, player);
      for (std::size_t i = sent_at.size(); i < got.size(); ++i) {
        FAIL_UNLESS(chunks.heard_at(got[i]) >= b.now.mono, "sent though it was too late");
        sent_at.push_back(b.now.mono);
      }
      std::size_t held = 0;
      for (std::uint64_t chunk : got) {
        if (chunks.heard_at(chunk + 1) > b.now.mono) held += 500;
      }
      FAIL_UNLESS(held <= capacity, fmt::format("holds {} of {}", held, capacity));
    }
    FAIL_UNLESS(std::is_sorted(sent_at.begin(), sent_at.end()));
    auto got = chunks_of(b, player);
    FAIL_UNLESS(std::adjacent_find(got.begin(), got.end(), std::greater_equal<>()) == got.end());
    return kHolds;
  });
}

TEST_CASE("edge: a player that can hold little is sent each chunk as the one before is used up") {
  Bench b;
  std::size_t player = b.live();
  Chunks chunks{b, b.now.mono + millis(500)};
  chunks.attach(player, 0, 1000);
  for (int i = 0; i < 10; ++i) chunks.append(500);
  b.shell.flush(b.now);
  CHECK(chunks_of(b, player).size() == 2);
  for (int i = 0; i < 16; ++i) {
    b.advance(millis(100));
    b.shell.flush(b.now);
  }
  CHECK(chunks_of(b, player) == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(b.edge.counters().late_frames == 0);
}

TEST_CASE("edge: what no player could hold is passed over when its time has come, and counted") {
  Bench b;
  std::size_t player = b.live();
  Chunks chunks{b, b.now.mono + millis(500)};
  chunks.attach(player, 0, 400);
  for (int i = 0; i < 3; ++i) chunks.append(500);
  for (int i = 0; i < 10; ++i) {
    b.advance(millis(100));
    b.shell.flush(b.now);
  }
  CHECK(chunks_of(b, player).empty());
  CHECK(b.edge.counters().late_frames == 3);
}

TEST_CASE("edge: who joins late begins with what is still to be heard") {
  Bench b;
  std::size_t first = b.live(), late = b.live();
  Chunks chunks{b, b.now.mono + millis(500)};
  chunks.attach(first, 0, 1 << 20);
  for (int i = 0; i < 20; ++i) chunks.append(500);
  b.advance(millis(1000));
  chunks.attach(late, 0, 1 << 20);
  b.shell.flush(b.now);
  auto got = chunks_of(b, late);
  REQUIRE_FALSE(got.empty());
  CHECK(got.front() == 5);
  CHECK(got.back() == 19);
}

TEST_CASE("edge: another format goes on where the one before ended, within what is held") {
  Bench b;
  std::size_t player = b.live();
  Chunks chunks{b, b.now.mono + millis(500)};
  chunks.attach(player, 0, 1000);
  for (int i = 0; i < 2; ++i) chunks.append(500);
  b.shell.flush(b.now);
  CHECK(chunks_of(b, player).size() == 2);
  constexpr FeedId kOther{78};
  Attach attach{b.id(player), kOther, {0}, OnLag::skip};
  attach.capacity = 1000;
  attach.succeeds = kFeed;
  b.say(std::move(attach));
  Frame frame{Bytes("0099" + std::string(496, '.')), FrameClass::media};
  frame.deadline = b.now.mono + millis(700);
  frame.used_at = b.now.mono + millis(800);
  b.say(Append{kOther, {0}, frame});
  b.shell.flush(b.now);
  CHECK(chunks_of(b, player).size() == 2);
  b.advance(millis(600));
  b.shell.flush(b.now);
  CHECK(chunks_of(b, player) == std::vector<std::uint64_t>{0, 1, 99});
  chunks.append(500);  // nobody follows that feed any more
  b.shell.flush(b.now);
  CHECK(chunks_of(b, player).size() == 3);
}

TEST_CASE("edge: readers of a stream are not all served in the turn in which a chunk is made") {
  Bench b;
  std::vector<std::size_t> peers;
  Chunks chunks{b, b.now.mono + seconds(4)};
  for (int i = 0; i < 50; ++i) {
    peers.push_back(b.live());
    chunks.attach(peers.back(), 0, 1 << 20);
  }
  b.shell.flush(b.now);
  chunks.append(500);
  std::size_t most = 0, served = 0;
  for (int ms = 0; ms <= limits::kMediaSpread.us / 1000; ++ms) {
    b.shell.flush(b.now);
    std::size_t now = 0;
    for (std::size_t peer : peers) now += chunks_of(b, peer).size();
    most = std::max(most, now - served);
    served = now;
    b.advance(millis(1));
  }
  CHECK(served == peers.size());
  CHECK(most <= 4);
}
