#include "sim/world/faults.hpp"

namespace tutti::world {
namespace {

struct Row {
  Fault fault;
  const char* name;
  std::string_view group;
};
constexpr Row kRows[] = {
    {Fault::stall, "stall", "network"},
    {Fault::reset, "reset", "network"},
    {Fault::half_open, "half_open", "network"},
    {Fault::loss, "loss", "network"},
    {Fault::pieces, "pieces", "network"},
    {Fault::slow_accept, "slow_accept", "network"},
    {Fault::drift, "drift", "clock"},
    {Fault::wall_step, "wall_step", "clock"},
    {Fault::io_error, "io_error", "disk"},
    {Fault::no_space, "no_space", "disk"},
    {Fault::power, "power", "disk"},
    {Fault::stop, "stop", "server"},
    {Fault::hostile, "hostile", "peers"},
    {Fault::slow_reader, "slow_reader", "peers"},
    {Fault::duplicate, "duplicate", "peers"},
    {Fault::flapping, "flapping", "peers"},
    {Fault::vanishing, "vanishing", "peers"},
    {Fault::listeners, "listeners", "peers"},
};
static_assert(sizeof kRows / sizeof kRows[0] == kFaults);

bool add_group(FaultChoice& choice, std::string_view group) {
  bool found = group == "none";
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (group != "all" && group != kRows[i].group) continue;
    choice.may[i] = found = true;
  }
  return found;
}

// Does it cut connections that behave, or keep them silent beyond what either side waits for?
bool costs_answers(Fault fault) {
  switch (fault) {
    case Fault::stall:
    case Fault::reset:
    case Fault::half_open:
    case Fault::io_error:
    case Fault::power:
    case Fault::stop:
    case Fault::slow_reader: return true;  // it uses up the memory of all
    default: return false;
  }
}

}  // namespace

bool Faults::cost_answers() const {
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (levels_[i] > 0 && costs_answers(static_cast<Fault>(i))) return true;
  }
  return false;
}

const char* name(Fault fault) { return kRows[static_cast<std::size_t>(fault)].name; }

Result<FaultChoice> parse_faults(std::string_view text) {
  FaultChoice choice;
  while (!text.empty()) {
    std::size_t comma = std::min(text.find(','), text.size());
    std::string_view group = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (!add_group(choice, group))
      return fail(Code::bad_request, "unknown kind of fault \"" + std::string(group) + "\"",
                  "known: none, network, clock, disk, server, peers, all; several with commas");
  }
  return choice;
}

Faults draw_faults(Sim& sim, const FaultChoice& choice) {
  Faults faults;
  // In some runs nothing happens that may cost an answer; those ask for every one.
  bool gentle = sim.draw(4, "gentle") == 0;
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (choice.may[i] && !(gentle && costs_answers(static_cast<Fault>(i))))
      faults.set(static_cast<Fault>(i), static_cast<int>(sim.draw(3, "swarm")));
  }
  return faults;
}

}  // namespace tutti::world
