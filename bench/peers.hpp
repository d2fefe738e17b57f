#pragma once
// The servers that are measured: tutti itself (this executable), npm `ws`, and a bare loop of
// send().

#include <cstddef>
#include <string>

#include "bench/process.hpp"

namespace tutti::bench {

// A folder of its own below the system's temporary one, removed with all it holds.
class TempFolder {
 public:
  static Result<TempFolder> create();
  TempFolder(TempFolder&& other) noexcept;
  TempFolder& operator=(TempFolder&&) = delete;
  ~TempFolder();
  const std::string& path() const { return path_; }

 private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// `tutti serve` on an empty data directory, with room for every connection of one account.
Result<ServerProcess> start_tutti(const std::string& folder, bool tls = false);

// Installs the peers' npm packages when they are missing (and says so on stderr). Errors name what
// is missing.
Result<void> install_peers();
Result<ServerProcess> start_node_ws(const std::string& folder);

// Sends every frame of its WebSocket connections back unread: epoll_wait, recv, send and nothing
// else.
Result<ServerProcess> start_bare_echo();

// Takes `count` WebSocket connections, then sends each of them one frame of `frame_bytes` by
// send(), one after the other, each `pace_ms`: what the kernel alone costs. At most 127 bytes.
Result<ServerProcess> start_bare_sender(std::size_t count, std::size_t frame_bytes, int pace_ms);

}  // namespace tutti::bench
