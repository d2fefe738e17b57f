#pragma once
// One HTTP/1.1 connection to a server on loopback that is kept: a request, then its answer.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

class HttpClient {
 public:
  static Result<HttpClient> connect(std::uint16_t port);
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  // `body` is sent as JSON unless it is null. Errors: another status than 200 (the body is the
  // text), no answer within 30 s.
  Result<Json> ask(std::string_view method, const std::string& target, const Json& body = {});

 private:
  explicit HttpClient(int socket) : socket_(socket) {}
  int socket_;
};

}  // namespace tutti::bench
