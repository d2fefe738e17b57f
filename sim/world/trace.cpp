#include "sim/world/trace.hpp"

#include <fmt/format.h>

namespace tutti::world {

const char* name(What what) {
  static constexpr const char* kNames[] = {"syn",           "accepted",     "connected",
                                           "refused",       "to_server",    "to_client",
                                           "server_room",   "client_room",  "server_broken",
                                           "client_broken", "server_reads", "client_reads",
                                           "timer",         "up",           "down",
                                           "effects",       "job",          "stop_over",
                                           "start",         "peer",         "dial_timer",
                                           "dial_outcome",  "dial_over",    "listener",
                                           "wish",          "fault"};
  static_assert(sizeof kNames / sizeof kNames[0] == static_cast<std::size_t>(What::kCount));
  return kNames[static_cast<std::size_t>(what)];
}

std::string Trace::hash() const { return fmt::format("{:016x}{:016x}", one_, two_); }

std::vector<std::string> Trace::last() const {
  std::vector<std::string> lines;
  std::uint64_t first = steps_ > kLast ? steps_ - kLast : 0;
  for (std::uint64_t step = first; step < steps_; ++step) {
    const Line& line = last_[step % kLast];
    std::string text =
        fmt::format("step {} t={}.{:06} {} {} {}", step + 1, line.event.at / kSecond,
                    line.event.at % kSecond, name(line.event.what), line.event.a, line.event.b);
    for (std::size_t i = 0; i < line.notes; ++i)
      text += fmt::format(", {} {}", line.note[i].what, line.note[i].number);
    lines.push_back(std::move(text));
  }
  return lines;
}

}  // namespace tutti::world
