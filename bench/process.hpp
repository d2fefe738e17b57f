#pragma once
// A server under measurement: a child process on one core, its CPU time and its memory as the
// kernel counts them.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::bench {

// Core `index` of those this process may use; nothing is pinned when there is only one.
void pin(int index);
inline constexpr int kServerCore = 0;
inline constexpr int kClientCore = 1;

class ServerProcess {
 public:
  // Starts the program and waits (10 s) for a line of JSON with "event":"ready" and "port". Its
  // other output goes to `log`. Errors: what the program said last.
  static Result<ServerProcess> start(std::vector<std::string> command, std::string log);
  // A copy of this process that runs `body` on the server's core; `body` writes the ready line to
  // the descriptor.
  static Result<ServerProcess> start(std::string name, const std::function<void(int out)>& body);

  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();  // SIGTERM, and SIGKILL after 6 s; it has ended when this returns

  std::uint16_t port() const { return port_; }
  // CPU time of all its threads so far, nanoseconds, in user and kernel mode.
  std::int64_t cpu_ns() const;
  // Anonymous memory that is resident, kB (RssAnon of proc_pid_status(5)).
  std::int64_t rss_anon_kb() const;
  // All memory that is resident, its program and mapped files too, kB (VmRSS).
  std::int64_t rss_kb() const;

 private:
  ServerProcess(pid_t pid, int out) : pid_(pid), out_(out) {}
  std::int64_t status_kb(std::string_view field) const;
  Result<void> wait_ready(const std::string& name, const std::string& log);

  pid_t pid_ = -1;
  int out_ = -1;  // the reading end of its standard output
  std::uint16_t port_ = 0;
};

}  // namespace tutti::bench
