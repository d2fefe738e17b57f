// Guards: the laws of the simulated network: what TCP promises holds whatever happens, and each
// fault does what its name says and no more. How: two ends that only note what they see, over paths
// drawn from many seeds.
#include "sim/world/network.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using namespace tutti::world;

namespace {

struct Ends : NetworkEnds {
  explicit Ends(std::uint64_t seed) : choose(seed), sim(choose), net(sim, *this) {}
  bool listening() override { return listens; }
  bool host_is_up() override { return host_up; }
  void accepted(LinkId) override { accepted_at = sim.now; }
  void connected(LinkId) override { connected_at = sim.now; }
  void refused(LinkId) override { was_refused = true; }
  void readable(LinkId id, Side side) override {
    if (side == Side::server && !reads) return;
    std::string piece;
    while (net.read(id, side, 1 + sim.draw(5000, "read"), piece) > 0)
      got[side == Side::server] += piece;
    if (net.at_end(id, side)) ended[side == Side::server] = true;
  }
  void writable(LinkId id, Side side) override {
    if (side == Side::client) push(id);
  }
  void broken(LinkId, Side side) override { broke[side == Side::server] = true; }

  void push(LinkId id) {
    sent += net.send(id, Side::client, as_bytes(std::string_view(text)).subspan(sent));
  }
  void run(Micros until) {
    while (sim.agenda.next_at() <= until) {
      Event event = sim.agenda.take();
      sim.now = event.at;
      net.handle(event);
    }
    sim.now = until;
  }
  LinkId connect(Path path = {}) {
    LinkId id = net.connect(path, 0);
    run(sim.now + kSecond);
    return id;
  }

  SeededChoose choose;
  Sim sim;
  Network net;
  bool listens = true;
  bool host_up = true;
  bool reads = true;
  bool was_refused = false;
  Micros accepted_at = -1;
  Micros connected_at = -1;
  std::string text;
  std::size_t sent = 0;
  std::string got[2];
  bool ended[2] = {};
  bool broke[2] = {};
};

std::string words(std::size_t size) {
  std::string out;
  while (out.size() < size) out += std::to_string(out.size()) + " ";
  return out;
}

}  // namespace

TEST_CASE("network: every byte arrives once and in order, over any path, then the end") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Ends ends(seed);
    Path path;
    path.jitter = ends.sim.between(0, 50'000, "jitter");
    path.piece = static_cast<std::size_t>(ends.sim.between(1, 3000, "piece"));
    path.window = static_cast<std::size_t>(ends.sim.between(100, 20'000, "window"));
    path.loss = ends.sim.draw(3, "loss") * 5;
    LinkId id = ends.connect(path);
    ends.text = words(30'000);
    ends.push(id);
    for (int i = 0; i < 20'000 && ends.sent < ends.text.size(); ++i)
      ends.run(ends.sim.now + kSecond);
    ends.net.shut(id, Side::client);
    ends.run(ends.sim.now + 100 * kSecond);
    CHECK(ends.got[1] == ends.text);
    CHECK(ends.ended[1]);
    CHECK_FALSE(ends.ended[0]);
    CHECK_FALSE(ends.broke[0]);
    ends.net.close(id, Side::client);
    ends.net.close(id, Side::server);
    CHECK(ends.net.open() == 0);
  }
}

TEST_CASE("network: who does not read stops who writes, at the window") {
  Ends ends(1);
  ends.reads = false;
  Path path;
  path.window = 1000;
  LinkId id = ends.connect(path);
  ends.text = words(5000);
  ends.push(id);
  ends.run(ends.sim.now + 10 * kSecond);
  CHECK(ends.sent == 1000);
  ends.reads = true;
  ends.net.read_later(id, Side::server, 0);
  ends.run(ends.sim.now + 10 * kSecond);
  CHECK(ends.got[1] == ends.text);
}

TEST_CASE("network: a stall delays and loses nothing") {
  Ends ends(2);
  LinkId id = ends.connect();
  ends.text = "one two";
  ends.push(id);
  ends.net.stall(id, ends.sim.now + 30 * kSecond);
  ends.run(ends.sim.now + 29 * kSecond);
  CHECK(ends.got[1].empty());
  ends.run(ends.sim.now + 2 * kSecond);
  CHECK(ends.got[1] == "one two");
}

TEST_CASE("network: on a half-open connection nothing arrives and nobody learns of it") {
  Ends ends(3);
  LinkId id = ends.connect();
  ends.net.silence(id);
  ends.text = "into the void";
  ends.push(id);
  ends.net.shut(id, Side::server);
  ends.run(ends.sim.now + 1000 * kSecond);
  CHECK(ends.got[1].empty());
  CHECK_FALSE(ends.ended[0]);
  CHECK_FALSE(ends.broke[0]);
  CHECK_FALSE(ends.broke[1]);
  ends.net.close(id, Side::client);
  CHECK(ends.net.open() == 1);  // the server still holds its side
}

TEST_CASE("network: a reset reaches both ends and what was on the way is lost") {
  Ends ends(4);
  Path path;
  path.latency = kSecond / 10;
  LinkId id = ends.connect(path);
  ends.text = "never read";
  ends.push(id);
  ends.net.reset(id);
  ends.run(ends.sim.now + 10 * kSecond);
  CHECK(ends.got[1].empty());
  CHECK(ends.broke[0]);
  CHECK(ends.broke[1]);
  CHECK(ends.net.open() == 0);
}

TEST_CASE("network: closing with unread bytes resets the other side, else it reads the end") {
  for (bool unread : {false, true}) {
    Ends ends(5);
    ends.reads = !unread;
    LinkId id = ends.connect();
    ends.text = "x";
    ends.push(id);
    ends.run(ends.sim.now + kSecond);
    ends.net.close(id, Side::server);
    ends.run(ends.sim.now + kSecond);
    CHECK(ends.broke[0] == unread);
    CHECK(ends.ended[0] == !unread);
  }
}

TEST_CASE("network: a machine that lost power answers with a reset once it is up again") {
  Ends ends(9);
  LinkId id = ends.connect();
  ends.net.forget(id, Side::server);
  ends.host_up = ends.listens = false;
  ends.text = "are you there";
  ends.push(id);
  ends.run(ends.sim.now + 20 * kSecond);
  CHECK_FALSE(ends.broke[0]);
  ends.host_up = true;
  ends.run(ends.sim.now + 20 * kSecond);
  CHECK(ends.broke[0]);
  CHECK(ends.got[1].empty());
}

TEST_CASE("network: nobody listens is refused, a dead host is silence, an accept may be slow") {
  Ends nobody(6);
  nobody.listens = false;
  nobody.connect();
  CHECK(nobody.was_refused);
  CHECK(nobody.connected_at < 0);

  Ends dead(7);
  dead.host_up = dead.listens = false;
  dead.connect();
  CHECK_FALSE(dead.was_refused);
  CHECK(dead.connected_at < 0);

  Ends slow(8);
  Path path;
  path.accept_least = 50'000;
  path.accept_most = 150'000;
  slow.connect(path);
  CHECK(slow.accepted_at >= slow.connected_at + 49'000);  // the kernel has accepted long before
  CHECK(slow.accepted_at <= 151'000);
}
