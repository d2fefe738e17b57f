#pragma once
// EdgeServer: sockets for one edge. Accepts, reads, hands bytes to the edge, pulls bytes from it
// into vectored writes. Thread: loop.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/live/edge.hpp"
#include "shell/loop/loop.hpp"
#include "shell/net/listener.hpp"
#include "shell/net/tls.hpp"

namespace tutti::shell {

struct NetCounters {
  std::uint64_t accepted = 0;
  std::uint64_t refused_full = 0;  // no descriptors, or as many connections as the process can hold
  std::uint64_t writes = 0;
  std::uint64_t reads = 0;
};

class EdgeServer {
 public:
  // max_connections: beyond it the next is answered 503 and closed. tls may be null.
  EdgeServer(Loop& loop, live::Edge& edge, TlsContext* tls, std::size_t max_connections);
  ~EdgeServer();
  EdgeServer(const EdgeServer&) = delete;
  EdgeServer& operator=(const EdgeServer&) = delete;

  Result<void> add(Listening listening,
                   bool plain = false);  // plain: no TLS, for the control socket
  void stop_accepting();

  // Does what the edge asks until it asks no more or `until` has passed; true when something is
  // left.
  bool pump(Now now, ServerTime until);
  // Blocks of files that connections wait for.
  void on_read_block(std::function<void(live::ReadBlock)> read) { read_block_ = std::move(read); }
  // Asked before each read: false leaves bytes in the kernel (the house is behind).
  void on_may_read(std::function<bool()> may) { may_read_ = std::move(may); }
  void on_log(std::function<void(std::string)> log) { log_ = std::move(log); }
  const NetCounters& counters() const { return counters_; }
  std::size_t open() const { return open_; }

 private:
  struct Sock;
  void accept_some(int listener, bool plain);
  void refuse(Descriptor descriptor);
  void out_of_descriptors(int listener);
  void readable(Sock& sock);
  void read_tls(Sock& sock, MutableBytes ciphertext, Now now);
  void flush(Sock& sock, Now now);
  bool send_views(Sock& sock, Now now);
  bool send_tls(Sock& sock, Now now);
  void watch(Sock& sock);
  void close(Handle handle);
  Sock* find(Handle handle);
  void effect(live::EdgeEffect effect, Now now);

  Loop& loop_;
  live::Edge& edge_;
  TlsContext* tls_;
  std::size_t max_connections_;
  std::vector<std::unique_ptr<Poll>> listeners_;
  std::vector<Descriptor> listening_;
  std::vector<std::unique_ptr<Sock>> socks_;  // by the edge's slot
  std::size_t open_ = 0;
  Descriptor spare_;  // given up for a moment to refuse politely when descriptors ran out
  std::vector<std::byte> buffer_;
  std::vector<std::byte> plain_;  // what a TLS session decrypted
  std::vector<ByteView> views_;
  std::function<void(live::ReadBlock)> read_block_;
  std::function<bool()> may_read_;
  std::function<void(std::string)> log_;
  std::int64_t refused_logged_us_ = 0;
  NetCounters counters_;
};

}  // namespace tutti::shell
