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
