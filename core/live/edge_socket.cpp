#include <algorithm>

#include "core/live/edge_conn.hpp"

namespace tutti::live {
namespace {

CloseReason reason_of(std::uint16_t close_code) {
  switch (close_code) {
    case 1007: return CloseReason::bad_text;
    case 1009: return CloseReason::message_too_big;
    default: return CloseReason::protocol_error;
  }
}

}  // namespace

wire::Inflater* Edge::inflater() {
  if (!config_.deflate) return nullptr;
  if (!inflater_) inflater_ = std::move(wire::Inflater::create()).value();
  return &*inflater_;
}
wire::Deflater& Edge::deflater() {
  if (!deflater_) deflater_ = std::move(wire::Deflater::create()).value();
  return *deflater_;
}

void Edge::received_socket(Conn& conn, MutableBytes bytes, Now now) {
  Socket& socket = *conn.socket;
  socket.keepalive.heard(now.mono);
  // Nothing of the application before the connection is live: what comes early waits, in order.
  if (!conn.state.ended() && !GUARD("edge.messages_when_live", conn.state.may_send())) {
    socket.early += as_text(bytes);
    if (!conn.input_charge.resize(socket.early.size()))
      return close(conn, CloseReason::overloaded, now);
    pause(conn);
    return;
  }
  // An event may end the connection (and `conn` with it): then it is looked up again.
  Handle self = conn.self;
  while (auto event = socket.reader.next(bytes, inflater())) {
    on_event(conn, *event, now);
    if (conns_.edit(self) == nullptr) return;
  }
  if (!conn.input_charge.resize(socket.reader.held_bytes()))
    close(conn, CloseReason::overloaded, now);
}

void Edge::on_event(Conn& conn, const wire::WebSocketEvent& event, Now now) {
  using Kind = wire::WebSocketEvent::Kind;
  Socket& socket = *conn.socket;
  if (event.kind == Kind::close) {
    socket.close_received = true;
    if (!conn.state.ended()) close(conn, CloseReason::peer_closed, now);
    else if (conn.outbox.empty()) drop(conn, now);
    return;
  }
  if (conn.state.ended()) return;  // only the peer's close is of interest now
  switch (event.kind) {
    case Kind::failed: return close(conn, reason_of(event.close_code), now);
    case Kind::ping:
      if (!push_frame(conn, wire::Opcode::pong, Bytes::copy(event.payload), true))
        close(conn, CloseReason::slow_reader, now);
      return;
    case Kind::pong: return watch_backlog(conn, now);
    default: break;
  }
  socket.keepalive.message(now.mono);
  conn.state.on_message(now);
  ++counters_.messages_in;
  if (socket.clock) {
    if (event.text) player_message(conn, as_text(event.payload), now);
    else ++counters_.players_dropped;  // no role of ours sends bytes
    return;
  }
  if (!event.text) return close(conn, CloseReason::wrong_data, now);
  up(Message{id_of(conn), wire::parse_session(as_text(event.payload), json_)});
}

void Edge::send(Conn& conn, const Bytes& text, Now now) {
  if (!conn.socket || !GUARD("edge.send_when_live", conn.state.may_send())) {
    ++counters_.sends_not_ready;
    return;
  }
  ++counters_.frames_out;
  if (conn.socket->clock) conn.socket->clock->greeted = true;
  if (!push_frame(conn, wire::Opcode::text, text, false))
    return close(conn, CloseReason::slow_reader, now);
  watch_backlog(conn, now);
}

bool Edge::push_frame(Conn& conn, wire::Opcode opcode, Bytes payload, bool overtake) {
  Piece piece;
  if (opcode == wire::Opcode::text) {
    piece = framed(conn, {std::move(payload)}, {}, nullptr);
  } else {
    wire::FrameHeader header = wire::frame_header(opcode, true, false, payload.size());
    std::copy_n(header.bytes.begin(), header.size, piece.head.begin());
    piece.head_size = header.size;
    piece.payload = std::move(payload);
  }
  bool pushed =
      overtake ? conn.outbox.push_front(std::move(piece)) : conn.outbox.push(std::move(piece));
  if (pushed) want_write(conn);
  return pushed;
}

void Edge::push_close(Conn& conn, CloseReason reason) {
  Socket& socket = *conn.socket;
  if (socket.close_sent || reason == CloseReason::peer_reset) return;
  socket.close_sent = true;
  const CloseRow& why = row(reason);
  // A full outbox was cut before; the few bytes of a close frame always fit.
  push_frame(conn, wire::Opcode::close, Bytes(wire::close_payload(why.code, why.advice)), false);
}

void Edge::heartbeat(Conn& conn, Now now) {
  Keepalive::Verdict verdict = conn.socket->keepalive.tick(now.mono);
  if (verdict.dead) return close(conn, CloseReason::heartbeat_lost, now);
  if (verdict.quiet) conn.state.on_quiet(now);
  if (verdict.late) conn.state.on_degraded(Cause::pong_late, now);
  if (verdict.ping && !push_frame(conn, wire::Opcode::ping, {}, true))
    return close(conn, CloseReason::slow_reader, now);
  timers_.arm(timer(conn, kHeartbeatTimer), conn.socket->keepalive.next(now.mono));
}

void Edge::watch_backlog(Conn& conn, Now now) {
  std::size_t queued = conn.outbox.queued_bytes();
  if (queued > limits::kOutboxBytes / 2) conn.state.on_degraded(Cause::backlog, now);
  else if (queued == 0 && !conn.socket->keepalive.waiting()) conn.state.on_recovered(now);
}

// What came before the last latch was set is read now, as if it came now.
void Edge::went_live(Conn& conn, Now now) {
  if (!conn.socket || !conn.state.may_send() || (conn.socket->early.empty() && !conn.paused))
    return;
  std::string early = std::move(conn.socket->early);
  conn.socket->early = {};
  resume(conn);
  INVARIANT(conn.input_charge.resize(0));
  received_socket(conn, MutableBytes(reinterpret_cast<std::byte*>(early.data()), early.size()),
                  now);
}

}  // namespace tutti::live
