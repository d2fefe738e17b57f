// RC-7, report 000: "multiple concurrent disconnect calls", server/client.py:168-200, 541-559, 615.
// True as claimed, where `_disconnecting` is set after an await: the message loop, the writer, the
// handler of a full queue and the user all call `disconnect`, and each that looked before the flag
// was set tells the group that its client left.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct ManyDisconnects : explore::Actors<ManyDisconnects> {
  static constexpr int kGroup = 3;  // clients in the group before
  const bool repaired;
  Cell<bool> disconnecting{"_disconnecting", false};
  Cell<int> group{"group size", kGroup};
  ClosedOnce events;

  explicit ManyDisconnects(bool twin) : repaired(twin) {
    static constexpr Step kDisconnect[] = {
        {"disconnect(): if self._disconnecting: return", [](ManyDisconnects& m) { m.enter(); }},
        // Suspended here: await of the cancelled writer task.
        {"_disconnecting = True, await ws.close()",
         [](ManyDisconnects& m) { m.disconnecting = true; }},
        // Suspended here: the close handshake.
        {"_handle_client_disconnect(self)",
         [](ManyDisconnects& m) {
           m.events.closed(1);
           m.group -= 1;
         }},
    };
    actor("message loop", kDisconnect);
    actor("writer task", kDisconnect);
    actor("queue full", kDisconnect);
    actor("user", kDisconnect);
  }
  void enter() {
    if (disconnecting) {
      if (repaired && events.times(1) == 0)
        witness("the second disconnect arrives while the first is closing");
      return finish();
    }
    // The fix: the flag is set in the step that looked at it.
    if (repaired) disconnecting = true;
  }
  std::string_view check() const override { return first_broken(Actors::check(), events.broken()); }
  std::string_view over() const override {
    return group == kGroup - 1 ? "" : "the group's size is wrong";
  }
  void state(StateWriter& out) const { put(out, disconnecting, group, events); }
};

}  // namespace

Row row_rc_7() {
  Row row{"RC-7", "000", "A", "many disconnect paths on the server",
          "one disconnect event, and the group's size is right"};
  row.wrong = explore::scenario<ManyDisconnects>("RC-7 wrong", {}, false);
  row.repaired = explore::scenario<ManyDisconnects>(
      "RC-7 repaired", {"the second disconnect arrives while the first is closing"}, true);
  row.guards = {"connection.close_once"};
  row.shipped = {"edge", "server 1x1"};
  return row;
}

}  // namespace tutti::races
