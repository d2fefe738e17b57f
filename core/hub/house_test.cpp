// Guards: admission, routing of REST and calls, limits per address and account, answers to who
// left, shutdown. How: a house and an edge through their queues, bytes in and bytes out.
#include <doctest/doctest.h>

#include "core/hub/hub_test_kit.hpp"

using namespace tutti;
using namespace tutti::hub;
using namespace tutti::hub::test;
using namespace tutti::live::test;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* kSubscribe = R"({"op":"subscribe","id":1,"topic":"server"})";
std::string call(int id, std::string_view name) {
  return text_frame(R"({"op":"call","id":)" + std::to_string(id) + R"(,"name":")" +
                    std::string(name) + R"("})");
}
// Everybody leaves; then nothing may be held for anybody.
void check_empty(Wiring& w) {
  for (std::size_t i = 0; i < w.clients.size(); ++i) w.reset(i);
  w.settle();
  CHECK(w.house.counts() == House::Counts{});
  for (std::size_t e = 0; e < w.edge.size(); ++e) {
    CHECK(w.edge[e]->connections() == 0);
    CHECK(w.edge[e]->counters().held() == 0);
    CHECK(w.edge[e]->deadline() == kNever);
    CHECK(w.shell[e].wrong() == "");
  }
}

}  // namespace

TEST_CASE("house: REST answers by status, and the same operation as a call") {
  Wiring w(1, {.version = "9.9"});
  std::size_t rest = w.open();
  struct Row {
    std::string request, status;
  };
  const Row rows[] = {{get("/healthz"), "200"},
                      {get("/api/server"), "200"},
                      {get("/api/v1/server"), "200"},
                      {get("/api/stats"), "200"},
                      {get("/api/connections"), "200"},
                      {get("/api/connections?limit=0"), "400"},
                      {get("/api/openapi.json"), "200"},
                      {get("/api/nothing"), "404"},
                      {get("/nothing"), "404"},
                      {get("/ws"), "400"},
                      {get("/sendspin"), "404"},
                      {upgrade("/other"), "404"},
                      {"DELETE /api/server HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"}};
  for (const Row& row : rows) {
    w.bytes(rest, row.request);
    w.settle();
    INFO(row.request);
    CHECK(w.items(rest).back().substr(0, 3) == row.status);
  }
  std::size_t ws = w.live();
  w.bytes(ws, call(1, "server.info") + call(2, "server.stats") + call(3, "no.such") +
                  text_frame("[]") + text_frame(R"({"op":"echo","id":"e","text":"hi"})") +
                  text_frame(R"({"op":"ping","id":4})"));
  w.settle();
  REQUIRE(w.items(ws).size() == 7);
  int results = 0, errors = 0;
  for (const std::string& item : w.items(ws)) {
    results += item.starts_with("text {\"op\":\"result\"") ? 1 : 0;
    errors += item.starts_with("text {\"op\":\"error\"") ? 1 : 0;
  }
  CHECK(results == 2);
  CHECK(errors == 2);
  CHECK(std::count(w.items(ws).begin(), w.items(ws).end(),
                   R"(text {"op":"echo","id":"e","text":"hi"})") == 1);
  check_empty(w);
}

TEST_CASE("house: who is not known is refused, and healthz says what fails") {
  Wiring w;
  std::size_t i = w.open();
  std::string stranger = "GET /api/server HTTP/1.1\r\nHost: nobody\r\n\r\n";
  w.bytes(i, stranger);
  w.settle();
  CHECK(w.items(i).back().starts_with("401"));
  CHECK(w.house.counts().by_address == 1);
  w.house.set_health(Error{Code::io, "disk full"});
  w.bytes(i, get("/healthz"));
  w.settle();
  CHECK(w.items(i).back().starts_with("503"));
  w.bytes(i, get("/api/server"));
  w.settle();
  CHECK(w.house.counts().by_address == 0);  // it counts for its account from here on
  check_empty(w);
}

TEST_CASE(
    "house: an address may hold so many unauthenticated connections, another address its own") {
  Wiring w(1, {.unauthenticated_per_address = 2});
  std::size_t a = w.open(), b = w.open(), c = w.open(), other = w.open(0, loopback(2));
  w.settle();
  CHECK(w.items(a).empty());
  CHECK(w.items(b).empty());
  CHECK(w.items(c).back().starts_with("429"));
  CHECK(w.items(other).empty());
  w.bytes(a, get("/api/server"));  // known now: its place is free, and so is the refused one's
  w.settle();
  std::size_t d = w.open();
  w.settle();
  CHECK(w.items(d).empty());
  live::Peer control = loopback();
  control.kind = live::Peer::Kind::control;
  for (int n = 0; n < 5; ++n) {
    std::size_t i = w.open(0, control);
    w.settle();
    CHECK(w.items(i).empty());
  }
  check_empty(w);
}

TEST_CASE(
    "house: an account may hold so many WebSockets, and a place is free again when one goes") {
  Wiring w(1, {.connections_per_account = 2});
  std::size_t a = w.live(), b = w.live();
  std::size_t c = w.live();
  CHECK(w.items(a).back() == "101");
  CHECK(w.items(b).back() == "101");
  CHECK(w.items(c).back().starts_with("429"));
  w.reset(a);
  w.settle();
  w.bytes(c, upgrade());
  w.settle();
  CHECK(w.items(c).back() == "101");
  check_empty(w);
}

TEST_CASE(
    "house: a client id names one connection; the second gets 409, another account's is reported") {
  Wiring w(2);
  std::size_t first = w.live("/ws?client=tv");
  std::size_t second = w.live("/ws?client=tv", 1);
  CHECK(w.items(first).back() == "101");
  CHECK(w.items(second).back().starts_with("409"));
  CHECK(w.log.empty());
  std::size_t foreign = w.open();
  std::string request = upgrade("/ws?client=tv");
  request.replace(request.find("localhost"), 9, "ben.local");
  w.bytes(foreign, request);
  w.settle();
  CHECK(w.items(foreign).back().starts_with("409"));
  REQUIRE(w.log.size() == 1);
  CHECK(w.log[0].starts_with("security.foreign_connection_id"));
  w.reset(first);
  w.settle();
  w.bytes(second, upgrade("/ws?client=tv"));
  w.settle();
  CHECK(w.items(second).back() == "101");
  w.bytes(foreign, upgrade("/ws?client=" + std::string(65, 'x')));
  w.settle();
  CHECK(w.items(foreign).back().starts_with("400"));
  CHECK(w.house.counts().registered == 1);
  check_empty(w);
}

TEST_CASE(
    "house: an answer that comes after its asker left is nobody's, also when the slot has its "
    "next") {
  for (bool rest : {false, true}) {
    Wiring w;
    std::size_t asker = rest ? w.open() : w.live();
    std::string body = R"({"file":null})";
    w.bytes(asker, rest
                       ? "POST /api/backup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
                       : call(1, "backup.create"));
    w.bytes(asker, rest ? "" : call(2, "server.stats"));
    while (!w.up[0].empty()) w.pass_up(0);  // the survey is on its way down
    REQUIRE(w.jobs.size() == 1);
    std::size_t before = w.items(asker).size();
    w.reset(asker);
    std::size_t next = w.open();
    CHECK(w.socket(next).handle.slot == w.socket(asker).handle.slot);
    w.settle();
    w.done(api::BackupCreated{"f", 1, 1, "now"});
    w.settle();
    CHECK(w.items(asker).size() == before);
    CHECK(w.items(next).empty());
    check_empty(w);
  }
}

TEST_CASE("house: one backup at a time, over either door, and its result reaches who asked") {
  Wiring w;
  std::size_t rest = w.open(), ws = w.live();
  w.bytes(rest, "POST /api/backup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  w.settle();
  w.bytes(ws, call(1, "backup.create"));
  w.settle();
  CHECK(w.items(ws).back().find("\"busy\"") != std::string::npos);
  CHECK(w.items(rest).empty());
  w.done(api::BackupCreated{"f", 1, 1, "now"});
  w.settle();
  CHECK(w.items(rest).back().starts_with("200"));
  w.bytes(ws, call(2, "backup.create"));
  w.settle();
  w.done(fail(Code::no_space, "disk full"));
  w.settle();
  CHECK(w.items(ws).back().find("\"no_space\"") != std::string::npos);
  check_empty(w);
}

TEST_CASE("house: calls that wait are bounded per connection, and each is answered once") {
  Wiring w;
  std::size_t ws = w.live();
  std::string many;
  for (int i = 0; i < limits::kCallsPerConnection + 3; ++i) many += call(i, "server.stats");
  w.bytes(ws, many);
  w.settle();
  int results = 0, busy = 0;
  for (const std::string& item : w.items(ws)) {
    results += item.starts_with("text {\"op\":\"result\"") ? 1 : 0;
    busy += item.find("\"busy\"") != std::string::npos ? 1 : 0;
  }
  CHECK(results == limits::kCallsPerConnection);
  CHECK(busy == 3);
  w.bytes(ws, call(99, "server.stats"));
  w.settle();
  CHECK(w.items(ws).back().starts_with("text {\"op\":\"result\",\"id\":99"));
  check_empty(w);
}

TEST_CASE("house: shutting down closes all with going away, also who comes or upgrades meanwhile") {
  Wiring w(2);
  std::size_t ws = w.live();
  std::size_t other = w.live("/ws", 1);
  std::size_t http = w.open();
  std::size_t upgrading = w.open();
  w.bytes(ws, text_frame(kSubscribe));
  w.settle();
  w.bytes(upgrading, upgrade());
  w.shut_down();
  std::size_t late = w.open();
  w.settle();
  CHECK(w.items(ws).back() == "close 1012");
  CHECK(w.items(other).back() == "close 1012");
  CHECK(w.items(upgrading).empty());
  CHECK(w.socket(http).half_closed);
  CHECK(w.socket(late).half_closed);
  w.advance(seconds(6));
  for (std::size_t i = 0; i < w.clients.size(); ++i) CHECK_FALSE(w.socket(i).open);
  check_empty(w);
}
