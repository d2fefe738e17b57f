#include <fmt/format.h>

#include <cstring>

#include "core/live/edge_conn.hpp"

namespace tutti::live {
namespace {

Bytes error_text(int status, std::string_view text) {
  std::string_view code = status == 413 || status == 431 ? "too_large"
                          : status == 429                ? "rate_limited"
                                                         : "bad_request";
  Json error = Json::object({{"code", Json(code)}, {"message", Json(text)}});
  return Bytes(write_json(Json::object({{"error", std::move(error)}})) + "\n");
}

wire::HttpResponse json_head(int status) {
  wire::HttpResponse head{
      status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, {}};
  if (status == 429) head.headers.push_back({"Retry-After", "5"});
  return head;
}

}  // namespace

void Edge::received_http(Conn& conn, MutableBytes bytes, Now now) {
  HttpPhase& http = *conn.http;
  if (http.in_work) {
    http.backlog += as_text(bytes);
    // The kernel holds what comes next: one request is in work, the others wait in order.
    pause(conn);
    if (!conn.input_charge.resize(http.backlog.size())) close(conn, CloseReason::overloaded, now);
    return;
  }
  bool fresh = !http.parser.begun();
  bool had_headers = http.parser.headers_done();
  auto used = http.parser.feed(bytes);
  if (!used)
    return http_error(conn, used.error().status, used.error().text, CloseReason::protocol_error,
                      now);
  if (fresh && http.parser.begun())
    timers_.arm(timer(conn, kHttpTimer), now.mono + limits::kHttpHeaderTime);
  if (!had_headers && http.parser.headers_done())
    timers_.arm(timer(conn, kHttpTimer), now.mono + limits::kHttpBodyTime);
  if (http.parser.take_expects_continue()) {
    Piece piece;
    piece.payload = Bytes("HTTP/1.1 100 Continue\r\n\r\n");
    if (conn.outbox.push(std::move(piece))) want_write(conn);
  }
  if (!http.parser.done()) return;
  http.backlog.assign(as_text(bytes.subspan(*used)));
  if (!conn.input_charge.resize(http.backlog.size()))
    return close(conn, CloseReason::overloaded, now);
  request_complete(conn, http.parser.take(), now);
}

void Edge::request_complete(Conn& conn, wire::HttpRequest request, Now now) {
  HttpPhase& http = *conn.http;
  timers_.cancel(timer(conn, kHttpTimer));
  http.in_work = true;
  http.head = request.method == "HEAD";
  http.chunked = request.version >= 11;
  bool last = http.eof && http.backlog.empty();
  http.keep_alive = request.keep_alive && !last;
  ++counters_.messages_in;
  if (!wire::wants_websocket(request)) {
    up(Message{id_of(conn), std::move(request)});
    return;
  }
  wire::UpgradeOptions options{.subprotocols = {wire::kSessionProtocol}};
  options.deflate.enabled = config_.deflate;
  auto upgrade = wire::check_upgrade(request, options);
  if (!upgrade) {
    http.keep_alive = false;
    wire::HttpResponse refusal = wire::refuse_upgrade(upgrade.error());
    Bytes body(std::move(refusal.body));
    return respond(conn, {id_of(conn), std::move(refusal), body}, now);
  }
  UpgradeRequest wish{std::move(request), upgrade->subprotocol};
  http.upgrade = std::move(*upgrade);
  up(Message{id_of(conn), std::move(wish)});
}

// A request that never became one: answered here, and the connection ends, for its framing is lost.
void Edge::http_error(Conn& conn, int status, std::string text, CloseReason reason, Now now) {
  conn.http->in_work = true;
  conn.http->keep_alive = false;
  conn.http->head = false;
  Bytes body = error_text(status, text);
  Piece piece;
  piece.payload = Bytes(wire::response_head(json_head(status), body.size(), false, now.wall) +
                        std::string(body.text()));
  if (conn.outbox.push(std::move(piece))) want_write(conn);
  close(conn, reason, now);
}

void Edge::respond(Conn& conn, Respond respond, Now now) {
  if (!conn.http || !conn.http->in_work) {
    ++counters_.sends_not_ready;
    return;
  }
  HttpPhase& http = *conn.http;
  http.upgrade.reset();
  const auto* file = std::get_if<FileBody>(&respond.body);
  const Bytes* bytes = std::get_if<Bytes>(&respond.body);
  const auto* live = std::get_if<LiveBody>(&respond.body);
  std::optional<std::size_t> size;
  if (live == nullptr) size = file != nullptr ? file->size : bytes->size();
  else if (http.chunked) respond.head.headers.push_back({"Transfer-Encoding", "chunked"});
  else http.keep_alive = false;
  Piece head;
  head.payload = Bytes(wire::response_head(respond.head, size, http.keep_alive, now.wall));
  bool pushed = conn.outbox.push(std::move(head));
  if (pushed && bytes != nullptr && !http.head && !bytes->empty()) {
    Piece body;
    body.payload = *bytes;
    pushed = conn.outbox.push(std::move(body), limits::kOutboxBytes + bytes->size());
  }
  if (!pushed) return close(conn, CloseReason::slow_reader, now);
  want_write(conn);
  if (file != nullptr && !http.head && file->size > 0) {
    http.file = *file;
    return next_block(conn);
  }
  if (live != nullptr && !http.head) {
    http.live = live->stream;
    http.chunk_sent = false;
    return next_block(conn);
  }
  response_done(conn, now);
}

// Asks for the next block of a body while the peer keeps up.
void Edge::next_block(Conn& conn) {
  HttpPhase& http = *conn.http;
  if (http.block_asked || conn.outbox.queued_bytes() >= kFileAhead || conn.state.ended()) return;
  http.block_asked = true;
  auto size = static_cast<std::uint32_t>(
      http.live ? kFileBlock : std::min<std::uint64_t>(http.file.size, kFileBlock));
  effect(
      ReadBlock{conn.self, ++http.block_serial, http.live, http.file.path, http.file.offset, size});
}

void Edge::file_block(Handle handle, std::uint32_t serial, Result<Bytes> block, Now now) {
  Conn* conn = conns_.edit(handle);
  if (conn == nullptr || !conn->http || conn->state.ended()) return;
  HttpPhase& http = *conn->http;
  INVARIANT(http.block_asked && http.block_serial == serial);
  http.block_asked = false;
  // The length is promised already: a file that shrank or fails can only be cut off, which the peer
  // notices; so can what was announced in chunks.
  bool broken = !block || (!http.live && (block->empty() || block->size() > http.file.size));
  if (broken) {
    close(*conn, CloseReason::internal, now);
    return drop(*conn, now);
  }
  bool last = http.live ? block->empty() : block->size() == http.file.size;
  if (!http.live) {
    http.file.offset += block->size();
    http.file.size -= block->size();
  }
  if (!push_block(*conn, std::move(*block))) return close(*conn, CloseReason::overloaded, now);
  want_write(*conn);
  if (last) response_done(*conn, now);
  else next_block(*conn);
}

// A chunk's size stands before it, the line break that ends it before the next one's.
bool Edge::push_block(Conn& conn, Bytes block) {
  HttpPhase& http = *conn.http;
  Piece piece;
  if (http.live && http.chunked) {
    bool last = block.empty();
    std::string line = fmt::format("{}{:x}\r\n{}", http.chunk_sent ? "\r\n" : "", block.size(),
                                   last ? "\r\n" : "");
    std::memcpy(piece.head.data(), line.data(), line.size());
    piece.head_size = static_cast<std::uint8_t>(line.size());
    http.chunk_sent = true;
  }
  piece.payload = std::move(block);
  return piece.size() == 0 || conn.outbox.push(std::move(piece));
}

void Edge::response_done(Conn& conn, Now now) {
  HttpPhase& http = *conn.http;
  http.in_work = false;
  http.file = {};
  http.live = {};
  if (!http.keep_alive || conn.state.ended()) return close(conn, CloseReason::done, now);
  timers_.arm(timer(conn, kHttpTimer), now.mono + limits::kHttpKeepAlive);
  if (!http.backlog.empty()) {
    std::string next = std::move(http.backlog);
    http.backlog.clear();
    INVARIANT(conn.input_charge.resize(0));
    received_http(conn, MutableBytes(reinterpret_cast<std::byte*>(next.data()), next.size()), now);
    // Only a part of the next request was waiting: its rest must be read.
    if (http.in_work || conn.state.ended()) return;
  }
  resume(conn);
}

void Edge::accept(Conn& conn, Speaks speaks, Now now) {
  if (!conn.http || !conn.http->in_work || !conn.http->upgrade) {
    ++counters_.sends_not_ready;
    return;
  }
  if (conn.http->eof) {  // it left before it was let in
    close(conn, CloseReason::peer_closed, now);
    return drop(conn, now);
  }
  wire::Upgrade upgrade = std::move(*conn.http->upgrade);
  conn.socket = std::make_unique<Socket>(config_.message_bytes, upgrade, now.mono);
  if (speaks == Speaks::sendspin) conn.socket->clock = std::make_unique<PlayerClock>();
  if (upgrade.deflate) conn.socket->deflate_window = upgrade.deflate->server_window_bits;
  Piece head;
  head.payload = Bytes(wire::response_head(wire::upgrade_response(upgrade), 0, true, now.wall));
  conn.socket->early = std::move(conn.http->backlog);
  conn.http.reset();
  timers_.cancel(timer(conn, kHttpTimer));
  timers_.arm(timer(conn, kHeartbeatTimer), conn.socket->keepalive.next(now.mono));
  if (!conn.outbox.push(std::move(head))) {
    // No memory for the 101, and without it there is nothing that a close frame could end.
    conn.socket->close_sent = true;
    close(conn, CloseReason::overloaded, now);
    return drop(conn, now);
  }
  conn.outbox.stage_own(SIZE_MAX);  // final: no control frame overtakes the 101
  want_write(conn);
  conn.state.set(Latch::accepted, now);
  went_live(conn, now);
}

void Edge::http_timer(Conn& conn, Now now) {
  HttpPhase& http = *conn.http;
  if (!http.parser.begun()) {
    close(conn, CloseReason::request_timeout,
          now);  // an idle connection: nobody waits for an answer
    return drop(conn, now);
  }
  http_error(conn, 408, "the request did not arrive in time", CloseReason::request_timeout, now);
}

}  // namespace tutti::live
