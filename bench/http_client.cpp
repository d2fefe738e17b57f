#include "bench/http_client.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace tutti::bench {
namespace {

// The value of Content-Length in a head; our server writes it so.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  std::size_t at = head.find(kName);
  if (at == std::string_view::npos) return 0;
  return std::strtoull(std::string(head.substr(at + kName.size(), 20)).c_str(), nullptr, 10);
}

}  // namespace

Result<HttpClient> HttpClient::connect(std::uint16_t port) {
  HttpClient client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client.socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(Code::io, fmt::format("no connection to port {}", port));
  int on = 1;
  timeval patience{30, 0};
  ::setsockopt(client.socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(client.socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return client;
}

HttpClient::HttpClient(HttpClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

HttpClient::~HttpClient() {
  if (socket_ >= 0) ::close(socket_);
}

Result<Json> HttpClient::ask(std::string_view method, const std::string& target, const Json& body) {
  std::string text = body.is_null() ? "" : write_json(body);
  std::string request =
      fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", method,
                  target, text.size(), text);
  if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return fail(Code::io, "the server takes no request");
  std::string answer;
  std::size_t head = std::string::npos, whole = 0;
  while (head == std::string::npos || answer.size() < whole) {
    char block[16'384];
    ssize_t n = ::recv(socket_, block, sizeof block, 0);
    if (n <= 0) return fail(Code::io, fmt::format("no answer to {} {}", method, target));
    answer.append(block, static_cast<std::size_t>(n));
    if (head != std::string::npos || (head = answer.find("\r\n\r\n")) == std::string::npos)
      continue;
    whole = head + 4 + content_length(std::string_view(answer).substr(0, head + 2));
  }
  std::string_view content = std::string_view(answer).substr(head + 4);
  if (!answer.starts_with("HTTP/1.1 200"))
    return fail(Code::io, fmt::format("{} {}: {}", method, target, content));
  return parse_json(content);
}

}  // namespace tutti::bench
