#pragma once
// The inside of an edge, for its own .cpp files only.

#include <deque>

#include "core/live/edge.hpp"
#include "core/live/keepalive.hpp"
#include "core/wire/http.hpp"
#include "core/wire/websocket_handshake.hpp"

namespace tutti::live {

// While a connection speaks HTTP; gone after an upgrade.
struct Edge::HttpPhase {
  wire::HttpParser parser;
  std::string backlog;   // bytes behind the request that is in work
  bool in_work = false;  // a request was passed up and is not answered
  bool head = false;     // it is a HEAD: the answer has no body
  bool keep_alive = true;
  bool eof = false;                      // the peer sends no more; it may still read its answer
  std::optional<wire::Upgrade> upgrade;  // of the request in work
  FileBody file;                         // what is still to be sent of a file
  StreamId live;                         // or a body that is made meanwhile
  bool chunked = false;                  // RFC 9112 section 7.1; HTTP/1.0 gets it until the close
  bool chunk_sent = false;
  std::uint32_t block_serial = 0;
  bool block_asked = false;

  bool has_more() const { return file.size > 0 || live; }

  // Not the bytes of a request that is being parsed: whoever explores knows what it has sent.
  void describe(StateWriter& out) const {
    out.number((in_work ? 1U : 0U) | (eof ? 2U : 0U) | (keep_alive ? 4U : 0U) | (head ? 8U : 0U) |
               (upgrade ? 16U : 0U) | (block_asked ? 32U : 0U) | (parser.begun() ? 64U : 0U));
    out.text(backlog);
    out.number(file.offset);
    out.number(file.size);
    out.id(live.value);
    out.number((chunked ? 1U : 0U) | (chunk_sent ? 2U : 0U));
  }
};

// A player's questions for the time. They are answered when bytes go to the socket, ahead of
// whatever waits, so that the answer's time is that of its sending.
struct Edge::PlayerClock {
  struct Question {
    std::int64_t client_transmitted = 0;
    ServerTime received;
  };
  // More at once than a burst: the rest is dropped, as a network would.
  static constexpr std::size_t kQuestions = 32;
  Ring<Question> questions{kQuestions};
  bool greeted = false;  // server/hello is under way; nothing but a hello counts before

  void describe(StateWriter& out) const {
    out.number(questions.size());
    for (std::size_t i = 0; i < questions.size(); ++i) out.time(questions[i].received);
    out.number(greeted);
  }
};

// After an upgrade.
struct Edge::Socket {
  Socket(std::size_t message_bytes, const wire::Upgrade& upgrade, ServerTime now)
      : reader(wire::Role::server, {static_cast<std::uint32_t>(message_bytes)},
               upgrade.deflate.has_value()),
        keepalive(now) {}
  wire::WebSocketReader reader;
  Keepalive keepalive;
  std::string early;                   // bytes that came before the connection was live
  int deflate_window = 0;              // bits; 0: answers are never compressed
  std::unique_ptr<PlayerClock> clock;  // of a connection that speaks Sendspin
  bool close_sent = false;
  bool close_received = false;

  void describe(StateWriter& out) const {
    keepalive.describe(out);
    out.number((close_sent ? 1U : 0U) | (close_received ? 2U : 0U) | (reader.failed() ? 4U : 0U) |
               (reader.closed() ? 8U : 0U));
    out.number(static_cast<std::uint64_t>(deflate_window));
    out.text(early);
    out.number(reader.held_bytes());
    if (clock) clock->describe(out);
  }
};

struct Edge::Conn {
  Conn(const Peer& from, Budget& input, Budget& output)
      : peer(from), outbox(output), input_charge(input) {}
  Handle self;
  Peer peer;
  Connection state;
  Outbox outbox;
  Charge input_charge;  // backlog and partial messages
  std::unique_ptr<HttpPhase> http;
  std::unique_ptr<Socket> socket;
  bool wants_write = false;
  bool stall_armed = false;
  bool half_closed = false;
  bool paused = false;
  std::uint8_t turn = 0;         // which cursor is served first
  ServerTime media_at = kNever;  // when its timer lets it be served
};

// The window of a feed that this edge's readers follow.
struct Edge::Mirror {
  Mirror(bool media, Recorder* recorder)
      : feed(media ? limits::kMediaFrames : limits::kTopicFrames,
             media ? limits::kMediaBytes : limits::kTopicBytes, recorder) {}
  Feed feed;
  std::vector<Handle> readers;
  std::deque<std::pair<Position, Bytes>> deflated;  // compressed once, for all who take it
};

// A peer that does not read its file is read ahead for by this much.
inline constexpr std::size_t kFileBlock = 64 * 1024;
inline constexpr std::size_t kFileAhead = 128 * 1024;

}  // namespace tutti::live
