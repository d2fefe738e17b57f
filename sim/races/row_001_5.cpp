// 001-5, report 001, section 5: "task cleanup in finally blocks could race with other operations".
// The report locks the cleanup, which does not help: between the end of the old task and its
// cleanup a new task takes the key, and the old cleanup, lock or not, erases by key.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct CleanupPopsNew : explore::Actors<CleanupPopsNew> {
  static constexpr int kOld = 1, kNew = 2;
  const bool repaired;
  Cell<int> task{"session_tasks[sid]", kOld};
  Cell<bool> done{"old task is done", false};

  explicit CleanupPopsNew(bool twin) : repaired(twin) {
    static constexpr Step kOldRun[] = {
        {"the run works", [](CleanupPopsNew&) {}},
        {"its task is done", [](CleanupPopsNew& m) { m.done = true; }},
        // Suspended here: await of the final message, or of the lock.
        {"finally: session_tasks.pop(sid)", [](CleanupPopsNew& m) { m.pop(); }},
    };
    static constexpr Step kNewRequest[] = {
        {"has_active_task: no task, or task.done()",
         [](CleanupPopsNew& m) {
           if (m.task != 0 && !m.done) m.finish();
         }},
        // Suspended here: await of the lock.
        {"session_tasks[sid] = new task", [](CleanupPopsNew& m) { m.task = kNew; }},
        // Suspended here: the new run works.
        {"/stop looks for the new run",
         [](CleanupPopsNew& m) {
           m.require(m.task == kNew, "a stop does not find the run that is live");
         }},
    };
    actor("finishing run", kOldRun);
    actor("new request", kNewRequest);
  }
  void pop() {
    // The fix: erase only the entry of one's own generation.
    if (repaired && task != kOld) return witness("the finishing run finds the new run's entry");
    task = 0;
  }
  void state(StateWriter& out) const { put(out, task, done); }
};

}  // namespace

Row row_001_5() {
  Row row{"001-5", "001", "A", "a finishing task's cleanup pops the new task",
          "cleanup removes only its own generation"};
  row.wrong = explore::scenario<CleanupPopsNew>("001-5 wrong", {}, false);
  row.repaired = explore::scenario<CleanupPopsNew>(
      "001-5 repaired", {"the finishing run finds the new run's entry"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
