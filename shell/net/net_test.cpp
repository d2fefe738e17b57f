// Guards: sockets carry what the edge says and nothing is lost at partial writes; listeners and TLS
// report what is wrong. How: a real edge behind real sockets on loopback; the house is played by
// the test.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "shell/loop/files_test_kit.hpp"
#include "shell/net/edge_server.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

// An edge on a Unix socket whose house answers every request with `body`.
struct Fixture {
  explicit Fixture(std::size_t most = 100) : server(loop, edge, nullptr, most) {
    REQUIRE(server.add(std::move(listen_unix(dir.path(), "s").value()), true));
    loop.on_turn([this](Now now) {
      edge.fire(now);
      bool more = server.pump(now, now.mono + millis(1));
      while (auto up = edge.poll_up()) answer(*up, now);
      more = server.pump(now, now.mono + millis(1)) || more;
      if (stop_when && (stop_when() || now.mono > give_up)) loop.stop();
      loop.set_deadline(std::min(edge.deadline(), now.mono + millis(5)));
      return more;
    });
  }
  void answer(const live::Up& up, Now now) {
    if (const auto* message = std::get_if<live::Message>(&up)) {
      ++requests;
      edge.handle(live::Respond{message->conn, {200, {}, {}}, body}, now);
    }
    if (std::get_if<live::Closed>(&up) != nullptr) ++closed;
  }
  Descriptor connect() { return std::move(connect_unix(dir.path(), "s").value()); }
  void run(std::function<bool()> until) {
    stop_when = std::move(until);
    give_up = clock_now().mono + seconds(20);
    loop.run();
    REQUIRE(stop_when());
  }
  TempDir dir;
  Loop loop;
  live::Edge edge{live::EdgeConfig{}};
  EdgeServer server;
  Bytes body{std::string("hello")};
  int requests = 0;
  int closed = 0;
  std::function<bool()> stop_when;
  ServerTime give_up{};
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("net: a large answer arrives whole through a slow socket") {
  Fixture f;
  std::string large(3'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>('a' + i % 26);
  f.body = Bytes(large);
  std::string got;
  std::thread client([&] {
    Descriptor fd = f.connect();
    int small = 4096;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    (void)::send(fd.get(), kGet.data(), kGet.size(), 0);
    char buffer[10'000];
    for (ssize_t n = 0; (n = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
      got.append(buffer, static_cast<std::size_t>(n));
  });
  f.run([&] { return f.closed == 1 && f.server.open() == 0; });
  client.join();
  CHECK(got.substr(got.find("\r\n\r\n") + 4) == large);
}

TEST_CASE("net: connections beyond the bound are told 503 and the others go on") {
  Fixture f(2);
  Descriptor a = f.connect();
  Descriptor b = f.connect();
  Descriptor c = f.connect();
  f.run([&] { return f.server.counters().refused_full == 1; });
  char buffer[512] = {};
  CHECK(::recv(c.get(), buffer, sizeof buffer - 1, 0) > 0);
  CHECK(std::string(buffer).starts_with("HTTP/1.1 503 "));
  // The announced length is the body's.
  std::string text(buffer);
  std::size_t length = std::stoul(text.substr(text.find("Content-Length: ") + 16));
  CHECK(text.substr(text.find("\r\n\r\n") + 4).size() == length);
  (void)::send(a.get(), kGet.data(), kGet.size(), 0);
  f.run([&] { return f.requests == 1; });
}

TEST_CASE("net: a socket file is private, and a second listener takes an abandoned one's place") {
  TempDir dir;
  auto first = listen_unix(dir.path(), "s");
  REQUIRE(first);
  auto mode = std::filesystem::status(dir / "s").permissions();
  CHECK((mode & std::filesystem::perms::mask) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK(listen_unix(dir.path(), "s"));
  CHECK(connect_unix(dir.path(), "nobody").error().code == Code::not_found);
  CHECK(connect_unix(dir / "none", "s").error().code == Code::not_found);
}

TEST_CASE("net: a data directory of any depth can hold the control socket") {
  TempDir dir;
  std::string deep = dir.path();
  for (int i = 0; i < 12; ++i) deep += "/a-folder-with-a-long-name";
  std::filesystem::create_directories(deep);
  REQUIRE(listen_unix(deep, "tutti.sock"));
}

TEST_CASE("net: a port in use and a bad address are errors that say what to do") {
  auto first = listen_tcp("127.0.0.1", 0, false);
  REQUIRE(first);
  auto second = listen_tcp("127.0.0.1", first->port, false);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::in_use);
  CHECK(port_holder(first->port).find("pid " + std::to_string(::getpid())) != std::string::npos);
  CHECK(listen_tcp("nowhere", 0, false).error().code == Code::bad_request);
}

TEST_CASE("tls: a certificate is made once and kept; unusable files are named") {
  TempDir dir;
  auto made = TlsContext::self_signed(dir.path());
  REQUIRE(made);
  CHECK((*made)->fingerprint().size() == 95);  // 32 bytes as AA:BB:...
  auto again = TlsContext::self_signed(dir.path());
  REQUIRE(again);
  CHECK((*again)->fingerprint() == (*made)->fingerprint());
  dir.put("bad.pem", "no certificate");
  auto bad = TlsContext::from_files(dir / "bad.pem", dir / "tls-key.pem");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().text.find("bad.pem") != std::string::npos);
  auto other = TempDir();
  REQUIRE(TlsContext::self_signed(other.path()));
  CHECK_FALSE(TlsContext::from_files(dir / "tls-cert.pem",
                                     other / "tls-key.pem"));  // not its key
}

TEST_CASE("tls: what is no handshake breaks the session with an alert to send") {
  TempDir dir;
  auto context = TlsContext::self_signed(dir.path());
  REQUIRE(context);
  TlsSession session(**context);
  CHECK_FALSE(session.feed(as_bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")));
  std::byte plain[64];
  CHECK(session.read(plain) == 0);
}
