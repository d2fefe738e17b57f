// RC-3, report 000: "callback access without synchronization", client.py:346-378 and 633-681.
// Claimed: a callback is cleared while it is invoked. Without an await between the look at the
// field and the call nothing comes between them. True hazard: the notifier walks the live list and
// awaits each callback; a setter that runs meanwhile shifts the list under it, so that one callback
// is passed over and one that came later is called for an event before its time.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct NotifyAndSet : explore::Actors<NotifyAndSet> {
  using List = std::array<char, 2>;  // 0: nothing
  const bool repaired;
  Cell<List> callbacks{"callbacks", {'A', 'B'}};
  List at_call{}, called{};  // of the notifier

  explicit NotifyAndSet(bool twin) : repaired(twin) {
    static constexpr Step kNotify[] = {
        {"for callback in callbacks: await callback()",
         [](NotifyAndSet& m) {
           m.at_call = m.callbacks;  // what is owed; the fix walks this very copy
           m.call(0);
         }},
        // Suspended here: the first callback awaits.
        {"await the next callback", [](NotifyAndSet& m) { m.call(1); }},
    };
    static constexpr Step kSet[] = {
        {"removes A", [](NotifyAndSet& m) { m.callbacks = {m.callbacks.get()[1], 0}; }},
        // Suspended here: the setter's own caller awaits between the two calls.
        {"adds C", [](NotifyAndSet& m) { m.callbacks = {m.callbacks.get()[0], 'C'}; }},
    };
    actor("notifier", kNotify);
    actor("setter", kSet);
  }
  void call(std::size_t i) {
    // The fix: the list is copied once, at the call.
    char callback = repaired ? at_call[i] : callbacks.get()[i];
    if (repaired && i > 0 && callbacks.get() != at_call)
      witness("the list changed while a callback was awaited");
    if (callback == 0) return;
    require(callback == at_call[0] || callback == at_call[1],
            "a callback was invoked that was not registered at the call");
    called[i] = callback;
  }
  std::string_view over() const override {
    return called == at_call ? "" : "a callback registered at the call was passed over";
  }
  void state(StateWriter& out) const { put(out, callbacks, at_call, called); }
};

}  // namespace

Row row_rc_3() {
  Row row{"RC-3", "000", "A", "callbacks cleared while they are invoked",
          "the callbacks invoked are those registered at the call"};
  row.wrong = explore::scenario<NotifyAndSet>("RC-3 wrong", {}, false);
  row.repaired = explore::scenario<NotifyAndSet>(
      "RC-3 repaired", {"the list changed while a callback was awaited"}, true);
  row.guards = {"table.generation"};
  row.shipped = {"edge"};
  return row;
}

}  // namespace tutti::races
