// Suite 1, report 004, "connection lifecycle": several sockets are established at once, each accept
// takes 50 to 150 ms, and their state transitions must come in order. True hazard: a "current"
// socket shared between the endpoints; each await lets another endpoint put its own there, which
// then gets the first one's transitions and its welcome.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct SharedCurrent : explore::Actors<SharedCurrent> {
  enum class Phase : std::uint8_t { none, accepting, connected };
  const bool repaired;
  Cell<std::size_t> current{"current socket", 0};
  Cell<int> started{"accepts started", 0};
  Cell<int> completed{"accepts completed", 0};
  Cell<std::array<Phase, 3>> phase{"phases"};  // of each socket
  int place[3] = {};                           // in which order its accept started
  SentOnlyWhileOpen sends;
  OwnOnly own;

  explicit SharedCurrent(bool twin) : repaired(twin) {
    static constexpr Step kEndpoint[] = {
        {"current = websocket, accept() starts",
         [](SharedCurrent& m) {
           m.current = m.self();
           m.phase.edit()[m.self()] = Phase::accepting;
           m.started += 1;
           m.place[m.self()] = m.started;
         }},
        // Suspended here: 50 to 150 ms, another time for each.
        {"accept completes: current becomes connected",
         [](SharedCurrent& m) { m.complete(m.socket()); }},
        // Suspended here: await of the session's services.
        {"sends the welcome to current",
         [](SharedCurrent& m) {
           std::size_t to = m.socket();
           m.own.reached(to, m.self());
           m.sends.sent(to);
         }},
    };
    for (const char* name : {"first endpoint", "second endpoint", "third endpoint"})
      actor(name, kEndpoint);
  }
  // The fix: each endpoint has its own.
  std::size_t socket() { return repaired ? self() : current.get(); }
  void complete(std::size_t to) {
    completed += 1;
    if (repaired && completed != place[self()])
      witness("accepts complete in another order than they started");
    own.reached(to, self());
    require(phase.get()[to] == Phase::accepting, "a socket's transitions are out of order");
    phase.edit()[to] = Phase::connected;
    sends.opened(to);
  }
  std::string_view check() const override {
    return first_broken(Actors::check(), sends.broken(), own.broken());
  }
  std::string_view over() const override {
    for (Phase each : phase.get()) {
      if (each != Phase::connected) return "a socket was never connected";
    }
    return "";
  }
  void state(StateWriter& out) const { put(out, current, started, completed, phase, place, sends); }
};

}  // namespace

Row row_suite_1() {
  Row row{"suite 1", "004", "A", "sockets established at once share one variable",
          "isolation of each socket, its transitions in order"};
  row.wrong = explore::scenario<SharedCurrent>("suite 1 wrong", {}, false);
  row.repaired = explore::scenario<SharedCurrent>(
      "suite 1 repaired", {"accepts complete in another order than they started"}, true);
  row.guards = {"table.generation", "connection.all_latches"};
  row.shipped = {"edge", "server 1x2", "server 2x2"};
  return row;
}

}  // namespace tutti::races
