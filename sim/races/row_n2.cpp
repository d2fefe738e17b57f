// N2, found in the system of report 001 (Fixed 1, ConnectionManager): disconnect() removes the
// session's entry, whoever's it is. An old socket that ends late takes the new socket's
// registration with it, and broadcasts miss the client that is connected.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct OldSocketCloses : explore::Actors<OldSocketCloses> {
  const bool repaired;
  // The socket that the session names, 0: none.
  Cell<int> active{"active_connections[session]", 1};

  explicit OldSocketCloses(bool twin) : repaired(twin) {
    static constexpr Step kOld[] = {
        {"receive ends: WebSocketDisconnect", [](OldSocketCloses&) {}},
        // Suspended here: the lock is awaited.
        {"disconnect() removes the entry", [](OldSocketCloses& m) { m.remove(); }},
    };
    static constexpr Step kNew[] = {
        {"is accepted", [](OldSocketCloses&) {}},
        // Suspended here: the lock is awaited.
        {"connect() sets the entry", [](OldSocketCloses& m) { m.active = 2; }},
    };
    actor("old socket", kOld);
    actor("new socket", kNew);
  }
  void remove() {
    // The fix: a handle with a generation; only its own entry is removed.
    if (repaired && active != 1) return witness("the old socket ends after the new one's connect");
    active = 0;
  }
  std::string_view over() const override {
    return active.unrecorded() == 2 ? "" : "a live socket that nobody can reach";
  }
  void state(StateWriter& out) const { put(out, active); }
};

}  // namespace

Row row_n2() {
  Row row{"N2", "beyond", "A, R", "closing an old socket removes the new one's registration",
          "a handle has a generation, and removes only what is of its own"};
  row.wrong = explore::scenario<OldSocketCloses>("N2 wrong", {}, false);
  row.repaired = explore::scenario<OldSocketCloses>(
      "N2 repaired", {"the old socket ends after the new one's connect"}, true);
  row.guards = {"registry.generation", "table.generation"};
  row.shipped = {"registry", "server 1x2"};
  return row;
}

}  // namespace tutti::races
