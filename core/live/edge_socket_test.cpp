// Guards: WebSockets on an edge: nothing before the 101, early bytes wait, control frames overtake
// what is queued but never the 101, closes from both sides, bounds. How: frames as bytes, a house
// that is the test, virtual time.
#include <doctest/doctest.h>

#include "core/live/live_test_kit.hpp"

using namespace tutti;
using namespace tutti::live;
using namespace tutti::live::test;
using Lines = std::vector<std::string>;

namespace {
constexpr Latch kGrants[] = {Latch::authenticated, Latch::services_ready, Latch::attached};
}  // namespace

TEST_CASE(
    "edge: nothing of the application is sent or heard before all latches, in any order of "
    "grants") {
  std::vector<int> order = {0, 1, 2, 3};  // 0 is the Accept
  do {
    Bench b;
    std::size_t i = b.shell.open(b.now);
    b.shell.bytes(i, upgrade() + text_frame(R"({"op":"echo","text":"early"})"), b.now);
    for (std::size_t step = 0; step < order.size(); ++step) {
      b.say(Send{b.id(i), Bytes("unready")});
      b.say(Attach{b.id(i), FeedId{1}, {0}});
      b.shell.flush(b.now);
      CHECK(b.shell[i].view.items().size() <= 1);
      if (order[step] == 0) b.say(Accept{b.id(i)});
      else b.say(Grant{b.id(i), kGrants[order[step] - 1]});
    }
    b.say(Send{b.id(i), Bytes("ready")});
    b.shell.flush(b.now);
    CHECK(b.shell[i].view.items() == Lines{"101", "text ready"});
    CHECK(b.heard() == Lines{"opened", "upgrade /ws", "command echo early"});
    CHECK_FALSE(b.shell[i].paused);
    CHECK(b.edge.counters().sends_not_ready == 8);
    b.shell.reset(i, b.now);
    CHECK(left_over(b) == "");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE(
    "edge: bytes behind the upgrade request wait however they are cut and whenever it is "
    "accepted") {
  std::string all = upgrade() + text_frame(R"({"op":"echo","text":"1"})") +
                    text_frame(R"({"op":"echo","text":"2"})");
  for (std::size_t cut = upgrade().size(); cut <= all.size(); ++cut) {
    for (bool granted : {false, true}) {
      Bench b;
      std::size_t i = b.shell.open(b.now);
      b.shell.bytes(i, all.substr(0, cut), b.now);
      if (granted) b.grant_all(i);
      b.shell.bytes(i, all.substr(cut), b.now);
      if (!granted) {
        b.say(Accept{b.id(i)});
        CHECK(b.heard() == Lines{"opened", "upgrade /ws"});
        for (Latch latch : kGrants) b.say(Grant{b.id(i), latch});
        CHECK(b.heard() == Lines{"command echo 1", "command echo 2"});
      } else {
        CHECK(b.heard() == Lines{"opened", "upgrade /ws", "command echo 1", "command echo 2"});
      }
      b.shell.reset(i, b.now);
      CHECK(left_over(b) == "");
    }
  }
}

TEST_CASE(
    "edge: a pong overtakes queued text but never the 101, and never a message that has begun") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, upgrade(), b.now);
  b.grant_all(i);
  b.say(Send{b.id(i), Bytes("one")});
  b.shell.bytes(i, frame(wire::Opcode::ping, "p"), b.now);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"101", "pong p", "text one"});
  b.say(Send{b.id(i), Bytes(std::string(500, 'a'))});
  b.shell.write(i, b.now, 10);  // begun
  b.say(Send{b.id(i), Bytes("two")});
  b.shell.bytes(i, frame(wire::Opcode::ping, "q"), b.now);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items().size() == 6);
  CHECK(b.shell[i].view.items()[4] == "pong q");
  CHECK(b.shell[i].view.last() == "text two");
}

TEST_CASE(
    "edge: a peer's close is answered, reported once, and the socket goes when the answer is out") {
  Bench b;
  std::size_t i = b.live();
  b.shell.bytes(i, close_frame() + text_frame(R"({"op":"ping"})"), b.now);
  b.say(Send{b.id(i), Bytes("too late")});
  CHECK(b.heard() == Lines{"closed peer_closed"});
  CHECK(b.shell[i].open);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"101", "close 1000"});
  CHECK_FALSE(b.shell[i].open);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: our close waits for the peer's, for its end, its reset, or 5 s") {
  for (int ending = 0; ending < 4; ++ending) {
    Bench b;
    std::size_t i = b.live();
    b.say(Close{b.id(i), CloseReason::going_away});
    b.say(Close{b.id(i), CloseReason::internal});
    b.shell.flush(b.now);
    CHECK(b.heard() == Lines{"closed going_away"});
    CHECK(b.shell[i].view.items() == Lines{"101", "close 1012"});
    CHECK(b.shell[i].open);
    b.shell.bytes(i, text_frame(R"({"op":"ping"})"), b.now);  // what crosses our close is not heard
    if (ending == 0) b.shell.bytes(i, close_frame(), b.now);
    if (ending == 1) b.shell.eof(i, b.now);
    if (ending == 2) b.shell.reset(i, b.now);
    if (ending == 3) b.advance(millis(4999));
    CHECK(b.shell[i].open == (ending == 3));
    b.advance(millis(1));
    CHECK_FALSE(b.shell[i].open);
    CHECK(b.heard().empty());
    CHECK(left_over(b) == "");
  }
}

TEST_CASE("edge: both sides closing at once is one Closed and one close frame each") {
  Bench b;
  std::size_t i = b.live();
  b.say(Close{b.id(i), CloseReason::going_away});
  b.shell.bytes(i, close_frame(), b.now);
  b.shell.flush(b.now);
  CHECK(b.heard() == Lines{"closed going_away"});
  CHECK(b.shell[i].view.items() == Lines{"101", "close 1012"});
  CHECK_FALSE(b.shell[i].open);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: end of stream and reset give exactly one Closed in every phase of a WebSocket") {
  for (bool reset : {false, true}) {
    for (int phase = 0; phase < 6; ++phase) {
      Bench b;
      std::size_t i = b.shell.open(b.now);
      b.shell.bytes(i, upgrade(), b.now);
      if (phase >= 1) b.say(Accept{b.id(i)});
      if (phase >= 2) b.grant_all(i);
      if (phase >= 3) b.shell.bytes(i, text_frame("{}").substr(0, 5), b.now);
      if (phase == 4) b.say(Send{b.id(i), Bytes("queued")});
      if (phase == 5) b.say(Close{b.id(i), CloseReason::going_away});
      if (reset) b.shell.reset(i, b.now);
      else b.shell.eof(i, b.now);
      if (phase == 0)
        b.respond(i, "no", 409);  // the answer to an upgrade that was refused meanwhile
      b.shell.flush(b.now);
      Lines heard = b.heard();
      INFO("phase ", phase, " reset ", reset);
      CHECK(std::count_if(heard.begin(), heard.end(),
                          [](auto& line) { return line.starts_with("closed"); }) == 1);
      CHECK_FALSE(b.shell[i].open);
      CHECK(left_over(b) == "");
    }
  }
}

TEST_CASE("edge: what breaks the protocol is closed with the code that says which rule") {
  struct Row {
    std::string bytes;
    std::string close;
  };
  std::string unmasked;
  wire::append_frame(unmasked, wire::Opcode::text, as_bytes("x"));
  const Row rows[] = {{unmasked, "close 1002"},
                      {frame(wire::Opcode::binary, "x"), "close 1003"},
                      {text_frame("\xff"), "close 1007"},
                      {text_frame(std::string(70'000, 'x')), "close 1009"}};
  for (const Row& row : rows) {
    Bench b;
    std::size_t i = b.live();
    b.shell.bytes(i, row.bytes, b.now);
    b.shell.flush(b.now);
    CHECK(b.shell[i].view.last() == row.close);
    CHECK(b.heard().size() == 1);
    b.advance(seconds(5));
    CHECK(left_over(b) == "");
  }
}

TEST_CASE(
    "edge: a slow reader is cut at the bound with 4001, and what had begun arrives whole before "
    "it") {
  Bench b;
  std::size_t i = b.live();
  std::string big(100'000, 'z');
  int sent = 0;
  b.say(Send{b.id(i), Bytes(big)});
  b.shell.write(i, b.now, 10);
  while (b.edge.counters().closes[static_cast<std::size_t>(CloseReason::slow_reader)] == 0) {
    REQUIRE(++sent < 20);
    b.say(Send{b.id(i), Bytes(big)});
    CHECK(b.edge.counters().held() <= limits::kOutboxBytes + 1000);
  }
  CHECK(sent >= 9);
  CHECK(b.heard() == Lines{"closed slow_reader"});
  CHECK(b.edge.counters().held() < 2 * big.size());
  b.shell.flush(b.now);
  CHECK((b.shell[i].view.items() == Lines{"101", "text " + big, "close 4001"}));
  b.shell.bytes(i, close_frame(4001), b.now);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: a backlog over half the bound is degraded, an emptied one recovers") {
  Bench b;
  std::size_t i = b.live();
  for (int n = 0; n < 6; ++n) b.say(Send{b.id(i), Bytes(std::string(100'000, 'z'))});
  auto state = [&](State s) { return b.edge.counters().by_state[static_cast<std::size_t>(s)]; };
  CHECK(state(State::degraded) == 1);
  b.shell.flush(b.now);
  CHECK(state(State::live) == 1);
}

TEST_CASE("edge: a WebSocket that takes nothing for 30 s is dropped, even while it still speaks") {
  Bench b;
  std::size_t i = b.live();
  b.say(Send{b.id(i), Bytes("hello")});
  b.shell.write(i, b.now, 0);
  for (int n = 0; n < 29; ++n) {
    b.advance(seconds(1));
    b.shell.bytes(i, frame(wire::Opcode::pong, ""), b.now);
  }
  CHECK(b.shell[i].open);
  b.advance(seconds(1));
  CHECK_FALSE(b.shell[i].open);
  CHECK(b.heard() == Lines{"closed write_stalled"});
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: a silent WebSocket is pinged, then dead after 75 s; one that answers lives") {
  Bench b;
  std::size_t silent = b.live();
  std::size_t alive = b.live();
  for (int s = 0; s < 76; ++s) {
    b.advance(seconds(1));
    b.shell.flush(b.now);
    if (s % 5 == 0) b.shell.bytes(alive, frame(wire::Opcode::pong, ""), b.now);
  }
  CHECK(b.heard() == Lines{"closed heartbeat_lost"});
  CHECK(b.shell[silent].view.items() == Lines{"101", "ping", "ping", "close 4002"});
  CHECK(b.shell[alive].view.items() == Lines{"101", "ping", "ping", "ping"});
  b.advance(seconds(5));
  CHECK_FALSE(b.shell[silent].open);
  CHECK(b.shell[alive].open);
}

TEST_CASE(
    "edge: a peer that ended its side while its upgrade was decided is gone when it is accepted") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, upgrade() + text_frame(R"({"op":"ping"})"), b.now);
  b.shell.eof(i, b.now);
  CHECK(b.shell[i].open);
  b.grant_all(i);
  CHECK_FALSE(b.shell[i].open);
  CHECK(b.shell[i].view.items().empty());
  CHECK(b.heard() == Lines{"opened", "upgrade /ws", "closed peer_closed"});
  CHECK(left_over(b) == "");
}

TEST_CASE(
    "edge: an upgrade that the codec refuses is answered, and one that the house refuses keeps the "
    "connection") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, upgrade(), b.now);
  b.respond(i, "taken", 409);
  b.say(Accept{b.id(i)});  // nothing is left to accept
  b.shell.bytes(i, get("/a"), b.now);
  b.respond(i, "a");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"409 taken", "200 a"});
  b.shell.bytes(i,
                get("/ws",
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                b.now);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.last().starts_with("426"));
  b.shell.eof(i, b.now);
  CHECK(b.heard() == Lines{"opened", "upgrade /ws", "GET /a", "closed done"});
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: without memory for the 101 nothing is sent, no close frame in its place") {
  bool refused = false, accepted = false;
  for (std::size_t held = 64; held < 4096; held += 16) {
    Bench b({.held_bytes = held, .deflate = false});
    std::size_t i = b.shell.open(b.now);
    b.shell.bytes(i, test::upgrade(), b.now);
    b.grant_all(i);
    b.shell.flush(b.now);
    const auto& view = b.shell[i].view;
    for (const std::string& item : view.items()) CHECK_FALSE(item.starts_with("nonsense"));
    accepted = accepted || view.upgraded();
    for (const std::string& heard : b.heard()) {
      if (heard != "closed overloaded" || view.upgraded() || !view.items().empty()) continue;
      refused = true;
      CHECK_FALSE(b.shell[i].open);
    }
  }
  CHECK(refused);
  CHECK(accepted);
}
