#include "bench/ws_load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "bench/tls_client.hpp"

namespace tutti::bench {
namespace {

constexpr std::size_t kEchoTexts = 1024;
constexpr int kSilentMs = 10'000;
constexpr unsigned char kMask[4] = {0x37, 0xfa, 0x21, 0x3d};
// FIN and opcode pong, masked, no payload.
constexpr std::string_view kPong("\x8a\x80\x37\xfa\x21\x3d", 6);
constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: tutti.session.v1\r\n\r\n";

Result<void> broken(std::string_view what) {
  return fail(Code::io,
              std::string(what) + (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
}

// {"op":"echo","id":N,"text":64 bytes}
std::string echo_text(std::size_t n) {
  std::string text(64, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + (i * 7 + n) % 26);
  return R"({"op":"echo","id":)" + std::to_string(100'000 + n) + R"(,"text":")" + text + "\"}";
}

}  // namespace

struct WsLoad::Sock {
  int fd = -1;
  std::unique_ptr<TlsClient> tls;  // null: clear text
  bool open = false;
  std::string rest;  // the begun part of a frame, or of the 101
  std::uint64_t echo_sent = 0;
  std::uint64_t echo_back = 0;
  ~Sock() {
    // A reset instead of TIME_WAIT: the next run needs the ports.
    linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd);
  }
};

std::string masked_frame(std::string_view text) {
  std::string out(1, '\x81');
  if (text.size() < 126) {
    out += static_cast<char>(0x80 | text.size());
  } else {
    out += '\xfe';
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size() & 0xff);
  }
  out.append(reinterpret_cast<const char*>(kMask), 4);
  for (std::size_t i = 0; i < text.size(); ++i) out += static_cast<char>(text[i] ^ kMask[i % 4]);
  return out;
}

double now_s() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

WsLoad::WsLoad(std::uint16_t port, bool tls)
    : port_(port), tls_(tls), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t i = 0; i < kEchoTexts; ++i) {
    echo_texts_.push_back(echo_text(i));
    echo_frames_.push_back(masked_frame(echo_texts_.back()));
  }
}

WsLoad::~WsLoad() { ::close(epoll_); }

Result<void> WsLoad::connect_one() {
  auto sock = std::make_unique<Sock>();
  sock->fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1;
  setsockopt(sock->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (sock->fd < 0 ||
      ::connect(sock->fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return broken("cannot connect");
  if (tls_) {
    auto tls = TlsClient::connect(sock->fd);
    if (!tls) return std::unexpected(tls.error());
    sock->tls = std::move(*tls);
  }
  epoll_event event{EPOLLIN, {.ptr = sock.get()}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, sock->fd, &event) != 0)
    return broken("cannot watch a socket");
  auto sent = write(*sock, kUpgrade);
  socks_.push_back(std::move(sock));
  return sent;
}

Result<void> WsLoad::open(std::size_t count, std::size_t in_flight) {
  std::size_t wanted = opened_ + count;
  while (opened_ < wanted) {
    while (socks_.size() < wanted && socks_.size() - opened_ < in_flight) {
      if (auto ok = connect_one(); !ok) return ok;
    }
    if (auto ok = wait(kSilentMs); !ok) return ok;
  }
  return {};
}

Result<void> WsLoad::write(Sock& sock, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = sock.tls ? sock.tls->write(bytes.data(), bytes.size())
                         : ::send(sock.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR && errno != EAGAIN) return broken("cannot send");
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> WsLoad::wait(int timeout_ms) {
  epoll_event events[256];
  int n = epoll_wait(epoll_, events, 256, timeout_ms);
  if (n == 0 && timeout_ms == kSilentMs)
    return fail(Code::timeout, "the server has said nothing for 10 s");
  for (int i = 0; i < n; ++i) {
    if (auto ok = readable(*static_cast<Sock*>(events[i].data.ptr)); !ok) return ok;
  }
  return {};
}

Result<void> WsLoad::readable(Sock& sock) {
  // A socket says again what is left in it; a TLS record that was taken out does not.
  for (bool again = true; again;) {
    errno = 0;
    static char buffer[256 * 1024];
    ssize_t n = sock.tls ? sock.tls->read(buffer, sizeof buffer)
                         : ::recv(sock.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (n <= 0)
      return broken(sock.open ? "the server closed a connection"
                              : "the server refused a connection");
    if (auto ok = received(sock, std::string_view(buffer, static_cast<std::size_t>(n))); !ok)
      return ok;
    again = sock.tls != nullptr;
  }
  return {};
}

Result<void> WsLoad::received(Sock& sock, std::string_view bytes) {
  std::string joined;
  if (!sock.rest.empty()) {
    joined = std::move(sock.rest);
    joined += bytes;
    bytes = joined;
    sock.rest.clear();
  }
  if (!sock.open) {
    std::size_t end = bytes.find("\r\n\r\n");
    if (end != std::string_view::npos) {
      if (!bytes.starts_with("HTTP/1.1 101"))
        return fail(Code::forbidden,
                    "the server answered " + std::string(bytes.substr(0, bytes.find('\r'))));
      sock.open = true;
      ++opened_;
      bytes.remove_prefix(end + 4);
    }
  }
  std::uint64_t back = sock.echo_back;
  while (sock.open && bytes.size() >= 2) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    std::size_t length = byte(1) & 0x7f;
    std::size_t head = length < 126 ? 2 : length == 126 ? 4 : 10;
    if (bytes.size() < head) break;
    if (head > 2) length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8 | byte(i);
    if (bytes.size() < head + length) break;
    if (auto ok = frame(sock, byte(0) & 0x0f, bytes.substr(head, length)); !ok) return ok;
    last_frame_ = head + length;
    bytes.remove_prefix(head + length);
  }
  sock.rest = bytes;
  std::uint64_t answers = sock.echo_back - back;
  return answers > 0 && now_s() < echo_until_ ? send_echoes(sock, answers) : Result<void>();
}

Result<void> WsLoad::frame(Sock& sock, std::uint8_t opcode, std::string_view payload) {
  if (opcode == 9) return write(sock, kPong);
  if (opcode == 8)
    return fail(Code::io,
                "the server closed a connection: " +
                    std::string(payload.substr(std::min<std::size_t>(2, payload.size()))));
  if (opcode != 1) return {};
  ++messages_;
  if (sock.echo_back == sock.echo_sent) return {};
  if (payload != echo_texts_[sock.echo_back++ % kEchoTexts])
    return fail(Code::internal, "the server answered an echo with " + std::string(payload));
  return {};
}

// One write for all of them: what a client that has several to send does.
Result<void> WsLoad::send_echoes(Sock& sock, std::uint64_t count) {
  batch_.clear();
  for (; count > 0; --count) batch_ += echo_frames_[sock.echo_sent++ % kEchoTexts];
  return write(sock, batch_);
}

Result<std::uint64_t> WsLoad::echo(std::uint64_t outstanding, double seconds) {
  std::uint64_t first = messages_;
  std::uint64_t seen = messages_;
  echo_until_ = now_s() + seconds;
  double answered = now_s();
  for (auto& sock : socks_) {
    if (auto ok = send_echoes(*sock, outstanding); !ok) return std::unexpected(ok.error());
  }
  // Looks again and again instead of sleeping: to wake a process costs the one that sends, and is
  // the client's affair.
  for (std::uint64_t due = outstanding * socks_.size(); due > 0;) {
    if (auto ok = wait(0); !ok) return std::unexpected(ok.error());
    due = 0;
    for (auto& sock : socks_) due += sock->echo_sent - sock->echo_back;
    double now = now_s();
    if (messages_ != seen) answered = now;
    if (now - answered > kSilentMs / 1000.0)
      return fail(Code::timeout, "the server has not answered an echo for 10 s");
    seen = messages_;
  }
  echo_until_ = 0;
  return messages_ - first;
}

Result<void> WsLoad::send(std::size_t index, std::string_view text) {
  return write(*socks_[index], masked_frame(text));
}

Result<void> WsLoad::receive(std::uint64_t count) {
  for (std::uint64_t until = messages_ + count; messages_ < until;) {
    if (auto ok = wait(kSilentMs); !ok) return ok;
  }
  return {};
}

Result<std::uint64_t> WsLoad::receive_for(double seconds) {
  std::uint64_t before = messages_;
  double until = now_s() + seconds;
  for (double left = seconds; left > 0; left = until - now_s()) {
    if (auto ok = wait(static_cast<int>(left * 1000) + 1); !ok) return std::unexpected(ok.error());
  }
  return messages_ - before;
}

}  // namespace tutti::bench
