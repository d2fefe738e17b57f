#pragma once
// Sim: what all parts of the simulated world share: the time, the agenda, the one stream of
// decisions, the trace, and what was found.

#include <bitset>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/choose.hpp"
#include "core/base/random.hpp"
#include "sim/world/agenda.hpp"
#include "sim/world/trace.hpp"

namespace tutti::world {

// Situations that a set of runs must reach, else it proves little.
enum class Witness : std::uint8_t {
  live,
  echo_answered,
  delta_read,
  pipelined,
  file_served,
  duplicate_refused,
  slow_accept,
  reset_in_handshake,
  half_open_found,
  stalled_reader_cut,
  hostile_closed,
  wall_stepped,
  backup_done,
  backup_failed,
  power_in_backup,
  power_lost,
  stopped_in_order,
  told_to_retry_later,
  redialled,
  goodbye_obeyed,
  kCount,
};
const char* name(Witness witness);

class Sim {
 public:
  explicit Sim(Choose& choose) : choose_(choose) {}

  Micros now = 0;
  Agenda agenda;
  Trace trace;
  std::bitset<static_cast<std::size_t>(Witness::kCount)> witnessed;
  std::vector<std::string> violations;

  void after(Micros delay, What what, std::uint32_t a = 0, std::uint64_t b = 0) {
    agenda.add(now + delay, what, a, b);
  }
  std::uint32_t draw(std::uint32_t n, std::string_view tag) { return choose_.choose(n, tag); }
  // True once in n; never for 0, which is how a fault is switched off.
  bool once_in(std::uint32_t n, std::string_view tag) {
    return n > 0 && choose_.choose(n, tag) == n - 1;
  }
  // At least `from`, at most `to`.
  Micros between(Micros from, Micros to, std::string_view tag) {
    return from + choose_.choose(static_cast<std::uint32_t>(to - from + 1), tag);
  }
  void witness(Witness what) { witnessed.set(static_cast<std::size_t>(what)); }
  void require(bool holds, const char* what, std::uint64_t number = 0) {
    if (!holds) violate(what, number);
  }
  void violate(std::string what, std::uint64_t number = 0);
  Choose& stream() { return choose_; }

 private:
  Choose& choose_;
};

// The randomness of the machines, from the same stream.
class DrawnRandom final : public Random {
 public:
  explicit DrawnRandom(Choose& choose) : choose_(choose) {}
  std::uint64_t bits() override {
    std::uint64_t high = choose_.choose(UINT32_MAX, "random");
    return high << 32 | choose_.choose(UINT32_MAX, "random");
  }

 private:
  Choose& choose_;
};

}  // namespace tutti::world
