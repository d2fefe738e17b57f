#include "core/wire/http.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "core/base/check.hpp"

namespace tutti::wire {
namespace http = boost::beast::http;

struct HttpParser::State {
  explicit State(Bounds bounds) : header_bytes(bounds.header_bytes), body_bytes(bounds.body_bytes) {
    reset();
  }
  void reset() {
    parser.emplace();
    parser->eager(false);  // it stops behind the headers, before trailers are mixed with them
    parser->header_limit(static_cast<std::uint32_t>(header_bytes));
    parser->body_limit(body_bytes);
    held = {};
    headers.clear();
    continue_told = false;
    started = false;
  }

  std::optional<http::request_parser<http::string_body>> parser;
  std::vector<HttpHeader> headers;
  std::string held;  // bytes the parser could not use yet: the beginning of a line, of headers, of
                     // a chunk header
  std::size_t header_bytes;
  std::size_t body_bytes;
  bool continue_told = false;
  bool started = false;
};

namespace {

HttpError error_of(boost::beast::error_code code) {
  if (code == http::error::header_limit)
    return {431, "the request line and headers are larger than this server takes"};
  if (code == http::error::body_limit) return {413, "the body is larger than this server takes"};
  if (code == http::error::buffer_overflow)
    return {431, "the headers are larger than this server takes"};
  if (code == http::error::bad_version) return {505, "this server speaks HTTP/1.0 and HTTP/1.1"};
  if (code == http::error::bad_transfer_encoding)
    return {400, "Transfer-Encoding is malformed or stands beside Content-Length"};
  return {400, "the request is malformed: " + code.message()};
}

// What RFC 9112 section 3.2 asks of a server beyond the grammar.
std::expected<void, HttpError> check_request(const http::request<http::string_body>& message) {
  if (message.version() != 10 && message.version() != 11)
    return std::unexpected(HttpError{505, "this server speaks HTTP/1.0 and HTTP/1.1"});
  auto hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11))
    return std::unexpected(HttpError{400, "exactly one Host header is needed"});
  auto target = message.target();
  if (target.empty() || (target[0] != '/' && target != "*"))
    return std::unexpected(HttpError{400, "the request target must be a path"});
  std::string_view coding(message[http::field::transfer_encoding]);
  if (!coding.empty() && !equal_nocase(coding, "chunked"))
    return std::unexpected(HttpError{501, "this transfer coding is not known; use chunked"});
  return {};
}

}  // namespace

HttpParser::HttpParser() : HttpParser(Bounds{}) {}
HttpParser::HttpParser(Bounds bounds) : state_(std::make_unique<State>(bounds)), bounds_(bounds) {}
HttpParser::~HttpParser() = default;
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;

bool HttpParser::begun() const { return state_->started; }
bool HttpParser::headers_done() const { return state_->parser->is_header_done(); }
bool HttpParser::done() const { return state_->parser->is_done(); }

std::expected<std::size_t, HttpError> HttpParser::feed(ByteView bytes) {
  State& s = *state_;
  if (s.parser->is_done()) return 0;
  s.started = s.started || !bytes.empty();
  // The parser wants each line whole: what it left is put before the new bytes.
  std::size_t held_before = s.held.size();
  bool joined = held_before != 0;
  if (joined) s.held += as_text(bytes);
  std::string_view input = joined ? std::string_view(s.held) : as_text(bytes);
  // The parser asserts five bytes from the last chunk's size on once it has seen that size. Fewer
  // end no body anyway.
  if (joined && s.parser->is_header_done() && input.size() < std::string_view("0\r\n\r\n").size())
    return bytes.size();
  std::size_t used = 0;
  while (used < input.size() && !s.parser->is_done()) {
    bool had_headers = s.parser->is_header_done();
    boost::beast::error_code code;
    std::size_t n =
        s.parser->put(boost::asio::buffer(input.data() + used, input.size() - used), code);
    used += n;
    if (code && code != http::error::need_more) return std::unexpected(error_of(code));
    // Before anything else: the headers may be complete though the body needs more.
    if (!had_headers && s.parser->is_header_done()) {
      if (auto ok = check_request(s.parser->get()); !ok) return std::unexpected(ok.error());
      for (const auto& field : s.parser->get())
        s.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    if (code || n == 0) break;
  }
  bool complete = s.parser->is_done();
  std::size_t consumed = complete ? used - held_before : bytes.size();
  std::string rest = complete ? std::string() : std::string(input.substr(used));
  if (rest.size() > bounds_.header_bytes)
    return std::unexpected(HttpError{431, "a line is larger than this server takes"});
  s.held = std::move(rest);
  return consumed;
}

bool HttpParser::take_expects_continue() {
  State& s = *state_;
  if (s.continue_told || !s.parser->is_header_done() || s.parser->is_done()) return false;
  s.continue_told = true;
  return equal_nocase(std::string_view(s.parser->get()[http::field::expect]), "100-continue");
}

HttpRequest HttpParser::take() {
  INVARIANT(state_->parser->is_done());
  auto message = state_->parser->release();
  HttpRequest request;
  request.method = message.method_string();
  request.target = message.target();
  request.version = static_cast<int>(message.version());
  request.headers =
      std::move(state_->headers);  // trailers are not among them (RFC 9110 section 6.5.1)
  request.body = std::move(message.body());
  request.keep_alive = message.keep_alive();
  state_->reset();
  return request;
}

std::string response_head(const HttpResponse& response, std::optional<std::size_t> body_bytes,
                          bool keep_alive, WallTime now) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 status_text(response.status), http_date(now));
  for (const HttpHeader& h : response.headers)
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", h.name, h.value);
  bool bodiless = response.status / 100 == 1 || response.status == 204 || response.status == 304;
  if (!bodiless && body_bytes)
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *body_bytes);
  if (response.status != 101)
    head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  head += "\r\n";
  return head;
}

}  // namespace tutti::wire
