#pragma once
// permessage-deflate payloads (RFC 7692 section 7.2) from and to plain ones; the one place for
// zlib.
//
// An edge owns one Deflater and one Inflater without context and uses them for all its connections:
// a message neither needs nor leaves anything behind. A peer that keeps its context needs its own
// pair, which the caller charges.

#include <memory>

#include "core/base/result.hpp"
#include "core/wire/websocket.hpp"

namespace tutti::wire {

// What one object holds at most between messages, to be charged: zlib's state, measured by a test.
inline constexpr std::size_t kInflaterBytes = 44 * 1024;
inline constexpr std::size_t kDeflaterBytes = 300 * 1024;
// Connections per process that may keep a context.
inline constexpr std::size_t kMaxKeptContexts = 256;

// Below this a header and its dictionary-less stream gain nothing.
inline constexpr std::size_t kDeflateMinBytes = 1024;
// Binary messages are media here, which is compressed already.
constexpr bool worth_deflating(Opcode opcode, std::size_t payload_bytes) {
  return opcode == Opcode::text && payload_bytes >= kDeflateMinBytes;
}
// A payload that fits the peer's window (8 to 15 bits) cannot refer further back than the window
// reaches: its stream is the same for every such peer, so it is compressed once. To others send it
// plain.
constexpr bool fits_window(int window_bits, std::size_t payload_bytes) {
  return window_bits >= 15 || payload_bytes <= (std::size_t{1} << window_bits);
}

enum class Context : bool { forgotten, kept };

class Deflater {
 public:
  // window_bits: 8 to 15, the peer's limit. Error: no memory (Code::overloaded).
  static Result<Deflater> create(int window_bits = 15, Context context = Context::forgotten);
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) noexcept;
  ~Deflater();

  // A message's payload as a compressed one, without the four last bytes of the flush (RFC 7692
  // section 7.2.1).
  std::string compress(ByteView payload);
  // Bytes that zlib holds for this object.
  std::size_t held_bytes() const;

 private:
  struct State;
  explicit Deflater(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Inflater {
 public:
  // window_bits: 8 to 15, the peer's. 15 reads every stream. Error: no memory (Code::overloaded).
  static Result<Inflater> create(int window_bits = 15, Context context = Context::forgotten);
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  ~Inflater();

  // The payload of a whole compressed message, at most max_bytes long; the view is valid until the
  // next call. Errors: message_too_big, found before more than max_bytes + 1 are held; protocol,
  // when it is no deflate stream. After an error a kept context is lost: the connection must end.
  Result<ByteView> inflate(ByteView compressed, std::size_t max_bytes);
  // Gives the output back, all of it when the object belongs to one connection, else what exceeds
  // 64 KiB.
  void release_output();
  // Bytes that zlib and the output hold.
  std::size_t held_bytes() const;

 private:
  struct State;
  explicit Inflater(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tutti::wire
