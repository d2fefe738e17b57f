#include "shell/net/edge_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/check.hpp"

namespace tutti::shell {
namespace {
constexpr int kAcceptsPerTurn = 64;
constexpr std::size_t kVectors = 64;
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Type: "
    "application/json\r\nContent-Length: 81\r\n"
    "Connection: close\r\n\r\n"
    "{\"error\":{\"code\":\"overloaded\",\"message\":\"the server holds no more connections\"}}\n";
}  // namespace

struct EdgeServer::Sock {
  Descriptor descriptor;
  Handle handle;
  std::unique_ptr<Poll> poll;
  std::unique_ptr<TlsSession> tls;
  bool blocked = false;  // the kernel takes no more for now
  bool paused = false;
  bool eof = false;
  bool half_closed = false;  // by the peer, behind bytes that are not read yet
};

EdgeServer::EdgeServer(Loop& loop, live::Edge& edge, TlsContext* tls, std::size_t max_connections)
    : loop_(loop),
      edge_(edge),
      tls_(tls),
      max_connections_(max_connections),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      buffer_(limits::kReadPerTurn) {}

EdgeServer::~EdgeServer() = default;

Result<void> EdgeServer::add(Listening listening, bool plain) {
  int fd = listening.descriptor.get();
  auto poll = loop_.poll(fd, [this, fd, plain](int, bool) { accept_some(fd, plain); });
  if (!poll) return std::unexpected(poll.error());
  (*poll)->watch(UV_READABLE);
  listeners_.push_back(std::move(*poll));
  listening_.push_back(std::move(listening.descriptor));
  return {};
}

void EdgeServer::stop_accepting() {
  listeners_.clear();
  listening_.clear();
}

void EdgeServer::accept_some(int listener, bool plain) {
  INVARIANT(loop_.on_this_thread());
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    live::Peer peer;
    auto accepted = accept_next(listener, peer);
    if (!accepted) return out_of_descriptors(listener);
    if (!*accepted) return;
    if (open_ >= max_connections_) {
      refuse(std::move(*accepted));
      continue;
    }
    ++counters_.accepted;
    auto sock = std::make_unique<Sock>();
    sock->descriptor = std::move(*accepted);
    Sock* raw = sock.get();
    auto poll = loop_.poll(sock->descriptor.get(), [this, raw](int events, bool failed) {
      if (failed) return edge_.broken(raw->handle, clock_now());
      // Writing may end the connection and free `raw`: whatever is left to do is found again by its
      // handle.
      Handle handle = raw->handle;
      if ((events & UV_WRITABLE) != 0) {
        raw->blocked = false;
        flush(*raw, clock_now());
      }
      if (find(handle) != raw) return;
      if ((events & UV_READABLE) != 0) return readable(*raw);
      // It sends no more, and is paused: the end is read after what comes before it, when reading
      // goes on.
      raw->half_closed = raw->half_closed || (events & UV_DISCONNECT) != 0;
      watch(*raw);
    });
    if (!poll) continue;  // the descriptor closes with sock
    if (tls_ != nullptr && !plain) {
      sock->tls = std::make_unique<TlsSession>(*tls_);
      peer.encrypted = true;
    }
    sock->poll = std::move(*poll);
    sock->handle = edge_.opened(peer, clock_now());
    if (socks_.size() <= sock->handle.slot) socks_.resize(sock->handle.slot + 1);
    // The slot's last owner may be gone from the edge with its Drop still to come: that one finds
    // nothing then.
    if (socks_[sock->handle.slot]) {
      socks_[sock->handle.slot].reset();
      --open_;
    }
    watch(*sock);
    socks_[sock->handle.slot] = std::move(sock);
    ++open_;
  }
}

// The peer is told why, as far as one write into an empty socket can.
void EdgeServer::refuse(Descriptor descriptor) {
  ++counters_.refused_full;
  (void)::send(descriptor.get(), kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(descriptor.get(), SHUT_WR);
  std::int64_t now_us = clock_now().mono.us;
  if (log_ && now_us - refused_logged_us_ > 1'000'000) {
    refused_logged_us_ = now_us;
    log_("net.full connections=" + std::to_string(open_) +
         " refused=" + std::to_string(counters_.refused_full));
  }
}

void EdgeServer::out_of_descriptors(int listener) {
  spare_ = Descriptor();
  live::Peer peer;
  auto accepted = accept_next(listener, peer);
  if (accepted && *accepted) refuse(std::move(*accepted));
  spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

EdgeServer::Sock* EdgeServer::find(Handle handle) {
  Sock* sock = handle.slot < socks_.size() ? socks_[handle.slot].get() : nullptr;
  return sock != nullptr && sock->handle == handle ? sock : nullptr;
}

void EdgeServer::watch(Sock& sock) {
  int events = (sock.paused || sock.eof ? 0 : UV_READABLE) | (sock.blocked ? UV_WRITABLE : 0);
  // A paused socket is still watched for its end: once, for that event would come again and again.
  sock.poll->watch(events != 0 ? events : (sock.eof || sock.half_closed ? 0 : UV_DISCONNECT));
}

void EdgeServer::readable(Sock& sock) {
  if (may_read_ && !may_read_()) return;
  ++counters_.reads;
  ssize_t n = ::recv(sock.descriptor.get(), buffer_.data(), buffer_.size(), 0);
  Now now = clock_now();
  if (n > 0) {
    MutableBytes bytes(buffer_.data(), static_cast<std::size_t>(n));
    return sock.tls ? read_tls(sock, bytes, now) : edge_.received(sock.handle, bytes, now);
  }
  if (n == 0) {
    sock.eof = true;
    watch(sock);
    return edge_.ended(sock.handle, now);
  }
  if (errno != EAGAIN && errno != EINTR) edge_.broken(sock.handle, now);
}

void EdgeServer::read_tls(Sock& sock, MutableBytes ciphertext, Now now) {
  bool sound = sock.tls->feed(ciphertext);
  if (plain_.empty()) plain_.resize(limits::kReadPerTurn);
  while (std::size_t n = sock.tls->read(plain_))
    edge_.received(sock.handle, MutableBytes(plain_).first(n), now);
  if (!sound || sock.tls->closed()) {
    flush(sock, now);  // an alert, so that the peer knows
    if (find(sock.handle) == &sock)
      sound ? edge_.ended(sock.handle, now) : edge_.broken(sock.handle, now);
    return;
  }
  flush(sock, now);
}

void EdgeServer::flush(Sock& sock, Now now) {
  if (sock.blocked) return;
  Handle handle = sock.handle;
  bool drained = sock.tls ? send_tls(sock, now) : send_views(sock, now);
  if (find(handle) != &sock) return;
  if (sock.blocked != !drained) {
    sock.blocked = !drained;
    watch(sock);
  }
}

// False: the socket takes no more.
bool EdgeServer::send_views(Sock& sock, Now now) {
  for (;;) {
    views_.clear();
    edge_.transmit(sock.handle, now, limits::kStagedBytes, views_);
    if (views_.empty()) return true;
    iovec vectors[kVectors];
    std::size_t count = std::min(views_.size(), kVectors);
    std::size_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(views_[i].data()), views_[i].size()};
      total += views_[i].size();
    }
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    ++counters_.writes;
    ssize_t n = ::sendmsg(sock.descriptor.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      edge_.broken(sock.handle, now);
      return true;
    }
    edge_.wrote(sock.handle, n < 0 ? 0 : static_cast<std::size_t>(n), now);
    if (n < 0 || static_cast<std::size_t>(n) < total) return false;
    // Less than a full stage was all there was.
    if (count == views_.size() && total < limits::kStagedBytes) return true;
  }
}

bool EdgeServer::send_tls(Sock& sock, Now now) {
  for (;;) {
    if (sock.tls->pending().empty()) {
      views_.clear();
      edge_.transmit(sock.handle, now, limits::kStagedBytes, views_);
      if (find(sock.handle) != &sock) return true;
      std::size_t taken = 0;
      for (ByteView view : views_) {
        std::size_t n = sock.tls->write(view);
        taken += n;
        if (n < view.size()) break;
      }
      // Encrypted is written: the bytes are final and out of the core's hands.
      if (taken > 0) edge_.wrote(sock.handle, taken, now);
    }
    ByteView pending = sock.tls->pending();
    if (pending.empty()) return true;
    ssize_t n =
        ::send(sock.descriptor.get(), pending.data(), pending.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      edge_.broken(sock.handle, now);
      return true;
    }
    if (n < 0) return false;
    sock.tls->sent(static_cast<std::size_t>(n));
    if (!sock.tls->pending().empty()) return false;
  }
}

bool EdgeServer::pump(Now now, ServerTime until) {
  for (int i = 0;; ++i) {
    if (i % 32 == 31 && (now = clock_now()).mono >= until) return true;
    auto next = edge_.poll();
    if (!next) return false;
    effect(std::move(*next), now);
  }
}

void EdgeServer::effect(live::EdgeEffect effect, Now now) {
  if (auto* drop = std::get_if<live::Drop>(&effect)) return close(drop->conn);
  if (auto* block = std::get_if<live::ReadBlock>(&effect)) {
    if (read_block_) read_block_(std::move(*block));
    return;
  }
  Handle handle = std::visit([](auto& e) { return e.conn; }, effect);
  Sock* sock = find(handle);
  if (sock == nullptr) return;
  if (std::get_if<live::WantWrite>(&effect) != nullptr) {
    flush(*sock, now);
  } else if (std::get_if<live::HalfClose>(&effect) != nullptr) {
    if (sock->tls) {
      sock->tls->shutdown();
      flush(*sock, now);
    }
    ::shutdown(sock->descriptor.get(), SHUT_WR);
    if (sock->eof) edge_.broken(handle, now);  // both sides are done
  } else {
    sock->paused = std::get_if<live::PauseRead>(&effect) != nullptr;
    watch(*sock);
  }
}

void EdgeServer::close(Handle handle) {
  if (find(handle) == nullptr) return;
  // The callback that is running may belong to this socket: it dies at the end of the turn's
  // effects, here.
  socks_[handle.slot].reset();
  --open_;
}

}  // namespace tutti::shell
