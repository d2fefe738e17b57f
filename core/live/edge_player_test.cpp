// Guards: what a player's connection promises: nothing before its hello is answered counts, the
// time is stamped when it is sent and overtakes audio, nonsense is dropped and counted. How: an
// edge driven by hand, the answers read as a player would.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/live/live_test_kit.hpp"
#include "core/wire/sendspin/messages.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::live;
using namespace tutti::live::test;
namespace sendspin = tutti::wire::sendspin;

namespace {

struct Player {
  Bench b;
  std::size_t peer;

  Player() : peer(b.shell.open(b.now)) {
    std::string handshake = get("/sendspin",
                                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    b.shell.bytes(peer, handshake, b.now);
    b.say(Accept{b.id(peer), Speaks::sendspin});
    for (Latch latch : {Latch::authenticated, Latch::services_ready, Latch::attached})
      b.say(Grant{b.id(peer), latch});
    b.shell.flush(b.now);
    b.heard();
  }
  void text(std::string_view json) { b.shell.bytes(peer, text_frame(json), b.now); }
  void ask_time(std::int64_t at) {
    text(fmt::format(R"({{"type":"client/time","payload":{{"client_transmitted":{}}}}})", at));
  }
  void greet() { b.say(Send{b.id(peer), Bytes("hello")}); }
  // The answers to its questions, in the order they came.
  std::vector<sendspin::ServerTimeReply> times() const {
    std::vector<sendspin::ServerTimeReply> found;
    for (const std::string& item : b.shell[peer].view.items()) {
      if (!item.starts_with("text {")) continue;
      auto message = sendspin::parse_server(item.substr(5));
      REQUIRE(message);
      found.push_back(std::get<sendspin::ServerTimeReply>(*message));
    }
    return found;
  }
};

}  // namespace

TEST_CASE("player: the time is answered with when it was asked and when the answer was sent") {
  Player player;
  player.greet();
  player.ask_time(77);
  ServerTime asked = player.b.now.mono;
  player.b.advance(millis(3));
  player.b.shell.flush(player.b.now);
  auto times = player.times();
  REQUIRE(times.size() == 1);
  CHECK(times[0].client_transmitted == 77);
  CHECK(times[0].server_received == asked);
  CHECK(times[0].server_transmitted == player.b.now.mono);
  CHECK(player.b.heard().empty());  // it never leaves the edge
}

TEST_CASE("player: before its hello is answered only a hello counts") {
  Player player;
  player.ask_time(1);
  player.text(R"({"type":"client/state","payload":{"state":"synchronized"}})");
  player.b.shell.flush(player.b.now);
  CHECK(player.times().empty());
  CHECK(player.b.heard().empty());
  CHECK(player.b.edge.counters().players_dropped == 2);
  player.text(
      R"({"type":"client/hello","payload":{"client_id":"c","name":"n","version":1,"supported_roles":[]}})");
  CHECK(player.b.heard().size() == 1);
  player.greet();
  player.ask_time(2);
  player.b.shell.flush(player.b.now);
  CHECK(player.times().size() == 1);
}

TEST_CASE("player: nonsense is dropped and counted, and the connection lives") {
  Player player;
  player.greet();
  for (const char* bad :
       {"", "{", "[]", "{\"type\":3}", "{\"type\":\"client/time\",\"payload\":{}}",
        "{\"type\":\"client/time\",\"payload\":{\"client_transmitted\":\"x\"}}"})
    player.text(bad);
  player.b.shell.bytes(player.peer, frame(wire::Opcode::binary, "bytes"), player.b.now);
  CHECK(player.b.edge.counters().players_dropped == 7);
  CHECK(player.b.heard().empty());
  player.ask_time(1);
  player.b.shell.flush(player.b.now);
  CHECK(player.times().size() == 1);
  player.text(R"({"type":"client/dance","payload":{}})");
  CHECK(player.b.heard().size() == 1);  // an unknown type is told, for people to see
}

TEST_CASE("player: a flood of questions is answered as far as they are kept, and no further") {
  Player player;
  player.greet();
  for (int i = 0; i < 1000; ++i) player.ask_time(i);
  player.b.shell.flush(player.b.now);
  CHECK(player.times().size() == 32);
  CHECK(player.b.edge.counters().players_dropped == 968);
}

TEST_CASE("player: an answer overtakes audio, and its time is that of its sending") {
  CHECK_FOR_ALL(4, 60, [](Choose& draw) {
    Player player;
    Bench& b = player.b;
    player.greet();
    constexpr FeedId kFeed{5};
    Attach attach{b.id(player.peer), kFeed, {0}, OnLag::skip};
    attach.capacity = 1 << 20;
    b.say(std::move(attach));
    for (std::uint64_t i = 0; i < 8; ++i) {
      Frame chunk{Bytes(std::string(4000, 'a')), FrameClass::media};
      chunk.deadline = b.now.mono + seconds(10);
      chunk.used_at = chunk.deadline + millis(100);
      b.say(Append{kFeed, {i}, std::move(chunk)});
    }
    std::vector<ServerTime> seen;
    for (int step = 0; step < 60; ++step) {
      if (draw.choose(4, "ask") == 0) player.ask_time(step);
      b.advance({static_cast<std::int64_t>(draw.choose(5000, "us"))});
      if (b.shell[player.peer].wants_write)
        b.shell.write(player.peer, b.now, draw.choose(3000, "bytes"));
    }
    b.shell.flush(b.now);
    for (const auto& reply : player.times())
      FAIL_UNLESS(reply.server_received <= reply.server_transmitted &&
                      reply.server_transmitted <= b.now.mono,
                  "stamped before it was asked or after it was sent");
    FAIL_UNLESS(b.shell.wrong() == "", b.shell.wrong());
    return kHolds;
  });
}
