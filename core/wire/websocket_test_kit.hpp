#pragma once
// For tests, the fuzz target and the differential driver: a stream of frames read into lines that
// compare.

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "core/base/choose.hpp"
#include "core/wire/deflate.hpp"
#include "core/wire/websocket.hpp"

namespace tutti::wire::test {

#ifdef TUTTI_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

inline MutableBytes bytes_of(std::string& text) {
  return {reinterpret_cast<std::byte*>(text.data()), text.size()};
}

inline std::string as_string(std::initializer_list<int> bytes) {
  std::string out;
  for (int b : bytes) out += static_cast<char>(b);
  return out;
}

// Kind, numbers, then the payload as it is.
inline std::string line_of(const WebSocketEvent& event) {
  using Kind = WebSocketEvent::Kind;
  std::string payload(as_text(event.payload));
  switch (event.kind) {
    case Kind::message:
      return std::string(event.text ? "message text " : "message binary ") + payload + "\n";
    case Kind::ping: return "ping " + payload + "\n";
    case Kind::pong: return "pong " + payload + "\n";
    case Kind::close:
      return "close " + std::to_string(event.close_code) + " " + std::string(event.reason) + "\n";
    case Kind::failed:
      return "failed " + std::to_string(event.close_code) + " " + std::string(event.reason) + "\n";
  }
  return {};
}

struct Reading {
  Role role = Role::server;
  bool deflate = false;
  std::uint32_t max_message_bytes = 1 << 20;
  Context context = Context::forgotten;
};

// All events of a stream, read whole, or in pieces that `cuts` chooses. Each piece is a block of
// its own, so that reading past its end is seen by the sanitizer.
inline std::string events_of(const std::string& stream, const Reading& reading,
                             Choose* cuts = nullptr) {
  WebSocketReader reader(reading.role, {reading.max_message_bytes}, reading.deflate);
  Inflater inflater = Inflater::create(15, reading.context).value();
  std::string out;
  for (std::size_t at = 0; at < stream.size();) {
    std::size_t size = stream.size() - at;
    if (cuts != nullptr) {
      // Mostly short pieces: headers are cut often, long payloads still end.
      std::uint32_t longest = cuts->choose(4, "long") == 0 ? 40000 : 5;
      size = std::min<std::size_t>(size, 1 + cuts->choose(longest, "piece"));
    }
    std::string piece = stream.substr(at, size);
    piece.shrink_to_fit();
    at += size;
    MutableBytes input = bytes_of(piece);
    while (auto event = reader.next(input, &inflater)) out += line_of(*event);
  }
  return out;
}

}  // namespace tutti::wire::test
