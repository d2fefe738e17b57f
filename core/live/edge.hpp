#pragma once
// Edge: owns connections. Bytes in, typed messages up; values down, bytes out. HTTP/1.1 requests
// one at a time and in order, WebSockets after an accepted upgrade, keepalive, outboxes, and
// mirrors of the feeds that its readers follow.
//
// Sans-IO: the shell reports what sockets did (opened, received, ended, broken), drains effects,
// pulls bytes with transmit and reports wrote. Nothing here waits, reads a clock or calls back.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/budget.hpp"
#include "core/base/feed.hpp"
#include "core/base/json.hpp"
#include "core/base/random.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/base/table.hpp"
#include "core/base/timers.hpp"
#include "core/live/connection.hpp"
#include "core/live/outbox.hpp"
#include "core/live/planes.hpp"
#include "core/wire/deflate.hpp"
#include "core/wire/websocket.hpp"

namespace tutti::live {

struct EdgeConfig {
  std::uint16_t index = 0;
  std::size_t message_bytes = limits::kMessageBytes;
  std::size_t held_bytes = std::size_t{256}
                           << 20;  // queues and partial messages of all connections
  bool deflate = true;
};

class Edge {
 public:
  explicit Edge(const EdgeConfig& config, Recorder* recorder = nullptr);
  ~Edge();

  // What sockets did. A handle that is no longer known is ignored and counted.
  Handle opened(const Peer& peer, Now now);
  void received(Handle handle, MutableBytes bytes,
                Now now);               // changed in place (unmasking), not kept
  void ended(Handle handle, Now now);   // EOF
  void broken(Handle handle, Now now);  // reset, or any error of the socket
  void file_block(Handle handle, std::uint32_t serial, Result<Bytes> block, Now now);

  // What the house says.
  void handle(Down down, Now now);

  // Bytes to send now, as views valid until the next call; empty when there are none.
  void transmit(Handle handle, Now now, std::size_t budget, std::vector<ByteView>& out);
  // How many of them the socket took; 0 means that it takes none for now.
  void wrote(Handle handle, std::size_t bytes, Now now);

  // What to do outside, until empty.
  std::optional<EdgeEffect> poll();
  std::optional<Up> poll_up();
  bool has_up() const { return !up_.empty(); }
  // Many values wait for the house: the shell reads no more until they are taken.
  bool is_behind() const { return up_.size() >= limits::kPlaneQueue; }
  ServerTime deadline() const { return timers_.deadline(); }
  void fire(Now now);  // everything that is due
  std::optional<TimerKey> take_due(Now now) { return timers_.take_due(now.mono); }
  void fire(TimerKey key, Now now);

  std::size_t connections() const { return conns_.size(); }
  EdgeCounters counters() const;
  void describe(StateWriter& out) const;

 private:
  struct HttpPhase;
  struct PlayerClock;
  struct Socket;
  struct Conn;
  struct Mirror;
  enum TimerKind : std::uint16_t {
    kHttpTimer,
    kHeartbeatTimer,
    kCloseTimer,
    kStallTimer,
    kMediaTimer
  };

  ConnId id_of(const Conn& conn) const;
  TimerKey timer(const Conn& conn, TimerKind kind) const;
  void up(Up&& value);
  void effect(EdgeEffect&& value);
  void want_write(Conn& conn);
  void pause(Conn& conn);
  void resume(Conn& conn);
  void close(Conn& conn, CloseReason reason, Now now);
  void ask_close(Conn& conn, CloseReason reason, Now now);
  void drop(Conn& conn, Now now);
  void after_write(Conn& conn, Now now);

  // edge_http.cpp
  void received_http(Conn& conn, MutableBytes bytes, Now now);
  void request_complete(Conn& conn, wire::HttpRequest request, Now now);
  void http_error(Conn& conn, int status, std::string text, CloseReason reason, Now now);
  void respond(Conn& conn, Respond respond, Now now);
  void response_done(Conn& conn, Now now);
  void next_block(Conn& conn);
  bool push_block(Conn& conn, Bytes block);
  static Duration stall_time(const Conn& conn);
  void accept(Conn& conn, Speaks speaks, Now now);
  void http_timer(Conn& conn, Now now);

  // edge_socket.cpp
  void received_socket(Conn& conn, MutableBytes bytes, Now now);
  void on_event(Conn& conn, const wire::WebSocketEvent& event, Now now);
  void send(Conn& conn, const Bytes& text, Now now);
  bool push_frame(Conn& conn, wire::Opcode opcode, Bytes payload, bool overtake);
  void push_close(Conn& conn, CloseReason reason);
  void heartbeat(Conn& conn, Now now);
  void watch_backlog(Conn& conn, Now now);
  void went_live(Conn& conn, Now now);

  // edge_player.cpp
  void player_message(Conn& conn, std::string_view text, Now now);
  void answer_time(Conn& conn, Now now);

  // edge_feeds.cpp
  void append(const Append& append, Now now);
  void attach(Conn& conn, const Attach& attach);
  void detach(Conn& conn, FeedId feed);
  void leave_all(Conn& conn);
  void stage_feeds(Conn& conn, Now now, std::size_t budget);
  CursorStep next_frame(Conn& conn, Reader& reader, Mirror& mirror, Now now);
  void serve_later(Conn& conn, ServerTime at);
  Piece framed(const Conn& conn, const Frame& frame, Position at, Mirror* mirror);
  void survey(const Survey& survey);

  EdgeConfig config_;
  // All that is held longer than a turn: half of it at most for what came in.
  Budget held_;
  Budget input_;
  Budget output_;
  Table<Conn> conns_;
  Timers timers_;
  Ring<Up> up_;
  Ring<EdgeEffect> effects_;
  std::unordered_map<FeedId, std::unique_ptr<Mirror>> mirrors_;
  JsonParser json_;
  // Made when first needed: zlib's state is 350 kB to clear, more than all else an edge begins
  // with.
  wire::Inflater* inflater();
  wire::Deflater& deflater();
  std::optional<wire::Inflater> inflater_;
  std::optional<wire::Deflater> deflater_;
  EdgeCounters counters_;
  Recorder* recorder_;
};

}  // namespace tutti::live
