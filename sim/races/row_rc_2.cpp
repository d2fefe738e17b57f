// RC-2, report 000: "reader loop calls disconnect while disconnect modifies state",
// client.py:412-423 and 282-313. True as claimed: `_connected` is what keeps a second call out, and
// it is cleared after the awaits, so the reader's `finally` and the user's call both clean up. A
// flag that is set first is only half of the repair: the second caller must not return before the
// first one is done. (Nor may the user's call await the reader while the reader awaits it; here
// the wait is for the cleanup alone.)
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct TwoDisconnects : explore::Actors<TwoDisconnects> {
  const bool repaired;
  Cell<bool> connected{"_connected", true};
  Cell<bool> closing{"_closing", false};  // of the twin
  Cell<bool> closed{"_closed", false};    // an event to wait for, of the twin
  ClosedOnce cleanup;

  explicit TwoDisconnects(bool twin) : repaired(twin) {
    static constexpr Step kDisconnect[] = {
        {"disconnect(): if not self._connected: return",
         [](TwoDisconnects& m) {
           if (!m.connected) return m.jump(2);
           if (m.repaired && m.closing) {
             m.witness("the second disconnect arrives while the first is closing");
             return m.jump(2);
           }
           if (m.repaired) m.closing = true;
         }},
        // Suspended here: await of the cancelled time task and of ws.close().
        {"_connected = False, callbacks cleared",
         [](TwoDisconnects& m) {
           m.connected = false;
           m.closed = true;
           m.cleanup.closed(1);
         }},
        // Suspended here: the fix waits for whoever cleans up.
        {"returns to its caller", [](TwoDisconnects& m) { m.cleanup.returned(1); },
         [](const TwoDisconnects& m) { return !m.repaired || m.closed; }},
    };
    actor("reader loop at EOF", kDisconnect);
    actor("user", kDisconnect);
  }
  std::string_view check() const override {
    return first_broken(Actors::check(), cleanup.broken());
  }
  std::string_view over() const override {
    return finished(0) && finished(1) ? "" : "a disconnect waits for ever";
  }
  void state(StateWriter& out) const { put(out, connected, closing, closed, cleanup); }
};

}  // namespace

Row row_rc_2() {
  Row row{"RC-2", "000", "A", "reader and user disconnect at once",
          "cleanup happens once and every caller returns after it"};
  row.wrong = explore::scenario<TwoDisconnects>("RC-2 wrong", {}, false);
  row.repaired = explore::scenario<TwoDisconnects>(
      "RC-2 repaired", {"the second disconnect arrives while the first is closing"}, true);
  row.guards = {"connection.close_once"};
  row.shipped = {"edge"};
  return row;
}

}  // namespace tutti::races
