#pragma once
// Faults: which kinds may happen in a run, and how often. A swarm (Groce et al., "Swarm Testing",
// ISSTA 2012): each run switches a drawn subset of the kinds on, because faults hide each other.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "sim/world/sim.hpp"

namespace tutti::world {

enum class Fault : std::uint8_t {
  // network
  stall,
  reset,
  half_open,
  loss,
  pieces,  // small pieces and windows
  slow_accept,
  // clock
  drift,
  wall_step,
  // disk
  io_error,
  no_space,
  power,
  // server
  stop,
  // peers
  hostile,
  slow_reader,
  duplicate,
  flapping,
  vanishing,
  listeners,
  kCount,
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kCount);
const char* name(Fault fault);

// How often each happens: 0 never, 1 seldom, 2 often.
class Faults {
 public:
  int level(Fault fault) const { return levels_[static_cast<std::size_t>(fault)]; }
  bool on(Fault fault) const { return level(fault) > 0; }
  // May a client that behaves lose an answer to one of them?
  bool cost_answers() const;
  void set(Fault fault, int level) {
    levels_[static_cast<std::size_t>(fault)] = static_cast<std::uint8_t>(level);
  }

 private:
  std::array<std::uint8_t, kFaults> levels_{};
};

// "none", "all" or a comma list of network, clock, disk, server, peers: what may be drawn.
struct FaultChoice {
  std::array<bool, kFaults> may{};
};
Result<FaultChoice> parse_faults(std::string_view text);
Faults draw_faults(Sim& sim, const FaultChoice& choice);

}  // namespace tutti::world
