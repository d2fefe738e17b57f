#pragma once
// WebSocket frames to messages and back (RFC 6455 sections 5 to 8, RFC 7692 section 6), for both
// sides, without I/O.
//
// Reading: call next() until it returns nothing, with the bytes that arrived. A message that lies
// whole in the input is a view into it. Else its bytes collect in one buffer, which is gone when
// the message is: an idle reader holds none. Nothing is forgiven: the first violation is one event
// `failed`, after which all input is discarded. Writing: a header here, the payload wherever it
// lies; a server's payload is shared by all its readers.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/utf8.hpp"

namespace tutti::wire {

class Inflater;

// Which side we are. A server reads masked frames and writes plain ones, a client the reverse.
enum class Role : std::uint8_t { server, client };

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

// Close codes that the codec itself speaks of (RFC 6455 section 7.4.1).
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseProtocol = 1002;
inline constexpr std::uint16_t kCloseNoCode = 1005;  // a close frame without a code; never sent
inline constexpr std::uint16_t kCloseBadData = 1007;
inline constexpr std::uint16_t kCloseTooBig = 1009;
inline constexpr std::uint16_t kCloseInternal = 1011;

inline constexpr std::size_t kMaxControlBytes = 125;
inline constexpr std::size_t kMaxCloseReasonBytes = kMaxControlBytes - 2;

// May this code stand in a close frame? Registered ones below 2999, all from 3000 to 4999
// (section 7.4.2).
bool valid_close_code(std::uint16_t code);

struct WebSocketEvent {
  enum class Kind : std::uint8_t { message, ping, pong, close, failed };
  Kind kind = Kind::failed;
  bool text = false;  // message: text or binary
  std::uint16_t close_code =
      0;               // close: the peer's, kCloseNoCode without one; failed: the one to close with
  ByteView payload{};  // valid until the next call, and while the input is
  std::string_view reason{};  // close: the peer's, as payload; failed: why, static
};

struct WebSocketLimits {
  std::uint32_t max_message_bytes = 1 << 20;  // of a whole message, after inflating
};

class WebSocketReader {
 public:
  // deflate: permessage-deflate is agreed; next() then needs an inflater.
  WebSocketReader(Role role, WebSocketLimits limits, bool deflate);

  // Takes one event's bytes off the front of `input`, unmasking them in place. Nothing: the input
  // is used up. inflater: the edge's, or this connection's own where the peer keeps its context.
  std::optional<WebSocketEvent> next(MutableBytes& input, Inflater* inflater = nullptr);

  bool failed() const { return end_ == End::failed; }
  bool closed() const { return end_ == End::closed; }
  // Bytes of the collecting buffer, to be charged.
  std::size_t held_bytes() const { return buffer_.capacity(); }

 private:
  enum class End : std::uint8_t { open, closed, failed };
  struct Start;

  std::optional<WebSocketEvent> read_header(MutableBytes& input);
  const char* check_start(Start start) const;
  std::optional<WebSocketEvent> begin_frame(const std::byte* header);
  std::optional<WebSocketEvent> read_payload(MutableBytes& input, Inflater* inflater);
  std::optional<WebSocketEvent> read_control(ByteView chunk);
  std::optional<WebSocketEvent> read_data(ByteView chunk, Inflater* inflater);
  WebSocketEvent end_message(ByteView payload, Inflater* inflater);
  WebSocketEvent end_close(ByteView payload);
  WebSocketEvent fail_inflate(Code code);
  WebSocketEvent fail_with(std::uint16_t code, const char* reason);
  void collect(ByteView chunk);
  void drop_buffer();
  void forget_shown(Inflater* inflater);

  // [bytes of the message so far | bytes of a control frame within it]
  std::vector<std::byte> buffer_;
  std::uint64_t remaining_ = 0;  // of the frame's payload
  std::uint32_t max_message_bytes_;
  std::uint32_t message_bytes_ = 0;  // in buffer_
  std::uint32_t key_ = 0;            // turned so that the next byte's comes first
  std::array<std::byte, 14> header_;
  std::uint8_t header_size_ = 0;
  Opcode opcode_ = Opcode::continuation;  // of the frame
  Utf8State utf8_ = Utf8State::whole;
  End end_ = End::open;
  bool server_ : 1;
  bool deflate_ : 1;
  bool in_frame_ : 1 = false;
  bool fin_ : 1 = false;
  bool in_message_ : 1 = false;
  bool text_ : 1 = false;
  bool compressed_ : 1 = false;
  bool shown_ : 1 = false;     // the last event showed bytes of buffer_
  bool inflated_ : 1 = false;  // the last event showed the inflater's output
};

// The first bytes of a frame; the payload follows as it is.
struct FrameHeader {
  std::array<std::byte, 14> bytes;
  std::uint8_t size = 0;
  ByteView view() const { return ByteView(bytes).first(size); }
};

// A server's header. compressed: the payload is a Deflater's, on the first frame of a message only.
FrameHeader frame_header(Opcode opcode, bool fin, bool compressed, std::uint64_t payload_bytes);
// A client's header, with the key that the payload is masked with (section 5.3): fresh and
// unpredictable per frame.
FrameHeader masked_frame_header(Opcode opcode, bool fin, bool compressed,
                                std::uint64_t payload_bytes, std::uint32_t key);

// Masks or unmasks in place, eight bytes at a time. key: its first byte on the wire is its most
// significant. offset: of bytes[0] in the frame's payload.
void mask(MutableBytes bytes, std::uint32_t key, std::size_t offset = 0);

// A whole frame, appended; with a key a client's. For control frames and small messages.
void append_frame(std::string& out, Opcode opcode, ByteView payload,
                  std::optional<std::uint32_t> key = std::nullopt, bool fin = true,
                  bool compressed = false);

// The payload of a close frame. The reason is cut to 123 bytes at a character; kCloseNoCode gives
// an empty payload, as the answer to a close without a code.
std::string close_payload(std::uint16_t code, std::string_view reason = {});

}  // namespace tutti::wire
