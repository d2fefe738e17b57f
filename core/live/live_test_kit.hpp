#pragma once
// For tests and the explorer: what a peer sees of an edge, and the shell around one edge with
// sockets that exist only here. Nothing happens by itself: whoever drives it says which bytes
// arrive, and how many the socket takes.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/live/edge.hpp"
#include "core/wire/websocket.hpp"

namespace tutti::live::test {

inline MutableBytes bytes_of(std::string& text) {
  return {reinterpret_cast<std::byte*>(text.data()), text.size()};
}

inline Peer loopback(std::uint8_t last = 1) {
  Peer peer;
  peer.kind = Peer::Kind::loopback;
  peer.address[10] = peer.address[11] = std::byte{0xff};
  peer.address[12] = std::byte{127};
  peer.address[15] = std::byte{last};
  return peer;
}

inline std::string get(std::string_view target, std::string_view headers = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
         "\r\n";
}
inline std::string upgrade(std::string_view target = "/ws", std::string_view headers = {}) {
  return get(target,
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: "
             "tutti.session.v1\r\n" +
                 std::string(headers));
}
inline std::string frame(wire::Opcode opcode, std::string_view payload) {
  std::string out;
  wire::append_frame(out, opcode, as_bytes(payload), 0x01020304U);
  return out;
}
inline std::string text_frame(std::string_view payload) {
  return frame(wire::Opcode::text, payload);
}
inline std::string close_frame(std::uint16_t code = 1000) {
  return frame(wire::Opcode::close, wire::close_payload(code));
}

// What the peer reads, one line an item: "200 body", "101", "text ...", "binary ...", "ping", "pong
// ...", "close 1000"; "nonsense ..." where an answer should begin.
class PeerView {
 public:
  void take(ByteView bytes) {
    buffer_ += as_text(bytes);
    while (!upgraded() && take_response()) {
    }
    if (upgraded()) take_frames();
  }
  const std::vector<std::string>& items() const { return items_; }
  bool upgraded() const { return reader_.has_value(); }
  bool has(std::string_view item) const {
    return std::find(items_.begin(), items_.end(), item) != items_.end();
  }
  std::string last() const { return items_.empty() ? "" : items_.back(); }
  // Bytes of an item that has not come whole.
  std::size_t pending() const { return buffer_.size(); }

 private:
  bool take_response() {
    std::string_view begin = std::string_view(buffer_).substr(0, 9);
    if (!std::string_view("HTTP/1.1 ").starts_with(begin)) {
      items_.push_back("nonsense " + buffer_);
      buffer_.clear();
      return false;
    }
    std::size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = buffer_.substr(0, end);
    if (head.contains("Transfer-Encoding: chunked")) return take_chunked(head, end + 4);
    std::size_t body = 0;
    if (std::size_t at = head.find("Content-Length: "); at != std::string::npos)
      body = std::stoul(head.substr(at + 16));
    if (buffer_.size() < end + 4 + body) return false;
    items_.push_back(head.substr(9, 3) + (body > 0 ? " " + buffer_.substr(end + 4, body) : ""));
    buffer_.erase(0, end + 4 + body);
    if (items_.back() == "101") {
      bool deflate = head.find("permessage-deflate") != std::string::npos;
      reader_.emplace(wire::Role::client, wire::WebSocketLimits{1 << 24}, deflate);
      if (deflate) inflater_.emplace(std::move(wire::Inflater::create()).value());
    }
    return true;
  }
  // RFC 9112 section 7.1, without trailers.
  bool take_chunked(const std::string& head, std::size_t at) {
    std::string body;
    for (;;) {
      std::size_t line = buffer_.find("\r\n", at);
      if (line == std::string::npos) return false;
      std::size_t size = std::stoul(buffer_.substr(at, line - at), nullptr, 16);
      at = line + 2;
      if (buffer_.size() < at + size + 2) return false;
      if (buffer_.substr(at + size, 2) != "\r\n") items_.push_back("nonsense in a chunk");
      body += buffer_.substr(at, size);
      at += size + 2;
      if (size == 0) break;
    }
    items_.push_back(head.substr(9, 3) + " " + body);
    buffer_.erase(0, at);
    return true;
  }
  void take_frames() {
    MutableBytes input = bytes_of(buffer_);
    while (auto event = reader_->next(input, inflater_ ? &*inflater_ : nullptr))
      items_.push_back(line_of(*event));
    buffer_.clear();
  }
  static std::string line_of(const wire::WebSocketEvent& event) {
    using Kind = wire::WebSocketEvent::Kind;
    std::string payload(as_text(event.payload));
    switch (event.kind) {
      case Kind::message: return (event.text ? "text " : "binary ") + payload;
      case Kind::ping: return "ping" + payload;
      case Kind::pong: return "pong " + payload;
      case Kind::close: return "close " + std::to_string(event.close_code);
      case Kind::failed: return "failed " + std::string(event.reason);
    }
    return {};
  }

  std::string buffer_;
  std::vector<std::string> items_;
  std::optional<wire::WebSocketReader> reader_;
  std::optional<wire::Inflater> inflater_;
};

inline std::string text_of(const Up& up) {
  if (std::holds_alternative<Opened>(up)) return "opened";
  if (const auto* closed = std::get_if<Closed>(&up))
    return "closed " + std::string(row(closed->reason).name);
  if (std::holds_alternative<Lagging>(up)) return "lagging";
  if (std::holds_alternative<Surveyed>(up)) return "surveyed";
  const auto& body = std::get<Message>(up).body;
  if (const auto* request = std::get_if<wire::HttpRequest>(&body))
    return request->method + " " + request->target;
  if (const auto* wish = std::get_if<UpgradeRequest>(&body))
    return "upgrade " + wish->request.target;
  if (const auto* player = std::get_if<wire::sendspin::ClientMessage>(&body))
    return "player " + std::to_string(player->index());
  const auto& what = std::get<wire::SessionCommand>(body).what;
  if (std::holds_alternative<wire::SessionPing>(what)) return "command ping";
  if (const auto* echo = std::get_if<wire::SessionEcho>(&what)) return "command echo " + echo->text;
  if (std::holds_alternative<wire::SessionSubscribe>(what)) return "command subscribe";
  if (std::holds_alternative<wire::SessionUnsubscribe>(what)) return "command unsubscribe";
  if (const auto* call = std::get_if<wire::SessionCall>(&what)) return "command call " + call->name;
  return "command invalid";
}

// The shell around one edge. `wrong` is the first promise that the edge broke towards it.
class Shell {
 public:
  struct Socket {
    Handle handle;
    PeerView view;
    bool open = true;
    bool wants_write = false;
    bool paused = false;
    bool half_closed = false;
    std::vector<ReadBlock> blocks;
  };

  explicit Shell(Edge& edge, Recorder* recorder = nullptr) : edge_(edge), recorder_(recorder) {}
  Shell(const Shell&) = delete;
  Shell(Shell&&) = default;

  std::size_t open(Now now, const Peer& peer = loopback()) {
    sockets_.push_back(Socket{edge_.opened(peer, now)});
    effects();
    return sockets_.size() - 1;
  }
  void bytes(std::size_t i, std::string bytes, Now now) {
    edge_.received(sockets_[i].handle, bytes_of(bytes), now);
    effects();
  }
  void eof(std::size_t i, Now now) {
    edge_.ended(sockets_[i].handle, now);
    effects();
  }
  // The socket is broken: nothing more can be written.
  void reset(std::size_t i, Now now) {
    edge_.broken(sockets_[i].handle, now);
    effects();
  }
  void answer_block(std::size_t i, Result<Bytes> block, Now now) {
    ReadBlock asked = sockets_[i].blocks.front();
    sockets_[i].blocks.erase(sockets_[i].blocks.begin());
    edge_.file_block(asked.conn, asked.serial, std::move(block), now);
    effects();
  }
  // The socket takes up to `most` bytes in one write; how many there were.
  std::size_t write(std::size_t i, Now now, std::size_t most = SIZE_MAX) {
    std::vector<ByteView> views;
    edge_.transmit(sockets_[i].handle, now, limits::kStagedBytes, views);
    std::size_t taken = 0;
    for (ByteView view : views) {
      std::size_t size = std::min(view.size(), most - taken);
      if (size > 0 && sockets_[i].half_closed) complain("bytes after the half close");
      if (size > 0 && !sockets_[i].open) complain("bytes for a socket that is gone");
      sockets_[i].view.take(view.first(size));
      taken += size;
    }
    if (views.empty()) sockets_[i].wants_write = false;
    else edge_.wrote(sockets_[i].handle, taken, now);
    effects();
    return taken;
  }
  void flush(Now now) {
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      while (sockets_[i].open && sockets_[i].wants_write) write(i, now);
    }
  }
  // A shell does what the edge wants at the end of a turn; with `late` it is the driver who says
  // when, one at a time.
  bool late = false;
  void effects() {
    note_write(recorder_, this);
    while (auto effect = edge_.poll()) effects_.push_back(*effect);
    while (!late && !effects_.empty()) apply_next();
  }
  const std::deque<EdgeEffect>& waiting() const { return effects_; }
  void apply_next() {
    note_write(recorder_, this);
    EdgeEffect effect = std::move(effects_.front());
    effects_.pop_front();
    std::visit([&](const auto& what) { apply(what); }, effect);
  }

  Socket& operator[](std::size_t i) { return sockets_[i]; }
  const Socket& operator[](std::size_t i) const { return sockets_[i]; }
  std::size_t size() const { return sockets_.size(); }
  Edge& edge() { return edge_; }
  const std::string& wrong() const { return wrong_; }

 private:
  // Null for a socket that is gone: effects that were queued before its end come to nothing.
  Socket* find(Handle handle) {
    auto found = std::find_if(sockets_.begin(), sockets_.end(),
                              [&](const Socket& s) { return s.handle == handle; });
    return found == sockets_.end() || !found->open ? nullptr : &*found;
  }
  template <class Effect>
  void apply(const Effect& effect) {
    Socket* socket = find(effect.conn);
    if (socket == nullptr) {
      if constexpr (std::is_same_v<Effect, Drop>) complain("a socket dropped twice");
      return;
    }
    if constexpr (std::is_same_v<Effect, WantWrite>) socket->wants_write = true;
    if constexpr (std::is_same_v<Effect, PauseRead>) socket->paused = true;
    if constexpr (std::is_same_v<Effect, ResumeRead>) socket->paused = false;
    if constexpr (std::is_same_v<Effect, HalfClose>) socket->half_closed = true;
    if constexpr (std::is_same_v<Effect, ReadBlock>) socket->blocks.push_back(effect);
    if constexpr (std::is_same_v<Effect, Drop>) socket->open = socket->wants_write = false;
  }
  void complain(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  Edge& edge_;
  Recorder* recorder_;  // sockets and effects as a whole
  std::vector<Socket> sockets_;
  std::deque<EdgeEffect> effects_;
  std::string wrong_;
};

// An edge whose house is the test.
struct Bench {
  explicit Bench(EdgeConfig config = {.deflate = false}, Recorder* recorder = nullptr)
      : edge(config, recorder), shell(edge, recorder) {}
  // Everything the edge told the house since the last call.
  std::vector<std::string> heard() {
    std::vector<std::string> out;
    while (auto up = edge.poll_up()) out.push_back(text_of(*up));
    return out;
  }
  ConnId id(std::size_t i) const { return {0, shell[i].handle}; }
  void say(Down down) {
    edge.handle(std::move(down), now);
    shell.effects();
  }
  void respond(std::size_t i, std::string body, int status = 200) {
    say(Respond{id(i), {status, {}, {}}, Bytes(std::move(body))});
  }
  void grant_all(std::size_t i) {
    say(Accept{id(i)});
    for (Latch latch : {Latch::authenticated, Latch::services_ready, Latch::attached})
      say(Grant{id(i), latch});
  }
  // Opened, upgraded, live, its 101 read.
  std::size_t live(std::string_view headers = {}) {
    std::size_t i = shell.open(now);
    shell.bytes(i, upgrade("/ws", headers), now);
    grant_all(i);
    shell.flush(now);
    heard();
    return i;
  }
  void advance(Duration by) {
    ServerTime until = now.mono + by;
    while (edge.deadline() <= until) {
      now.mono = std::max(now.mono, edge.deadline());
      edge.fire(now);
      shell.effects();
    }
    now.mono = until;
  }

  Now now{{1'000'000}, {1'000'000}};
  Edge edge;
  Shell shell;
};

// What is left of connections when all should be over; empty when nothing is.
inline std::string left_over(const Bench& b) {
  std::string left = b.shell.wrong();
  if (b.edge.connections() != 0) left += " connections";
  if (b.edge.counters().held() != 0) left += " bytes";
  if (b.edge.deadline() != kNever) left += " timers";
  return left;
}

}  // namespace tutti::live::test
