#include "sim/world/peer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/wire/session.hpp"

namespace tutti::world {
namespace {
constexpr Micros kConnectTime = 5 * kSecond;
constexpr Micros kUpgradeTime = 20 * kSecond;
constexpr Micros kCloseTime = 5 * kSecond;
// The server pings each 25 s: a client that hears nothing for so long is alone.
constexpr Micros kDead = 80 * kSecond;
constexpr Micros kBackoffFirst = 250'000;
constexpr Micros kBackoffMost = 8 * kSecond;
}  // namespace

const char* name(Script script) {
  static constexpr const char* kNames[] = {"chat",     "echo",     "subscriber", "requester",
                                           "backups",  "slow",     "hostile",    "duplicate",
                                           "flapping", "vanishing"};
  return kNames[static_cast<std::size_t>(script)];
}

std::string Peer::state_text() const {
  static constexpr const char* kNames[] = {"away",      "dialing", "asking",
                                           "upgrading", "live",    "leaving"};
  return fmt::format("peer {} ({}, client \"{}\") is {}", o_.number, name(o_.script), o_.client,
                     kNames[static_cast<std::size_t>(phase_)]);
}

void Peer::plan(Micros delay) { sim_.after(delay, What::peer, o_.number, ++plan_); }

// Whatever comes first: its next act, or the moment at which it would give the server up.
void Peer::plan_next() { plan(std::max<Micros>(0, std::min(act_at_, heard_ + kDead) - sim_.now)); }

void Peer::planned() {
  switch (phase_) {
    case Phase::away:
      if (!leaving_for_good_) dial();
      return;
    case Phase::dialing:
    case Phase::upgrading: return end(backoff());  // nobody answers
    case Phase::leaving: return end(sim_.between(100'000, 3 * kSecond, "come again"));
    case Phase::asking:
    case Phase::live:
      if (sim_.now - heard_ >= kDead) return end(backoff());
      if (sim_.now >= act_at_) {
        act_at_ = kForever;
        act();
      }
      if (phase_ == Phase::asking || phase_ == Phase::live) plan_next();
  }
}

void Peer::dial() {
  phase_ = Phase::dialing;
  ++crowd_.connects;
  reader_.reset();
  out_.clear();
  out_sent_ = 0;
  asked_.clear();
  echoes_.clear();
  calls_.clear();
  version_ = 0;
  subscribed_ = half_closed_ = false;
  heard_ = sim_.now;
  act_at_ = kForever;
  link_ = crowd_.network.connect(o_.path, o_.number);
  plan(kConnectTime);
}

void Peer::connected(LinkId link) {
  if (!(link == link_) || phase_ != Phase::dialing) return;
  if (speaks_http()) {
    phase_ = Phase::asking;
    act_at_ = sim_.now;
    return plan_next();
  }
  phase_ = Phase::upgrading;
  plan(kUpgradeTime);
  upgrade();
}

void Peer::upgrade() {
  std::string request = fmt::format(
      "GET /ws{}{} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: {}\r\n{}\r\n",
      o_.client.empty() ? "" : "?client=", o_.client, o_.host, wire::kSessionProtocol,
      o_.deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
  // A connection may have served requests before it becomes a WebSocket.
  asks_first_ = o_.script == Script::echo && sim_.once_in(4, "asks first");
  if (asks_first_) send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  bool hostile = o_.script == Script::hostile && !calm_;
  if (hostile && sim_.once_in(4, "hostile requests")) return send_hostile_requests();
  if (hostile && sim_.once_in(3, "hostile handshake")) request = damaged(std::move(request));
  send(request);
  // Some do not wait for the 101: what comes early is read when the connection is live.
  if (o_.script == Script::echo && sim_.once_in(3, "early")) ask_echo(0);
}

void Peer::refused(LinkId link) {
  if (!(link == link_)) return;
  link_ = {};
  phase_ = Phase::away;
  plan(backoff());
}

Micros Peer::backoff() {
  Micros most = std::min(kBackoffMost, kBackoffFirst << std::min(failures_++, 10));
  return sim_.between(most / 2, most, "backoff");
}

void Peer::lost_it() {
  std::size_t lost = asked_.size() + echoes_.size();
  crowd_.lost += lost;
  bool rude = o_.script == Script::flapping || o_.script == Script::vanishing ||
              o_.script == Script::slow || o_.script == Script::hostile;
  bool fine = lost == 0 || !crowd_.strict || leaving_for_good_ || rude;
  sim_.require(fine, "the end came before the answers, and no fault explains it", o_.number);
}

// This connection is over; it comes again after so long.
void Peer::end(Micros come_again) {
  if (link_) crowd_.network.close(link_, Side::client);
  lost_it();
  link_ = {};
  phase_ = Phase::away;
  plan(come_again);
}

void Peer::broken(LinkId link) {
  if (!(link == link_)) return;
  if (in_handshake()) sim_.witness(Witness::reset_in_handshake);
  end(backoff());
}

// ---- bytes ----

void Peer::send(std::string_view bytes) {
  out_ += bytes;
  flush();
}

void Peer::send_frame(wire::Opcode opcode, std::string_view payload) {
  std::string bytes;
  wire::append_frame(bytes, opcode, as_bytes(payload),
                     static_cast<std::uint32_t>(++tokens_ * 2654435761U));
  send(bytes);
}

void Peer::flush() {
  if (out_sent_ == out_.size()) return;
  out_sent_ +=
      crowd_.network.send(link_, Side::client, as_bytes(std::string_view(out_)).subspan(out_sent_));
  if (out_sent_ < out_.size()) return;
  out_.clear();
  out_sent_ = 0;
}

void Peer::writable(LinkId link) {
  if (link == link_) flush();
}

void Peer::readable(LinkId link) {
  if (!(link == link_)) return;
  if (o_.script == Script::slow && !calm_ && phase_ == Phase::live) return;  // when it likes
  std::size_t most = o_.read_most;
  if (most < 4096)
    most = static_cast<std::size_t>(sim_.between(1, static_cast<Micros>(most), "client reads"));
  if (crowd_.network.read(link, Side::client, most, crowd_.scratch) > 0) {
    heard_ = sim_.now;
    reader_.take(crowd_.scratch, crowd_.inflater, *this);
  }
  if (!(link == link_)) return;  // over meanwhile
  if (crowd_.network.unread(link, Side::client) > 0)
    return crowd_.network.read_later(link, Side::client, 20);
  if (crowd_.network.at_end(link, Side::client))
    end(phase_ == Phase::leaving ? sim_.between(10'000, kSecond, "come again") : backoff());
}

void Peer::nonsense(const char* what) {
  sim_.violate(std::string("the server sent ") + what, o_.number);
}

bool Peer::expects_body() { return asked_.empty() || asked_.front().what != Ask::head; }

bool Peer::answer(int status, std::string_view head, std::string_view body) {
  if (status == 100) return true;
  if (phase_ == Phase::leaving) return false;
  if (status == 101) {
    sim_.require(phase_ == Phase::upgrading, "a 101 that nobody asked for", o_.number);
    phase_ = Phase::live;
    failures_ = 0;
    went_live();
    if (phase_ == Phase::live) plan_next();
    return phase_ == Phase::live;
  }
  if (asks_first_ && (status == 200 || status == 503)) {
    asks_first_ = false;
    return true;
  }
  if (!speaks_http()) return refused_upgrade(status, head);
  ++crowd_.answers;
  if (asked_.empty()) return sim_.violate("an answer that nobody asked for", o_.number), false;
  Asked asked = asked_.front();
  asked_.pop_front();
  check_answer(asked, status, body);
  failures_ = 0;
  bool ends = field(head, "Connection") == "close";
  if (!ends) return true;
  end(backoff());
  return false;
}

// In the place of a 101: it comes again when it is told to.
bool Peer::refused_upgrade(int status, std::string_view head) {
  if (status == 409) sim_.witness(Witness::duplicate_refused);
  bool shares = o_.script == Script::duplicate || o_.script == Script::hostile;
  sim_.require(status == 408 || status == 409 || status == 429 || shares, "an upgrade was refused",
               static_cast<std::uint64_t>(status));
  Micros wait = backoff();
  if (!field(head, "Retry-After").empty())
    wait = std::max(wait, sim_.between(kSecond, 2 * kSecond, "retry after"));
  end(wait);
  return false;
}

bool Peer::frame(const wire::WebSocketEvent& event) {
  using Kind = wire::WebSocketEvent::Kind;
  switch (event.kind) {
    case Kind::ping:
      if (phase_ == Phase::live) send_frame(wire::Opcode::pong, as_text(event.payload));
      return true;
    case Kind::message:
      if (phase_ == Phase::live) check_text(as_text(event.payload));
      return phase_ == Phase::live || phase_ == Phase::leaving;
    case Kind::close: return closed_by_server(event.close_code);
    default: return true;
  }
}

// The code says when to come again: 40xx now, 41xx and the server's own troubles later.
bool Peer::closed_by_server(std::uint16_t code) {
  bool own_fault = code == 1002 || code == 1003 || code == 1007 || code == 1009 || code >= 4300;
  sim_.require(!own_fault || o_.script == Script::hostile, "a peer that behaves was told otherwise",
               code);
  if (code >= 1011 && code <= 1013) sim_.witness(Witness::told_to_retry_later);
  if (phase_ == Phase::leaving) return true;  // the answer to its own
  bool now = code >= 4000 && code < 4100;
  send_frame(wire::Opcode::close, wire::close_payload(code));
  if (now) failures_ = 0;
  else ++failures_;
  phase_ = Phase::leaving;
  plan(kCloseTime);
  return true;
}

void Peer::leave() {
  leaving_for_good_ = true;
  if (phase_ == Phase::away) return;
  if (phase_ != Phase::live) return end(0);
  switch (sim_.draw(4, "leave")) {
    case 0:
      send_frame(wire::Opcode::close, wire::close_payload(1000));
      phase_ = Phase::leaving;
      return plan(kCloseTime);
    case 1: return end(0);  // no close frame
    case 2:
      crowd_.network.reset(link_);
      phase_ = Phase::leaving;
      return plan(kCloseTime);
    default: crowd_.network.silence(link_); return end(0);
  }
}

void Peer::calm() {
  calm_ = true;
  o_.path.loss = 0;
  if (phase_ == Phase::live && o_.script == Script::slow)
    crowd_.network.read_later(link_, Side::client, 1);
  if (phase_ != Phase::live && phase_ != Phase::asking) return;
  act_at_ = sim_.now + sim_.between(0, kSecond, "proof");
  plan_next();
}

}  // namespace tutti::world
