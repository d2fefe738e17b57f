#pragma once
// Errors as values. A code says what the client should do; the text says what happened and what to
// do, for people.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tutti {

// The ranges are the advice: 1xx try again, 2xx tell the user, 3xx the connection closes.
enum class Code : std::uint16_t {
  busy = 100,          // one at a time; try again when it is done
  overloaded = 101,    // a bound was reached
  timeout = 102,       // a deadline passed
  unavailable = 103,   // a part is not ready or its store fails
  rate_limited = 104,  // too many; the answer says when
  stale = 105,         // based on an old version; read again

  bad_request = 200,  // malformed, missing or of the wrong type
  unknown_operation = 201,
  not_found = 202,
  forbidden = 203,
  unauthenticated = 204,
  conflict = 205,  // an id that is taken, a state that forbids it
  too_large = 206,
  unsupported = 207,
  no_space = 208,       // disk full
  io = 209,             // a file or device failed
  corrupt = 210,        // stored data is damaged
  newer_version = 211,  // stored data is from a newer program
  in_use = 212,         // a port, a data directory
  cancelled = 213,
  bad_method = 214,

  protocol = 300,  // the peer broke the protocol
  bad_text = 301,  // not UTF-8
  message_too_big = 302,
  slow_reader = 303,  // cut; resume
  heartbeat_lost = 304,
  going_away = 305,  // the server stops
  peer_gone = 306,   // EOF or reset
  internal = 307,
};

enum class Advice : std::uint8_t { retry, tell_user, close };

constexpr Advice advice(Code code) {
  auto n = static_cast<std::uint16_t>(code);
  return n < 200 ? Advice::retry : n < 300 ? Advice::tell_user : Advice::close;
}

// The name on the wire, e.g. "not_found".
std::string_view name(Code code);
// The HTTP status that carries it (RFC 9110 section 15).
int http_status(Code code);

struct Error {
  Code code = Code::internal;
  std::string text;
  std::string hint{};               // what to do; may be empty
  std::int64_t retry_after_ms = 0;  // 0: nothing to say

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string text, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(text), std::move(hint), 0});
}

}  // namespace tutti
