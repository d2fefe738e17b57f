#include "sim/world/sim.hpp"

#include <fmt/format.h>

namespace tutti::world {

const char* name(Witness witness) {
  static constexpr const char* kNames[] = {
      "a connection is live",
      "an echo was answered",
      "a delta was read",
      "pipelined requests were answered",
      "a file was served",
      "a duplicate client id was refused",
      "an accept took 50 ms or more",
      "a reset during the handshake",
      "a half-open connection was found out",
      "a stalled reader was cut",
      "hostile bytes were answered with a close",
      "the wall clock stepped",
      "a backup was made",
      "a backup failed",
      "a power loss during a backup",
      "the server lost power",
      "the server stopped in order",
      "a client was told to retry later",
      "a player was dialled again",
      "a goodbye was obeyed",
  };
  static_assert(sizeof kNames / sizeof kNames[0] == static_cast<std::size_t>(Witness::kCount));
  return kNames[static_cast<std::size_t>(witness)];
}

void Sim::violate(std::string what, std::uint64_t number) {
  trace.note("violation", violations.size());
  if (violations.size() < 20)
    violations.push_back(fmt::format("t={}.{:06} step {}: {} ({})", now / kSecond, now % kSecond,
                                     trace.steps(), what, number));
}

}  // namespace tutti::world
