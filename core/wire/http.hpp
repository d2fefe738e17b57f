#pragma once
// HTTP/1.1 requests from bytes (RFC 9112) and responses to bytes. The parser is Beast's, in one
// .cpp, and is dropped when a connection upgrades. One request at a time: bytes behind it stay with
// the caller.

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/limits.hpp"
#include "core/base/time.hpp"
#include "core/wire/http_message.hpp"

namespace tutti::wire {

// A request that cannot be answered normally: the status says why, the connection closes after it.
struct HttpError {
  int status = 400;  // 400, 408, 411, 413, 414, 431, 501 or 505
  std::string text;
};

class HttpParser {
 public:
  struct Bounds {
    std::size_t header_bytes = limits::kHttpHeaderBytes;
    std::size_t body_bytes = limits::kHttpBodyBytes;
  };
  HttpParser();
  explicit HttpParser(Bounds bounds);
  ~HttpParser();
  HttpParser(HttpParser&&) noexcept;
  HttpParser& operator=(HttpParser&&) noexcept;

  // Consumes bytes of one request and returns how many; less than given only when the request is
  // complete.
  std::expected<std::size_t, HttpError> feed(ByteView bytes);
  // Whether anything of a request has arrived; the headers; all of it.
  bool begun() const;
  bool headers_done() const;
  bool done() const;
  // The headers are in, a body is announced, and the client waits for "100 Continue" before it
  // sends it (section 10.1.1 of RFC 9110). True once.
  bool take_expects_continue();
  // The complete request; the parser is then ready for the next.
  HttpRequest take();

 private:
  struct State;
  std::unique_ptr<State> state_;
  Bounds bounds_;
};

// The status line and headers, ready to send. `body_bytes` becomes Content-Length where the status
// allows one; none: the headers say how the body ends, or the close does. `now` the Date (RFC 9110
// section 6.6.1).
std::string response_head(const HttpResponse& response, std::optional<std::size_t> body_bytes,
                          bool keep_alive, WallTime now);

}  // namespace tutti::wire
