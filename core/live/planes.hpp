#pragma once
// The values that pass between an edge (which owns connections) and the house (which owns
// everything else). Both directions are first in, first out; nothing else is shared, so an edge may
// live on a thread of its own.

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/feed.hpp"
#include "core/base/ids.hpp"
#include "core/live/close_reason.hpp"
#include "core/live/connection.hpp"
#include "core/wire/http_message.hpp"
#include "core/wire/sendspin/client_messages.hpp"
#include "core/wire/session.hpp"

namespace tutti::live {

// Where a connection comes from. `control` is the Unix socket in the data directory: whoever can
// open it owns the data.
struct Peer {
  enum class Kind : std::uint8_t { remote, loopback, control };
  Kind kind = Kind::remote;
  bool encrypted = false;
  std::uint16_t port = 0;
  std::array<std::byte, 16> address{};  // IPv6, or IPv4 mapped (RFC 4291 section 2.5.5.2)
};

// ---- up: edge to house ----

struct Opened {
  ConnId conn;
  Peer peer;
};
// A request that asks to become a WebSocket; its handshake is sound, whether it may is the house's
// to say.
struct UpgradeRequest {
  wire::HttpRequest request;
  std::string protocol;  // agreed on, empty when none was offered that we speak
};
struct Message {
  ConnId conn;
  std::variant<wire::HttpRequest, UpgradeRequest, wire::SessionCommand,
               wire::sendspin::ClientMessage>
      body;
};
// The reader's next frame has left the mirror's window; its cursor stands still until it is
// attached again.
struct Lagging {
  ConnId conn;
  FeedId feed;
};
// Exactly one per Opened. Nothing can be sent to the connection from here on.
struct Closed {
  ConnId conn;
  CloseReason reason = CloseReason::done;
};
struct ConnectionRow {
  ConnId conn;
  Peer peer;
  State state = State::opening;
  bool websocket = false;
  bool deflate = false;
  std::size_t queued_bytes = 0;
  std::vector<Transition> history;
};
struct EdgeCounters {
  std::uint64_t held() const { return held_input + held_output; }
  std::array<std::uint64_t, static_cast<std::size_t>(State::kCount)> by_state{};
  std::array<std::uint64_t, static_cast<std::size_t>(CloseReason::kCount)> closes{};
  std::uint64_t opened = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t held_input = 0;       // partial messages and requests that wait, as charged
  std::uint64_t held_output = 0;      // queues, as charged
  std::uint64_t repeated_closes = 0;  // the symptoms of races absorbed
  std::uint64_t stale_dropped = 0;
  std::uint64_t sends_not_ready = 0;
  std::uint64_t late_frames = 0;      // of media: not sent, for their time had passed
  std::uint64_t players_dropped = 0;  // what players said that nobody could use
  std::uint64_t time_replies = 0;
  EdgeCounters& operator+=(const EdgeCounters& more);
};
// What an edge answers to Survey.
struct Surveyed {
  std::uint64_t token = 0;
  EdgeCounters counters;
  std::vector<ConnectionRow> rows;
};
using Up = std::variant<Opened, Message, Lagging, Closed, Surveyed>;

// ---- down: house to edge ----

// The upgrade is granted: the edge answers 101 and speaks the protocol that was agreed on.
enum class Speaks : std::uint8_t { session, sendspin };
struct Accept {
  ConnId conn;
  Speaks speaks = Speaks::session;
};
struct Grant {
  ConnId conn;
  Latch latch = Latch::authenticated;
};
// A file, or a part of it, that the shell reads in blocks as the peer takes them.
struct FileBody {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
// A body that is made as the peer takes it, its length unknown; the shell makes its blocks, an
// empty one is its end. Its connection's Closed is the only word that nobody takes it any more.
struct LiveBody {
  StreamId stream;
};
struct Respond {
  ConnId conn;
  wire::HttpResponse head;  // its `body` is unused: the body stands beside
  std::variant<Bytes, FileBody, LiveBody> body;
};
struct Send {
  ConnId conn;
  Bytes text;
};
struct Append {
  FeedId feed;
  Position position;
  Frame frame;
};
// A player's stream has a capacity, in bytes: see Holding. `succeeds`: it takes the place of that
// feed, and what was sent of it is still held.
struct Attach {
  ConnId conn;
  FeedId feed;
  Position from;
  OnLag on_lag = OnLag::restate;
  std::size_t capacity = 0;  // 0: none
  FeedId succeeds{};
};
struct Detach {
  ConnId conn;
  FeedId feed;
};
struct Close {
  ConnId conn;
  CloseReason reason = CloseReason::done;
};
struct Survey {
  std::uint64_t token = 0;
  bool rows = false;  // the connections too, not only the counters
};
using Down = std::variant<Accept, Grant, Respond, Send, Append, Attach, Detach, Close, Survey>;

// ---- edge to its shell ----

// Call transmit when the socket takes bytes.
struct WantWrite {
  Handle conn;
};
struct PauseRead {
  Handle conn;
};
struct ResumeRead {
  Handle conn;
};
// All is sent: shut down the sending side, go on reading until EOF.
struct HalfClose {
  Handle conn;
};
// Close the socket now.
struct Drop {
  Handle conn;
};
// Answer with file_block.
struct ReadBlock {
  Handle conn;
  std::uint32_t serial = 0;
  StreamId stream;  // none: of the file
  std::string path;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
};
using EdgeEffect = std::variant<WantWrite, PauseRead, ResumeRead, HalfClose, Drop, ReadBlock>;

}  // namespace tutti::live
