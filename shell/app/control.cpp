#include "shell/app/control.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shell/net/listener.hpp"

namespace tutti::shell {
namespace {

Result<std::string> exchange(int fd, const std::string& request) {
  for (std::size_t sent = 0; sent < request.size();) {
    ssize_t n = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return fail(Code::io, "the server closed the control socket");
    sent += static_cast<std::size_t>(n);
  }
  std::string answer;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(n));
  if (answer.find("\r\n\r\n") == std::string::npos)
    return fail(Code::io, "the server gave no answer", "see its log");
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

}  // namespace

Result<Json> ask_server(const std::string& data_dir, const std::string& path, const Json& body) {
  auto socket = connect_unix(data_dir, kControlSocket);
  if (!socket) return std::unexpected(socket.error());
  std::string content = write_json(body);
  auto answer = exchange(
      socket->get(),
      fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                  path, content.size(), content));
  if (!answer) return std::unexpected(answer.error());
  auto json = parse_json(*answer);
  if (!json) return fail(Code::io, "the server's answer is no JSON: " + json.error().text);
  if (const Json* error = json->find("error")) {
    return fail(Code::io, std::string(error->text("message")), std::string(error->text("hint")));
  }
  return json;
}

}  // namespace tutti::shell
