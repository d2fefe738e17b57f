#pragma once
// The load generator: many WebSocket connections to one server on loopback, one epoll, frames
// masked beforehand. It does as little as a client can, so that what is measured is the server.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::bench {

// A masked text frame (RFC 6455 section 5.2) of at most 64 KiB.
std::string masked_frame(std::string_view text);
// Seconds on the monotonic clock.
double now_s();

class WsLoad {
 public:
  explicit WsLoad(std::uint16_t port, bool tls = false);
  ~WsLoad();
  WsLoad(const WsLoad&) = delete;
  WsLoad& operator=(const WsLoad&) = delete;

  // Opens `count` more connections, each up to its 101; at most `in_flight` handshakes at a time.
  Result<void> open(std::size_t count, std::size_t in_flight);
  std::size_t size() const { return socks_.size(); }

  // Sends echoes on every connection, `outstanding` of them under way on each, until `seconds` have
  // passed; an answer is compared with what was sent. Returns how many came back.
  Result<std::uint64_t> echo(std::uint64_t outstanding, double seconds);
  // Sends text on one connection.
  Result<void> send(std::size_t index, std::string_view text);
  // Reads until `count` more messages have come on all connections together. Error after 10 s
  // without one.
  Result<void> receive(std::uint64_t count);
  // Reads what comes in the next `seconds`; returns how many messages that were.
  Result<std::uint64_t> receive_for(double seconds);
  // Size in bytes, with its header, of the last message that came.
  std::size_t last_frame_bytes() const { return last_frame_; }

 private:
  struct Sock;
  Result<void> connect_one();
  Result<void> wait(int timeout_ms);
  Result<void> readable(Sock& sock);
  Result<void> received(Sock& sock, std::string_view bytes);
  Result<void> frame(Sock& sock, std::uint8_t opcode, std::string_view payload);
  Result<void> write(Sock& sock, std::string_view bytes);
  Result<void> send_echoes(Sock& sock, std::uint64_t count);

  std::uint16_t port_;
  bool tls_;
  int epoll_;
  std::vector<std::unique_ptr<Sock>> socks_;
  std::size_t opened_ = 0;
  std::uint64_t messages_ = 0;
  std::size_t last_frame_ = 0;
  // Echo: what is sent in a circle, and what must come back.
  std::vector<std::string> echo_frames_;
  std::vector<std::string> echo_texts_;
  double echo_until_ = 0;  // an answer is followed by another echo before this moment
  std::string batch_;
};

}  // namespace tutti::bench
