// A connection that speaks Sendspin: its messages, and the time, which never leaves the edge.
#include "core/live/edge_conn.hpp"
#include "core/wire/sendspin/messages.hpp"

namespace tutti::live {

namespace sendspin = wire::sendspin;

// Nothing a player says is a reason to cut it: what cannot be read, or comes before its hello was
// answered (ESPHome does so when it reconnects), is dropped and counted.
void Edge::player_message(Conn& conn, std::string_view text, Now now) {
  PlayerClock& clock = *conn.socket->clock;
  auto message = sendspin::parse_client(text, json_);
  if (!message) {
    ++counters_.players_dropped;
    return;
  }
  bool hello = std::holds_alternative<sendspin::ClientHello>(*message) ||
               std::holds_alternative<sendspin::ClientInit>(*message);
  if (!hello && !clock.greeted) {
    ++counters_.players_dropped;
    return;
  }
  if (const auto* time = std::get_if<sendspin::ClientTime>(&*message)) {
    if (clock.questions.push(PlayerClock::Question{time->client_transmitted, now.mono}))
      want_write(conn);
    else ++counters_.players_dropped;
    return;
  }
  up(Message{id_of(conn), std::move(*message)});
}

// Only when nothing is staged: behind bytes that the socket has not taken, the time would be too
// early.
void Edge::answer_time(Conn& conn, Now now) {
  PlayerClock& clock = *conn.socket->clock;
  if (conn.outbox.staged_bytes() > 0) return;
  while (!clock.questions.empty() && conn.state.may_send()) {
    PlayerClock::Question question = clock.questions.pop();
    sendspin::ServerTimeReply reply{question.client_transmitted, question.received, now.mono};
    if (!push_frame(conn, wire::Opcode::text, Bytes(sendspin::write(reply)), true))
      return close(conn, CloseReason::slow_reader, now);
    ++counters_.time_replies;
    ++counters_.frames_out;
  }
}

}  // namespace tutti::live
