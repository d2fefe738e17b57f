// Our WebSocket codec as a program over stdin and stdout: it shakes hands as server or client, then
// echoes messages in random fragments with pings in between, answers pings and closes.
// ws_differential.mjs puts a foreign peer opposite.
//
//   ws_driver server|client [NAME=VALUE...]   exit 0 when the connection ended with a close
//   handshake
//
// Values: seed, limit (bytes), deflate, server_forgets, client_forgets (0 or 1), server_bits,
// client_bits (8 to 15). As a server "forgets" is the policy of the grant, as a client the wish.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "core/base/check.hpp"
#include "core/base/choose.hpp"
#include "core/wire/deflate.hpp"
#include "core/wire/websocket.hpp"
#include "core/wire/websocket_handshake.hpp"

using namespace tutti;
using namespace tutti::wire;

namespace {

using Options = std::map<std::string, int>;
using Kind = WebSocketEvent::Kind;

void write_all(std::string_view text) {
  while (!text.empty()) {
    ssize_t n = ::write(1, text.data(), text.size());
    if (n <= 0) std::exit(3);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Fields up to the empty line, read byte by byte so that no frame is swallowed. The peer is a known
// one: no rules here.
HttpRequest read_head() {
  std::string head;
  char c = 0;
  while (!head.ends_with("\r\n\r\n") && ::read(0, &c, 1) == 1) head += c;
  HttpRequest request;
  std::size_t line = head.find("\r\n");
  request.method = head.substr(0, head.find(' '));
  request.target = head.substr(head.find(' ') + 1, 3);  // a response's status
  for (std::size_t at = line + 2; at + 2 < head.size();) {
    std::size_t end = head.find("\r\n", at);
    std::size_t colon = head.find(':', at);
    request.headers.push_back(
        {head.substr(at, colon - at), head.substr(colon + 2, end - colon - 2)});
    at = end + 2;
  }
  return request;
}

void write_head(std::string head, const std::vector<HttpHeader>& headers) {
  for (const HttpHeader& h : headers) head += h.name + ": " + h.value + "\r\n";
  write_all(head + "\r\n");
}

Upgrade serve(const Options& options) {
  DeflatePolicy policy{.enabled = options.at("deflate") != 0,
                       .may_keep_server_context = options.at("server_forgets") == 0,
                       .may_keep_client_context = options.at("client_forgets") == 0,
                       .client_window_bits = options.at("client_bits")};
  auto upgrade = check_upgrade(read_head(), {.deflate = policy});
  HttpResponse response = upgrade ? upgrade_response(*upgrade) : refuse_upgrade(upgrade.error());
  write_head(fmt::format("HTTP/1.1 {} {}\r\n", response.status, status_text(response.status)),
             response.headers);
  if (!upgrade) std::exit(4);
  return *upgrade;
}

Upgrade dial(const Options& options, SeededChoose& draw) {
  ClientUpgrade wish{.host = "127.0.0.1", .target = "/", .deflate = std::nullopt};
  for (std::byte& b : wish.key) b = static_cast<std::byte>(draw.choose(256, "key"));
  if (options.at("deflate") != 0) {
    wish.deflate =
        DeflateAgreement{options.at("server_forgets") != 0, options.at("client_forgets") != 0,
                         options.at("server_bits"), options.at("client_bits")};
  }
  HttpRequest request = upgrade_request(wish);
  write_head("GET " + request.target + " HTTP/1.1\r\n", request.headers);
  HttpRequest head = read_head();
  auto upgrade = check_upgrade_response(
      {.status = std::atoi(head.target.c_str()), .headers = head.headers}, wish);
  if (!upgrade) {
    fmt::print(stderr, "{}\n", upgrade.error().text);
    std::exit(4);
  }
  return *upgrade;
}

class Echo {
 public:
  Echo(Role role, const Options& options, const Upgrade& upgrade, SeededChoose& draw)
      : role_(role),
        agreed_(upgrade.deflate),
        draw_(draw),
        reader_(role, {static_cast<std::uint32_t>(options.at("limit"))}, agreed_.has_value()) {
    if (!agreed_) return;
    bool server = role == Role::server;
    Context ours = server ? agreed_->server_context() : agreed_->client_context();
    Context theirs = server ? agreed_->client_context() : agreed_->server_context();
    int our_bits = server ? agreed_->server_window_bits : agreed_->client_window_bits;
    int their_bits = server ? agreed_->client_window_bits : agreed_->server_window_bits;
    deflater_ = Deflater::create(our_bits, ours).value();
    inflater_ = Inflater::create(their_bits, theirs).value();
  }

  // Until the connection ends; was it closed in order?
  bool run() {
    std::string buffer(70000, '\0');
    // A connection of short reads cuts every frame, one of long reads sees many frames at once.
    static constexpr std::uint32_t kReads[] = {11, 300, 5000, 70000};
    const std::uint32_t most = kReads[draw_.choose(4, "reads")];
    while (!reader_.closed() && !reader_.failed()) {
      ssize_t n = ::read(0, buffer.data(), 1 + draw_.choose(most, "read"));
      if (n <= 0) return false;
      MutableBytes input{reinterpret_cast<std::byte*>(buffer.data()), static_cast<std::size_t>(n)};
      while (auto event = reader_.next(input, inflater_ ? &*inflater_ : nullptr)) answer(*event);
      write_all(out_);
      out_.clear();
    }
    return reader_.closed();
  }

 private:
  void answer(const WebSocketEvent& event) {
    switch (event.kind) {
      case Kind::message: return echo(event.text ? Opcode::text : Opcode::binary, event.payload);
      case Kind::ping: return frame(Opcode::pong, event.payload);
      case Kind::pong: return check_pong(as_text(event.payload));
      case Kind::close: return close(event.close_code, event.reason);
      case Kind::failed: return close(event.close_code, event.reason);
    }
  }

  void close(std::uint16_t code, std::string_view reason) {
    frame(Opcode::close, as_bytes(close_payload(code, reason)));
  }

  // Ours are answered in order and with their payload.
  void check_pong(std::string_view payload) {
    if (payload == fmt::format("our ping {}", pongs_)) {
      ++pongs_;
    } else {
      fmt::print(stderr, "a wrong pong: {}\n", payload);
      std::exit(5);
    }
  }

  void echo(Opcode opcode, ByteView payload) {
    bool compressed = deflater_ && draw_.choose(4, "deflate") != 0;
    std::string packed = compressed ? deflater_->compress(payload) : std::string(as_text(payload));
    ByteView left = as_bytes(packed);
    for (std::uint32_t fragments = draw_.choose(4, "fragments"); fragments > 0; --fragments) {
      std::size_t size = draw_.choose(static_cast<std::uint32_t>(left.size()) + 1, "fragment");
      frame(opcode, left.first(size), false, compressed);
      left = left.subspan(size);
      opcode = Opcode::continuation;
      compressed = false;
      if (draw_.choose(4, "ping") == 0)
        frame(Opcode::ping, as_bytes(fmt::format("our ping {}", pings_++)));
    }
    frame(opcode, left, true, compressed);
  }

  void frame(Opcode opcode, ByteView payload, bool fin = true, bool compressed = false) {
    std::optional<std::uint32_t> key;
    if (role_ == Role::client) key = static_cast<std::uint32_t>(draw_.next());
    append_frame(out_, opcode, payload, key, fin, compressed);
  }

  Role role_;
  std::optional<DeflateAgreement> agreed_;
  SeededChoose& draw_;
  WebSocketReader reader_;
  std::optional<Deflater> deflater_;
  std::optional<Inflater> inflater_;
  std::string out_;
  int pings_ = 0;
  int pongs_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options{{"seed", 1},           {"limit", 1 << 20},    {"deflate", 0},
                  {"server_forgets", 1}, {"client_forgets", 1}, {"server_bits", 15},
                  {"client_bits", 15}};
  for (int i = 2; i < argc; ++i) {
    std::string argument = argv[i];
    std::size_t equals = argument.find('=');
    if (equals == std::string::npos || !options.contains(argument.substr(0, equals))) return 2;
    options[argument.substr(0, equals)] = std::atoi(argument.c_str() + equals + 1);
  }
  std::string side = argc > 1 ? argv[1] : "";
  if (side != "server" && side != "client") return 2;
  SeededChoose draw(static_cast<std::uint64_t>(options.at("seed")));
  bool server = side == "server";
  Upgrade upgrade = server ? serve(options) : dial(options, draw);
  return Echo(server ? Role::server : Role::client, options, upgrade, draw).run() ? 0 : 1;
}
