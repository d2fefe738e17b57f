// RC-9, report 000: "non-atomic check-and-create in connect_to_client". Claimed: a race on one
// event loop between the look-up and the insertion. True hazard: only where something suspends in
// between (resolving the address, waiting for an old task to end); then two calls for one URL both
// find nothing and both dial. The second entry hides the first, which nobody can disconnect again.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct TwoConnects : explore::Actors<TwoConnects> {
  const bool repaired;
  Cell<int> entry{"entry", 0};  // the dial that the URL names, 0: none
  Cell<int> dials{"dials", 0};  // that live

  explicit TwoConnects(bool twin) : repaired(twin) {
    static constexpr Step kConnect[] = {
        {"looks up the URL",
         [](TwoConnects& m) {
           if (m.entry != 0) m.finish();
         }},
        // Suspended here: the address is resolved.
        {"inserts and dials", [](TwoConnects& m) { m.insert(); }},
        {"finds it connected", [](TwoConnects&) {}},
    };
    actor("first call", kConnect);
    actor("second call", kConnect);
  }
  void insert() {
    // The fix: look again after the suspension, in the same step as the insertion.
    if (repaired && entry != 0)
      return witness("the second call finds the first one's dial"), finish();
    entry = self() + 1;
    dials += 1;
    require(dials <= 1, "two dials of one URL");
  }
  void state(StateWriter& out) const { put(out, entry, dials); }
};

}  // namespace

Row row_rc_9() {
  Row row{"RC-9", "000", "A", "two connects to one URL",
          "at most one live dial per key, none orphaned when quiet"};
  row.wrong = explore::scenario<TwoConnects>("RC-9 wrong", {}, false);
  row.repaired = explore::scenario<TwoConnects>(
      "RC-9 repaired", {"the second call finds the first one's dial"}, true);
  row.guards = {"dialer.one_dial"};
  row.shipped = {"dialer"};
  return row;
}

}  // namespace tutti::races
