// 001-3, report 001, section 3: "between checking has_active_task() and creating a new task another
// request could create a task". True as claimed, also after the lock was added per call: each call
// takes and gives back the lock, and two calls are not one.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct CheckThenCreate : explore::Actors<CheckThenCreate> {
  const bool repaired;
  Cell<int> task{"session_tasks[sid]", 0};  // of which request, 0: none
  OneLivePerKey runs;

  explicit CheckThenCreate(bool twin) : repaired(twin) {
    static constexpr Step kRequest[] = {
        {"async with lock: has_active_task(sid)",
         [](CheckThenCreate& m) {
           if (m.task != 0) return m.refuse();
           // The fix: created in the critical section that looked.
           if (m.repaired) m.create();
         }},
        // Unlocked here, and suspended until the lock is had again.
        {"async with lock: session_tasks[sid] = create_task",
         [](CheckThenCreate& m) {
           if (!m.repaired) m.create();
         }},
        // Suspended here: the run works.
        {"the run ends",
         [](CheckThenCreate& m) {
           m.runs.ended(0);
           if (m.task == m.self() + 1) m.task = 0;
         }},
    };
    actor("first request", kRequest);
    actor("second request", kRequest);
  }
  void create() { task = self() + 1, runs.began(0); }
  void refuse() { witness("the second request finds the first one's run"), finish(); }
  std::string_view check() const override { return first_broken(Actors::check(), runs.broken()); }
  void state(StateWriter& out) const { put(out, task, runs); }
};

}  // namespace

Row row_001_3() {
  Row row{"001-3", "001", "A", "a task is looked for, then created",
          "at most one run of a session"};
  row.wrong = explore::scenario<CheckThenCreate>("001-3 wrong", {}, false);
  row.repaired = explore::scenario<CheckThenCreate>(
      "001-3 repaired", {"the second request finds the first one's run"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
