#include "bench/peers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tutti::bench {
namespace {

namespace fs = std::filesystem;

// bench/peers of the source tree that this executable was built in: build/PRESET/tutti.
Result<fs::path> peers_folder() {
  std::error_code error;
  fs::path executable = fs::read_symlink("/proc/self/exe", error);
  fs::path folder = (executable.parent_path() / "../../bench/peers").lexically_normal();
  if (fs::exists(folder / "ws_echo.mjs", error)) return folder;
  return fail(Code::not_found, "the peers are not at " + folder.string(),
              "run build/release/tutti inside its source tree");
}

int run_quietly(const std::string& command) {
  int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string shell_word(const std::string& path) {
  std::string out = "'";
  for (char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool read_head(int fd) {
  std::string head;
  char buffer[1024];
  while (head.find("\r\n\r\n") == std::string::npos) {
    ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    head.append(buffer, static_cast<std::size_t>(n));
  }
  return true;
}

constexpr std::string_view kSwitch = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

// Listens on a free port and says so.
int bare_listener(int out) {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 4096) != 0)
    return -1;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  dprintf(out, "{\"event\":\"ready\",\"port\":%d}\n", ntohs(address.sin_port));
  return listener;
}

int bare_accept(int listener) {
  int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd < 0 || !read_head(fd)) return -1;
  return ::send(fd, kSwitch.data(), kSwitch.size(), MSG_NOSIGNAL) < 0 ? -1 : fd;
}

// Masked frames of 126 to 65535 bytes, or below, to the same without mask. Returns how many bytes
// they have now; what is begun at the end is not expected: the client writes whole frames and waits
// for the answers.
std::size_t unmask(char* bytes, std::size_t size) {
  char* to = bytes;
  for (char *from = bytes, *end = bytes + size; from < end;) {
    std::size_t length = from[1] & 0x7f;
    std::size_t head = length == 126 ? 4 : 2;
    if (head == 4)
      length = std::size_t{static_cast<unsigned char>(from[2])} << 8 |
               static_cast<unsigned char>(from[3]);
    const char mask[4] = {from[head], from[head + 1], from[head + 2], from[head + 3]};
    from[1] &= 0x7f;
    std::memmove(to, from, head);
    for (std::size_t i = 0; i < length; ++i)
      to[head + i] = static_cast<char>(from[head + 4 + i] ^ mask[i % 4]);
    to += head + length;
    from += head + 4 + length;
  }
  return static_cast<std::size_t>(to - bytes);
}

void bare_echo(int out) {
  int listener = bare_listener(out);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{EPOLLIN, {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static char buffer[64 * 1024];
  epoll_event events[64];
  for (;;) {
    int n = epoll_wait(epoll, events, 64, -1);
    if (n < 0) return;
    for (int i = 0; i < n; ++i) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        event.data.fd = bare_accept(listener);
        epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0) ::close(fd);
      else (void)::send(fd, buffer, unmask(buffer, static_cast<std::size_t>(size)), MSG_NOSIGNAL);
    }
  }
}

void bare_sender(int out, std::size_t count, std::size_t frame_bytes, int pace_ms) {
  int listener = bare_listener(out);
  std::vector<int> socks;
  while (socks.size() < count) {
    socks.push_back(bare_accept(listener));
    if (socks.back() < 0) return;
  }
  // A text frame (RFC 6455 section 5.2) of the size asked for; below 126 bytes of payload its
  // header has two.
  std::string frame = {'\x81', static_cast<char>(frame_bytes - 2)};
  frame.resize(frame_bytes, 'x');
  for (;;) {
    usleep(static_cast<useconds_t>(pace_ms) * 1000);
    for (int fd : socks) {
      if (::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
    }
  }
}

}  // namespace

Result<TempFolder> TempFolder::create() {
  const char* base = std::getenv("TMPDIR");
  std::string path =
      std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/tutti-bench-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return fail(Code::io, "cannot make a folder " + path);
  return TempFolder(path);
}
TempFolder::TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
TempFolder::~TempFolder() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

Result<ServerProcess> start_tutti(const std::string& folder, bool tls) {
  std::string settings = folder + "/tutti.toml";
  std::ofstream(settings) << "";  // not the settings of whoever measures
  std::error_code error;
  fs::remove_all(folder + "/data", error);
  return ServerProcess::start({"/proc/self/exe",
                               "serve",
                               "--config",
                               settings,
                               "--data",
                               folder + "/data",
                               "--port",
                               "0",
                               "--host",
                               "127.0.0.1",
                               "--json",
                               "--discovery",
                               "off",
                               "--no-speaker",
                               "--tls",
                               tls ? "auto" : "off",
                               "--limits.connections-per-account",
                               "1000000",
                               "--limits.unauthenticated-per-address",
                               "1000000"},
                              folder + "/tutti.log");
}

Result<void> install_peers() {
  auto folder = peers_folder();
  if (!folder) return std::unexpected(folder.error());
  if (run_quietly("node --version >/dev/null 2>&1") != 0) {
    return fail(Code::not_found, "node is missing: the peer `ws` runs on it",
                "install Node 18 or newer (Debian: apt-get install nodejs npm)");
  }
  std::error_code error;
  if (fs::exists(*folder / "node_modules" / "ws", error)) return {};
  if (run_quietly("npm --version >/dev/null 2>&1") != 0) {
    return fail(Code::not_found, "npm is missing: it installs the peer `ws`",
                "install npm (Debian: apt-get install npm)");
  }
  std::fprintf(stderr, "installing the peers' packages with npm ci in %s\n", folder->c_str());
  std::string log = (*folder / "../../build/npm-peers.log").lexically_normal().string();
  if (run_quietly("cd " + shell_word(folder->string()) + " && npm ci --no-audit --no-fund >" +
                  shell_word(log) + " 2>&1") == 0)
    return {};
  return fail(Code::unavailable, "npm ci failed in " + folder->string(), "read " + log);
}

Result<ServerProcess> start_node_ws(const std::string& folder) {
  auto peers = peers_folder();
  if (!peers) return std::unexpected(peers.error());
  return ServerProcess::start({"node", (*peers / "ws_echo.mjs").string()}, folder + "/node.log");
}

Result<ServerProcess> start_bare_echo() { return ServerProcess::start("the bare echo", bare_echo); }

Result<ServerProcess> start_bare_sender(std::size_t count, std::size_t frame_bytes, int pace_ms) {
  return ServerProcess::start("the bare sender",
                              [=](int out) { bare_sender(out, count, frame_bytes, pace_ms); });
}

}  // namespace tutti::bench
