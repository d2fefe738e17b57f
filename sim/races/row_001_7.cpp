// 001-7, report 001, section 7: `clear_session()` calls `get_or_create_session()` while it holds
// the lock that the other takes. No interleaving: one thread alone waits for itself. The report's
// repair is a lock that its holder may take again, and so it is here; thread annotations refuse
// the wrong variant when it is compiled.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct NestedLock : explore::Actors<NestedLock> {
  const bool repaired;
  Cell<int> holder{"holder of the lock", 0};
  Cell<int> depth{"times it is held", 0};

  explicit NestedLock(bool twin) : repaired(twin) {
    static constexpr auto kFree = [](const NestedLock& m) { return m.may_take(); };
    static constexpr Step kClear[] = {
        {"clear_session: with self._lock", [](NestedLock& m) { m.take(); }, kFree},
        {"get_or_create_session: with self._lock",
         [](NestedLock& m) {
           m.witness("the lock is taken again by its holder");
           m.take();
           m.give(), m.give();  // both `with` blocks end
         },
         kFree},
    };
    actor("clear", kClear);
  }
  bool may_take() const {
    // The fix: RLock instead of Lock.
    return holder == 0 || (repaired && holder == self() + 1);
  }
  void take() { holder = self() + 1, depth += 1; }
  void give() {
    depth -= 1;
    if (depth == 0) holder = 0;
  }
  std::string_view over() const override {
    if (!finished(0)) return "a thread waits for itself";
    return holder == 0 ? "" : "the lock is never given back";
  }
  void state(StateWriter& out) const { put(out, holder, depth); }
};

}  // namespace

Row row_001_7() {
  Row row{"001-7", "001", "L", "a lock taken twice by one thread", "there is progress"};
  row.wrong = explore::scenario<NestedLock>("001-7 wrong", {}, false);
  row.repaired = explore::scenario<NestedLock>("001-7 repaired",
                                               {"the lock is taken again by its holder"}, true);
  row.any_order_fails = "one thread alone waits for itself: there is only one order";
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
