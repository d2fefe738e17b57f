// What each script does while it is connected, and what it wants to see of the answers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/world/peer.hpp"

namespace tutti::world {
namespace {

// The number behind a key; 0 without one.
std::int64_t number_after(std::string_view text, std::string_view key) {
  std::size_t at = text.find(key);
  std::int64_t value = 0;
  if (at == std::string_view::npos) return 0;
  std::string_view rest = text.substr(at + key.size());
  std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return value;
}

constexpr std::string_view kSubscribe = R"({"op":"subscribe","id":1,"topic":"server"})";
constexpr std::string_view kUnsubscribe = R"({"op":"unsubscribe","id":"off","topic":"server"})";
constexpr std::string_view kConnections = "\"connections\":";
constexpr std::string_view kUnsubscribed = R"({"op":"result","id":"off","value":true})";

}  // namespace

void Peer::went_live() {
  act_at_ = kForever;
  if (calm_ || o_.script != Script::chat)
    act_at_ = sim_.now + sim_.between(0, kSecond, "first act");
}

void Peer::act() {
  if (leaving_for_good_) return;
  if (speaks_http()) return ask_some();
  if (calm_) {
    // One proof on each connection; those that speak by themselves go on.
    if (echoes_.empty()) ask_echo(0);
    act_at_ = sim_.now + sim_.between(kSecond, 20 * kSecond, "calm");
    return;
  }
  act_at_ = sim_.now + sim_.between(100'000, 8 * kSecond, "pace");
  switch (o_.script) {
    case Script::chat: act_at_ = kForever; return;
    case Script::subscriber: return act_subscriber();
    case Script::slow: return act_slow();
    case Script::hostile: return act_hostile();
    case Script::flapping: return act_flapping();
    case Script::vanishing: return act_vanishing();
    default:
      for (std::uint32_t n = sim_.once_in(8, "burst") ? 20 : 1; n > 0; --n)
        ask_echo(sim_.draw(8, "long echo") == 7 ? 3000 : 0);
  }
}

// ---- echoes ----

void Peer::ask_echo(std::uint32_t padding) {
  std::uint64_t token = ++tokens_;
  echoes_.push_back({token, padding, calm_});
  send_text(fmt::format(R"({{"op":"echo","id":{},"text":"p{}.{}{}"}})", token, o_.number, token,
                        std::string(padding, 'x')));
}

// Now and then in fragments, a ping between them (RFC 6455 section 5.4).
void Peer::send_text(std::string_view text) {
  if (!sim_.once_in(8, "fragments")) return send_frame(wire::Opcode::text, text);
  std::size_t at = sim_.draw(static_cast<std::uint32_t>(text.size()), "fragment");
  std::string bytes;
  auto key = static_cast<std::uint32_t>(tokens_);
  wire::append_frame(bytes, wire::Opcode::text, as_bytes(text.substr(0, at)), key, false);
  wire::append_frame(bytes, wire::Opcode::ping, as_bytes("still here"), key);
  wire::append_frame(bytes, wire::Opcode::continuation, as_bytes(text.substr(at)), key);
  send(bytes);
}

// Answers that come from all edges, or from a job, and in any order.
void Peer::call() {
  static constexpr const char* kNames[] = {"server.info", "server.stats", "connections.list"};
  calls_.push_back(++tokens_);
  send_text(
      fmt::format(R"({{"op":"call","id":{},"name":"{}"}})", tokens_, kNames[sim_.draw(3, "call")]));
}

void Peer::check_result(std::string_view text) {
  auto id = static_cast<std::uint64_t>(number_after(text, "\"id\":"));
  if (id == 0) return sim_.require(text == kUnsubscribed, "a result of nothing", o_.number);
  auto asked = std::find(calls_.begin(), calls_.end(), id);
  if (asked == calls_.end())
    return sim_.violate("an answer to a call that was not made", o_.number);
  calls_.erase(asked);
}

void Peer::check_text(std::string_view text) {
  if (o_.script == Script::hostile) return;
  if (text.starts_with(R"({"op":"echo")")) return check_echo(text);
  if (text.starts_with(R"({"op":"state")")) return check_topic(text, true);
  if (text.starts_with(R"({"op":"delta")")) return check_topic(text, false);
  if (text.starts_with(R"({"op":"result")")) return check_result(text);
  sim_.violate("a frame that nobody asked for", o_.number);
}

// Echoes come in the order they were asked for, each to who asked, whole.
void Peer::check_echo(std::string_view text) {
  if (echoes_.empty()) return sim_.violate("an echo that nobody asked for", o_.number);
  Echo echo = echoes_.front();
  echoes_.pop_front();
  std::string expected =
      fmt::format(R"({{"op":"echo","id":{},"text":"p{}.{})", echo.token, o_.number, echo.token);
  bool right = text.starts_with(expected) && text.ends_with("\"}") &&
               text.size() == expected.size() + echo.padding + 2;
  sim_.require(right, "an echo of somebody else's words", o_.number);
  ++crowd_.echoes;
  sim_.witness(Witness::echo_answered);
  proven_ = proven_ || echo.proof;
}

void Peer::check_topic(std::string_view text, bool whole) {
  std::int64_t version = number_after(text, "\"version\":");
  if (whole) {
    sim_.require(version >= version_, "a state older than what was read", o_.number);
  } else {
    sim_.require(version_ > 0, "a delta before any state", o_.number);
    sim_.require(version == version_ + 1, "versions of a topic are not dense", o_.number);
    sim_.witness(Witness::delta_read);
    ++crowd_.deltas;
  }
  version_ = version;
  if (text.find(kConnections) != std::string_view::npos) told_ = number_after(text, kConnections);
}

void Peer::act_subscriber() {
  if (!subscribed_ || sim_.once_in(6, "again")) {
    subscribed_ = true;
    return send_frame(wire::Opcode::text, kSubscribe);
  }
  if (sim_.once_in(3, "call")) return call();
  if (sim_.once_in(6, "unsubscribe")) {
    subscribed_ = false;
    return send_frame(wire::Opcode::text, kUnsubscribe);
  }
  ask_echo(0);
}

// ---- those that misbehave ----

// HTTP that is almost right, or too much of it.
void Peer::send_hostile_requests() {
  std::string bytes;
  for (std::uint32_t n = 1 + sim_.draw(4, "requests"); n > 0; --n) {
    switch (sim_.draw(5, "request")) {
      case 0:
        bytes += "GET /healthz HTTP/1.0\r\nHost: a\r\nX: " + std::string(20'000, 'h') + "\r\n\r\n";
        break;
      case 1:
        bytes += "POST /api/backup HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n{";
        break;
      case 2:
        bytes +=
            "POST /api/server HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
            "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        break;
      case 3: bytes += "GET / HTTP/1.1\r\n"; break;  // and never goes on
      default: bytes += "HEAD /api/stats?x=%zz HTTP/1.1\r\nHost: a\r\n\r\n";
    }
  }
  if (sim_.once_in(2, "damaged")) bytes = damaged(std::move(bytes));
  send(bytes);
}

void Peer::leave_rudely() {
  switch (sim_.draw(3, "rude")) {
    case 0:
      send_frame(wire::Opcode::close, wire::close_payload(1000));
      phase_ = Phase::leaving;
      return plan(5 * kSecond);
    case 1: return end(backoff());
    default: crowd_.network.reset(link_);
  }
}

void Peer::act_flapping() {
  ask_echo(0);
  if (sim_.once_in(3, "flap")) leave_rudely();
}

// The machine is gone: no end is sent, the server has to find out.
void Peer::act_vanishing() {
  ask_echo(0);
  if (!sim_.once_in(8, "vanish")) return;
  crowd_.network.silence(link_);
  end(sim_.between(kSecond, 30 * kSecond, "away"));
}

// Asks for far more than it reads: the server holds what the socket does not take, up to its bound.
void Peer::act_slow() {
  for (int i = 0; i < 4 && out_.size() < 200'000; ++i) ask_echo(50'000);
  act_at_ = sim_.now + sim_.between(100'000, kSecond, "flood");
  if (!sim_.once_in(4, "sip")) return;
  if (crowd_.network.read(link_, Side::client, 2000, crowd_.scratch) == 0) return;
  heard_ = sim_.now;
  reader_.take(crowd_.scratch, crowd_.inflater, *this);
}

std::string Peer::damaged(std::string bytes) {
  for (std::uint32_t n = 1 + sim_.draw(3, "damages"); n > 0 && !bytes.empty(); --n) {
    std::size_t at = sim_.draw(static_cast<std::uint32_t>(bytes.size()), "where");
    switch (sim_.draw(4, "damage")) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << sim_.draw(8, "bit"))); break;
      case 1: bytes.erase(at, 1 + sim_.draw(4, "cut")); break;
      case 2:
        bytes.insert(at, 1 + sim_.draw(4, "more"), static_cast<char>(sim_.draw(256, "byte")));
        break;
      default: bytes.resize(at);
    }
  }
  return bytes;
}

void Peer::act_hostile() {
  std::string bytes;
  switch (sim_.draw(6, "hostile")) {
    case 0:
      for (std::uint32_t n = 1 + sim_.draw(200, "random bytes"); n > 0; --n)
        bytes += static_cast<char>(sim_.draw(256, "byte"));
      return send(bytes);
    case 1: return send_frame(wire::Opcode::text, std::string(70'000, 'y'));  // too big
    case 2: return send_frame(wire::Opcode::text, "\xc3\x28");                // no UTF-8
    case 3: return send_frame(wire::Opcode::binary, "binary");
    case 4: return send_frame(wire::Opcode::text, R"({"op":"call","name":"server.stats"})");
    default:
      wire::append_frame(bytes, wire::Opcode::text, as_bytes(kSubscribe), 0x01020304U);
      return send(damaged(std::move(bytes)));
  }
}

}  // namespace tutti::world
