// Suite 4, report 004, "state consistency": router and notifier each keep a copy of the
// connection's state, which the manager updates one after the other. True as reported: between the
// two updates the router takes a message for a connection that the notifier holds for gone, and the
// message is half handled. (Pattern 4 is the same with copies that age.)
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct PerComponentCopy : explore::Actors<PerComponentCopy> {
  const bool repaired;
  Cell<int> version{"manager's state", 0};
  Cell<int> router_copy{"router's copy", 0};
  Cell<int> notifier_copy{"notifier's copy", 0};
  Cell<bool> changing{"the manager is between its updates", false};
  ReadsAgree reads;

  explicit PerComponentCopy(bool twin) : repaired(twin) {
    static constexpr Step kManager[] = {
        {"the state changes",
         [](PerComponentCopy& m) {
           m.version += 1;
           m.reads.became(m.version);
           m.changing = true;
         }},
        // Suspended here: await router.on_state().
        {"tells the router", [](PerComponentCopy& m) { m.router_copy = m.version; }},
        // Suspended here: await notifier.on_state().
        {"tells the notifier",
         [](PerComponentCopy& m) {
           m.notifier_copy = m.version;
           m.changing = false;
         }},
    };
    static constexpr Step kRouter[] = {
        {"router decides", [](PerComponentCopy& m) { m.decide(m.router_copy); }},
        // Suspended here: await of the handler.
        {"router decides again", [](PerComponentCopy& m) { m.decide(m.router_copy); }},
        {"router answers", [](PerComponentCopy& m) { m.decide(m.router_copy); }},
    };
    static constexpr Step kNotifier[] = {
        {"notifier decides", [](PerComponentCopy& m) { m.decide(m.notifier_copy); }},
        // Suspended here: await of the send.
        {"notifier decides again", [](PerComponentCopy& m) { m.decide(m.notifier_copy); }},
        {"notifier reports", [](PerComponentCopy& m) { m.decide(m.notifier_copy); }},
    };
    actor("manager", kManager);
    actor("router", kRouter);
    actor("notifier", kNotifier);
  }
  void decide(const Cell<int>& copy) {
    if (repaired && changing) witness("a component decides while the manager tells the others");
    // The fix: there is one state, and it is asked.
    reads.read(repaired ? version : copy);
  }
  std::string_view check() const override { return first_broken(Actors::check(), reads.broken()); }
  void state(StateWriter& out) const {
    put(out, version, router_copy, notifier_copy, changing, reads);
  }
};

}  // namespace

Row row_suite_4() {
  Row row{"suite 4", "004", "A", "components disagree during a transition",
          "one version of the state for all readers"};
  row.wrong = explore::scenario<PerComponentCopy>("suite 4 wrong", {}, false);
  row.repaired = explore::scenario<PerComponentCopy>(
      "suite 4 repaired", {"a component decides while the manager tells the others"}, true);
  row.guards = {"edge.not_ended", "table.generation"};
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
