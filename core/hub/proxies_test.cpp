// Guards: whose request it is behind a reverse proxy: only a trusted one may name its client, the
// client it names decides what is allowed and counted, and no forwarded header makes anybody local.
// How: a house fed with values, its answers read.
#include <doctest/doctest.h>

#include "core/hub/house.hpp"

using namespace tutti;
using namespace tutti::hub;

namespace {

struct World {
  SeededRandom random{5};
  auth::LocalAuthenticator authenticator{AccountId{7}};
  House house;
  std::uint32_t slots = 0;

  explicit World(std::initializer_list<const char*> proxies, int per_address = 3)
      : house(config(proxies, per_address), authenticator, random, {}) {}

  static HouseConfig config(std::initializer_list<const char*> proxies, int per_address) {
    HouseConfig config;
    config.unauthenticated_per_address = per_address;
    for (const char* proxy : proxies) config.trusted_proxies.push_back(*wire::parse_network(proxy));
    return config;
  }
  ConnId open(std::string_view from) {
    live::Peer peer;
    peer.address = *wire::parse_address(from);
    peer.kind =
        wire::is_loopback(peer.address) ? live::Peer::Kind::loopback : live::Peer::Kind::remote;
    ConnId conn{0, Handle{++slots, Generation(1)}};
    house.handle(live::Opened{conn, peer}, {});
    return conn;
  }
  void close(ConnId conn) { house.handle(live::Closed{conn, live::CloseReason::peer_closed}, {}); }
  // The status of the answer, 0 for none, -1 when the connection is closed instead.
  int last() {
    int status = 0;
    while (auto down = house.poll_down(0)) {
      if (auto* answer = std::get_if<live::Respond>(&*down)) status = answer->head.status;
      if (std::get_if<live::Close>(&*down) != nullptr) status = -1;
    }
    return status;
  }
  int ask(ConnId conn, std::vector<wire::HttpHeader> headers, std::string target = "/api/server") {
    wire::HttpRequest request;
    request.method = "GET";
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.headers.push_back({"Host", "localhost:8927"});
    house.handle(live::Message{conn, std::move(request)}, {});
    return last();
  }
  int ask_through(std::string_view proxy, std::string_view chain) {
    ConnId conn = open(proxy);
    int status = last() < 0 ? -1 : ask(conn, {{"X-Forwarded-For", std::string(chain)}});
    close(conn);
    return status;
  }
};

}  // namespace

TEST_CASE("proxies: the client that a trusted proxy names decides what is allowed") {
  World world({"127.0.0.1", "10.0.0.0/8"});
  CHECK(world.ask_through("127.0.0.1", "192.168.1.9") == 403);
  CHECK(world.ask_through("127.0.0.1", "127.0.0.1, 192.168.1.9") ==
        403);  // what the client wrote itself
  CHECK(world.ask_through("127.0.0.1", "unknown") == 403);
  CHECK(world.ask_through("127.0.0.1", "192.168.1.9, 127.0.0.1") == 200);
  CHECK(world.ask_through("10.1.2.3", "::1") == 200);
  CHECK(world.ask_through("10.1.2.3", "10.9.9.9") == 403);
  CHECK(world.ask(world.open("127.0.0.1"), {}) == 200);
  CHECK(world.ask(world.open("127.0.0.1"), {{"Forwarded", "for=192.168.1.9"}}) == 403);
  CHECK(world.ask(world.open("127.0.0.1"),
                  {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "192.168.1.9"}}) == 403);
}

TEST_CASE("proxies: whoever is not trusted gains nothing by a forwarded header") {
  World world({"10.0.0.1"});
  CHECK(world.ask_through("10.0.0.2", "127.0.0.1") == 403);
  CHECK(world.ask_through("127.0.0.1", "127.0.0.1") == 403);
  CHECK(world.ask_through("192.168.1.9", "127.0.0.1") == 403);
}

TEST_CASE("proxies: clients behind one are limited by their own address, request by request") {
  World world({"10.0.0.1"}, 3);
  std::vector<ConnId> open;
  for (int i = 0; i < 20; ++i) open.push_back(world.open("10.0.0.1"));
  CHECK(world.last() == 0);  // none is refused at its opening
  auto ask = [&](int i, const char* client) {
    return world.ask(open[static_cast<std::size_t>(i)], {{"X-Forwarded-For", client}});
  };
  for (int i = 0; i < 3; ++i) CHECK(ask(i, "192.168.1.9") == 403);
  CHECK(ask(3, "192.168.1.9") == 429);
  CHECK(ask(4, "192.168.1.8") == 403);  // another client
  CHECK(ask(2, "192.168.1.9") == 403);  // asking again is not another connection
  CHECK(ask(3, "192.168.1.8") == 403);  // the proxy lends its connection to somebody else
  CHECK(ask(0, "127.0.0.1") == 200);    // and a client that is known counts no more
  CHECK(ask(5, "192.168.1.9") == 403);
  CHECK(ask(6, "192.168.1.9") == 429);
  for (ConnId conn : open) world.close(conn);
  CHECK(world.ask_through("10.0.0.1", "192.168.1.9") == 403);
}

TEST_CASE("proxies: whoever comes directly is limited at the opening") {
  World world({"10.0.0.1"}, 3);
  std::vector<ConnId> open;
  for (int i = 0; i < 3; ++i) open.push_back(world.open("192.168.1.9"));
  CHECK(world.last() == 0);
  ConnId fourth = world.open("192.168.1.9");
  CHECK(world.last() == -1);
  world.close(fourth);
  world.close(open[0]);
  world.open("192.168.1.9");
  CHECK(world.last() == 0);
}
