#include "core/live/edge.hpp"

#include "core/live/edge_conn.hpp"

namespace tutti::live {
namespace {
constexpr std::uint16_t kEdgeMachine = 1;
constexpr std::size_t kTurnValues = std::size_t{1}
                                    << 22;  // the shell stops reading long before: kPlaneQueue

Handle unpack(std::uint64_t id) {
  return {static_cast<std::uint32_t>(id >> 32), Generation(static_cast<std::uint32_t>(id))};
}
}  // namespace

EdgeCounters& EdgeCounters::operator+=(const EdgeCounters& more) {
  for (std::size_t i = 0; i < by_state.size(); ++i) by_state[i] += more.by_state[i];
  for (std::size_t i = 0; i < closes.size(); ++i) closes[i] += more.closes[i];
  opened += more.opened;
  messages_in += more.messages_in;
  frames_out += more.frames_out;
  bytes_in += more.bytes_in;
  bytes_out += more.bytes_out;
  held_input += more.held_input;
  held_output += more.held_output;
  repeated_closes += more.repeated_closes;
  stale_dropped += more.stale_dropped;
  sends_not_ready += more.sends_not_ready;
  late_frames += more.late_frames;
  players_dropped += more.players_dropped;
  time_replies += more.time_replies;
  return *this;
}

Edge::Edge(const EdgeConfig& config, Recorder* recorder)
    : config_(config),
      held_("edge", config.held_bytes),
      input_("input", config.held_bytes / 2, &held_),
      output_("output", config.held_bytes, &held_),
      conns_(recorder),
      timers_(recorder),
      up_(kTurnValues),
      effects_(kTurnValues),
      recorder_(recorder) {}

Edge::~Edge() = default;

ConnId Edge::id_of(const Conn& conn) const { return {config_.index, conn.self}; }

TimerKey Edge::timer(const Conn& conn, TimerKind kind) const {
  return {kEdgeMachine, kind,
          (std::uint64_t{conn.self.slot} << 32) | conn.self.generation.number()};
}

void Edge::up(Up&& value) {
  note_write(recorder_, &up_);
  INVARIANT(up_.push(std::move(value)));
}
void Edge::effect(EdgeEffect&& value) {
  note_write(recorder_, &effects_);
  INVARIANT(effects_.push(std::move(value)));
}

std::optional<EdgeEffect> Edge::poll() {
  if (effects_.empty()) return std::nullopt;
  note_write(recorder_, &effects_);
  return effects_.pop();
}
std::optional<Up> Edge::poll_up() {
  if (up_.empty()) return std::nullopt;
  note_write(recorder_, &up_);
  return up_.pop();
}

Handle Edge::opened(const Peer& peer, Now now) {
  Handle handle = conns_.create(peer, input_, output_);
  Conn& conn = *conns_.edit(handle);
  conn.self = handle;
  conn.http = std::make_unique<HttpPhase>();
  ++counters_.opened;
  timers_.arm(timer(conn, kHttpTimer), now.mono + limits::kHttpHeaderTime);
  up(Opened{id_of(conn), peer});
  return handle;
}

void Edge::received(Handle handle, MutableBytes bytes, Now now) {
  Conn* conn = conns_.edit(handle);
  if (conn == nullptr) return;
  counters_.bytes_in += bytes.size();
  if (conn->socket) received_socket(*conn, bytes, now);
  else if (!conn->state.ended()) received_http(*conn, bytes, now);
}

void Edge::ended(Handle handle, Now now) {
  Conn* conn = conns_.edit(handle);
  if (conn == nullptr) return;
  bool answering =
      conn->http && !conn->state.ended() && (conn->http->in_work || !conn->outbox.empty());
  if (answering) {
    conn->http->eof = true;
    // What it sent before its end is answered too; the last answer says that it is the last.
    if (conn->http->backlog.empty()) conn->http->keep_alive = false;
    return;
  }
  bool flushing = conn->http && conn->state.ended() && !conn->outbox.empty();
  if (flushing) {  // the rest of the answer is still wanted; after_write ends it
    conn->http->eof = true;
    return;
  }
  close(*conn, CloseReason::peer_closed, now);
  drop(*conn, now);
}

void Edge::broken(Handle handle, Now now) {
  Conn* conn = conns_.edit(handle);
  if (conn == nullptr) return;
  close(*conn, CloseReason::peer_reset, now);
  drop(*conn, now);
}

void Edge::handle(Down down, Now now) {
  if (auto* feed = std::get_if<Append>(&down)) return append(*feed, now);
  if (auto* question = std::get_if<Survey>(&down)) return survey(*question);
  std::visit(
      [&](auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (!std::is_same_v<T, Append> && !std::is_same_v<T, Survey>) {
          // The one place where values for connections that ended are dropped.
          Conn* conn = conns_.edit(value.conn.handle);
          if (conn == nullptr || !GUARD("edge.not_ended", !conn->state.ended())) {
            ++counters_.stale_dropped;
            return;
          }
          if constexpr (std::is_same_v<T, Accept>) accept(*conn, value.speaks, now);
          if constexpr (std::is_same_v<T, Grant>) {
            conn->state.set(value.latch, now);
            went_live(*conn, now);
          }
          if constexpr (std::is_same_v<T, Respond>) respond(*conn, std::move(value), now);
          if constexpr (std::is_same_v<T, Send>) send(*conn, value.text, now);
          if constexpr (std::is_same_v<T, Attach>) attach(*conn, value);
          if constexpr (std::is_same_v<T, Detach>) detach(*conn, value.feed);
          if constexpr (std::is_same_v<T, Close>) ask_close(*conn, value.reason, now);
        }
      },
      down);
}

// The house wants it gone. A peer that speaks HTTP and was not answered is told in its own
// language.
void Edge::ask_close(Conn& conn, CloseReason reason, Now now) {
  if (conn.http && reason == CloseReason::refused) {
    return http_error(conn, 429, "too many connections from this address; try again later", reason,
                      now);
  }
  close(conn, reason, now);
}

void Edge::pause(Conn& conn) {
  if (!conn.paused) effect(PauseRead{conn.self});
  conn.paused = true;
}

void Edge::resume(Conn& conn) {
  if (conn.paused) effect(ResumeRead{conn.self});
  conn.paused = false;
}

void Edge::want_write(Conn& conn) {
  if (conn.wants_write) return;
  conn.wants_write = true;
  effect(WantWrite{conn.self});
}

// From anywhere, any number of times: the first one counts. The house hears of it now; the socket
// goes when what was begun is sent and the peer has answered, or after kCloseTime.
void Edge::close(Conn& conn, CloseReason reason, Now now) {
  auto first = conn.state.close(reason, now);
  if (!first) {
    ++counters_.repeated_closes;
    return;
  }
  ++counters_.closes[static_cast<std::size_t>(*first)];
  leave_all(conn);
  resume(conn);  // the peer's own close, or its end, is waited for
  bool hopeless = reason == CloseReason::slow_reader || reason == CloseReason::write_stalled;
  if (hopeless) conn.outbox.cut();
  if (conn.socket) push_close(conn, reason);
  timers_.cancel(timer(conn, kHttpTimer));
  timers_.cancel(timer(conn, kHeartbeatTimer));
  timers_.cancel(timer(conn, kMediaTimer));
  timers_.arm(timer(conn, kCloseTimer), now.mono + limits::kCloseTime);
  up(Closed{id_of(conn), *first});
  want_write(conn);
}

// The socket goes now, and the connection with it.
void Edge::drop(Conn& conn, Now now) {
  INVARIANT(conn.state.ended());
  for (TimerKind kind : {kHttpTimer, kHeartbeatTimer, kCloseTimer, kStallTimer, kMediaTimer})
    timers_.cancel(timer(conn, kind));
  conn.state.finish(now);
  Handle handle = conn.self;
  effect(Drop{handle});
  conns_.erase(handle);
}

void Edge::transmit(Handle handle, Now now, std::size_t budget, std::vector<ByteView>& out) {
  Conn* conn = conns_.edit(handle);
  if (conn == nullptr) return;
  conn->wants_write = false;
  budget = std::min(budget, limits::kStagedBytes);
  if (conn->socket && conn->socket->clock) answer_time(*conn, now);
  conn->outbox.stage_own(budget);
  if (!conn->outbox.cursors().empty() && !conn->outbox.own_waiting())
    stage_feeds(*conn, now, budget);
  conn->outbox.views(out);
  if (out.empty()) after_write(*conn, now);
}

Duration Edge::stall_time(const Conn& conn) {
  return conn.http && conn.http->live ? limits::kStreamStall : limits::kWriteStall;
}

void Edge::wrote(Handle handle, std::size_t bytes, Now now) {
  Conn* conn = conns_.edit(handle);
  if (conn == nullptr) return;
  counters_.bytes_out += bytes;
  conn->outbox.wrote(bytes);
  bool stuck = conn->outbox.staged_bytes() > 0;
  if (stuck && (bytes > 0 || !conn->stall_armed))
    timers_.arm(timer(*conn, kStallTimer), now.mono + stall_time(*conn));
  if (!stuck && conn->stall_armed) timers_.cancel(timer(*conn, kStallTimer));
  // A last answer may be long: the peer has kCloseTime from when it last took some of it.
  if (bytes > 0 && conn->http && conn->state.ended())
    timers_.arm(timer(*conn, kCloseTimer), now.mono + limits::kCloseTime);
  conn->stall_armed = stuck;
  if (conn->socket) watch_backlog(*conn, now);
  bool asked = conn->socket && conn->socket->clock && !conn->socket->clock->questions.empty();
  if (asked && !stuck) want_write(*conn);
  if (conn->http && conn->http->has_more()) next_block(*conn);
  if (conn->outbox.empty()) after_write(*conn, now);
}

// Everything own is on the wire: what a closing connection waited for.
void Edge::after_write(Conn& conn, Now now) {
  if (!conn.outbox.empty()) return;
  // The peer ended its side while its answer was on the way; there will be no next request.
  bool over = conn.http && conn.http->eof && !conn.http->in_work;
  if (over && !conn.state.ended()) close(conn, CloseReason::peer_closed, now);
  if (!conn.state.ended()) return;
  bool answered = conn.socket ? conn.socket->close_received : conn.http->eof;
  if (answered) return drop(conn, now);
  if (conn.half_closed) return;
  conn.half_closed = true;
  effect(HalfClose{conn.self});
}

void Edge::fire(Now now) {
  while (auto key = timers_.take_due(now.mono)) fire(*key, now);
}

void Edge::fire(TimerKey key, Now now) {
  Conn* conn = conns_.edit(unpack(key.id));
  INVARIANT(conn != nullptr);  // drop cancels them all
  switch (static_cast<TimerKind>(key.what)) {
    case kHttpTimer: return http_timer(*conn, now);
    case kHeartbeatTimer: return heartbeat(*conn, now);
    case kCloseTimer: return drop(*conn, now);
    case kMediaTimer: conn->media_at = kNever; return want_write(*conn);
    case kStallTimer:
      conn->stall_armed = false;
      close(*conn, CloseReason::write_stalled, now);
      return drop(*conn, now);
  }
}

EdgeCounters Edge::counters() const {
  EdgeCounters all = counters_;
  conns_.for_each([&](Handle, const Conn& conn) {
    ++all.by_state[static_cast<std::size_t>(conn.state.state())];
  });
  all.held_input = input_.used();
  all.held_output = output_.used();
  all.stale_dropped += conns_.stale_seen();
  return all;
}

void Edge::survey(const Survey& survey) {
  Surveyed answer{survey.token, counters(), {}};
  if (survey.rows) {
    conns_.for_each([&](Handle, const Conn& conn) {
      ConnectionRow row{id_of(conn), conn.peer, conn.state.state(), conn.socket != nullptr};
      row.deflate = conn.socket && conn.socket->deflate_window > 0;
      row.queued_bytes = conn.outbox.queued_bytes();
      const auto& history = Projection::of(conn.state.history());
      for (std::size_t i = 0; i < history.size(); ++i) row.history.push_back(history[i]);
      answer.rows.push_back(std::move(row));
    });
  }
  up(std::move(answer));
}

void Edge::describe(StateWriter& out) const {
  auto head_of = [&](FeedId feed) {
    auto mirror = mirrors_.find(feed);
    return mirror == mirrors_.end() ? Position{} : mirror->second->feed.head();
  };
  out.number(conns_.size());
  conns_.for_each([&](Handle handle, const Conn& conn) {
    out.handle(handle);
    conn.state.describe(out);
    conn.outbox.describe(out, head_of);
    out.number((conn.half_closed ? 1U : 0U) | (conn.wants_write ? 2U : 0U) |
               (conn.paused ? 4U : 0U) | (conn.stall_armed ? 8U : 0U) | (conn.http ? 16U : 0U) |
               (conn.socket ? 32U : 0U));
    out.number(conn.outbox.cursors().empty() ? 0 : conn.turn % conn.outbox.cursors().size());
    if (conn.http) conn.http->describe(out);
    if (conn.socket) conn.socket->describe(out);
    // The window that this one's cursors can still reach.
    for (const Cursor& cursor : conn.outbox.cursors()) {
      const Feed& feed = mirrors_.at(cursor.feed)->feed;
      for (Position at = feed.base(); at < feed.head(); ++at.value)
        out.text(feed.at(at)->bytes.text());
    }
  });
  out.number(up_.size());
  out.number(effects_.size());
  timers_.describe(out);
}

}  // namespace tutti::live
