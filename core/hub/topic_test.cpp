// Guards: a subscriber gets the whole state, then deltas with dense versions, whatever happens in
// between and however slowly it reads. How: random interleavings of subscribing, publishing, queues
// passed one value at a time and writes.
#include <doctest/doctest.h>

#include "core/hub/hub_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::hub;
using namespace tutti::hub::test;
using namespace tutti::live::test;

namespace {
const std::string kSubscribe = text_frame(R"({"op":"subscribe","id":1,"topic":"server"})");
const std::string kUnsubscribe = text_frame(R"({"op":"unsubscribe","id":2,"topic":"server"})");

// The number of connections changes, and with it the topic's state.
void publish(Wiring& w, int& open) {
  if (open % 2 == 0) w.open(0, loopback(9));
  else w.reset(w.clients.size() - 1);
  ++open;
}
}  // namespace

TEST_CASE(
    "topic: the whole state, then dense deltas, for any interleaving with publishes, slow reading "
    "and leaving") {
  std::size_t deltas = 0;
  CHECK_FOR_ALL(8, 300, [&](Choose& draw) {
    std::uint16_t edges = 1 + static_cast<std::uint16_t>(draw.choose(2, "edges"));
    Wiring w(edges);
    std::size_t readers[] = {w.live("/ws?client=a"), w.live("/ws?client=b", edges - 1)};
    int open = 0;
    for (int step = 0; step < 120; ++step) {
      std::size_t reader = readers[draw.choose(2, "reader")];
      auto e = static_cast<std::uint16_t>(draw.choose(edges, "edge"));
      switch (draw.choose(8, "what")) {
        case 0: publish(w, open); break;
        case 1: w.bytes(reader, kSubscribe); break;
        case 2:
          if (draw.choose(3, "unsubscribe") == 0) w.bytes(reader, kUnsubscribe);
          break;
        case 3:
          if (w.house.deadline() != kNever) w.fire_house();
          break;
        case 4:
          if (w.socket(reader).wants_write) w.write(reader, draw.choose(200, "bytes"));
          break;
        case 5:
          if (!w.up[e].empty()) w.pass_up(e);
          break;
        default:
          if (!w.down[e].empty()) w.pass_down(e);
      }
    }
    w.settle();
    for (std::size_t reader : readers) {
      // After an unsubscription the versions may jump: only the stretch behind the last state
      // counts then.
      std::vector<std::string> items = w.items(reader);
      FAIL_UNLESS(topic_fault(items) == "", topic_fault(items));
      for (const std::string& item : items)
        deltas += item.find("\"op\":\"delta\"") != std::string::npos ? 1 : 0;
    }
    return kHolds;
  });
  CHECK(deltas > 300);
}

TEST_CASE(
    "topic: a subscriber reads the current version in the end, and nothing after unsubscribing") {
  Wiring w;
  std::size_t reader = w.live("/ws?client=a"), gone = w.live("/ws?client=b");
  w.bytes(reader, kSubscribe);
  w.bytes(gone, kSubscribe);
  w.settle();
  w.bytes(gone, kUnsubscribe);
  w.settle();
  int open = 0;
  for (int i = 0; i < 5; ++i) {
    publish(w, open);
    w.advance(millis(300));
  }
  std::int64_t last = 0;
  CHECK(topic_fault(w.items(reader), &last) == "");
  CHECK(last >= 5);
  CHECK(w.items(gone).back() == R"(text {"op":"result","id":2,"value":true})");
  CHECK(w.items(reader).back().find("\"connections\":") != std::string::npos);
}

TEST_CASE(
    "topic: who falls behind the window gets the whole state again and reads on without a gap") {
  Wiring w;
  std::size_t reader = w.live("/ws?client=a");
  w.bytes(reader, kSubscribe);
  w.settle();
  int open = 0;
  for (std::size_t i = 0; i < limits::kTopicFrames + 20; ++i) {
    publish(w, open);
    while (!w.up[0].empty()) w.pass_up(0);
    w.fire_house();
    while (!w.down[0].empty()) w.pass_down(0);  // the reader's socket takes nothing
  }
  std::size_t before = w.items(reader).size();
  w.settle();
  REQUIRE(w.items(reader).size() > before);
  std::string restated = w.items(reader)[before];
  CHECK(restated.starts_with("text {\"op\":\"state\""));
  publish(w, open);
  w.advance(millis(300));
  CHECK(topic_fault(w.items(reader)) == "");
  CHECK(w.items(reader).back().starts_with("text {\"op\":\"delta\""));
}
