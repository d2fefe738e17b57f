// 001-2, report 001, section 2: `session_tasks` and `session_cancel_events` "accessed without
// synchronization". On one event loop there is no race without a suspension between the two
// updates; with one (or with the threads of a pool) a stop finds the task without its event.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct TaskAndEvent : explore::Actors<TaskAndEvent> {
  const bool repaired;
  Cell<bool> task{"session_tasks", false};
  Cell<bool> event{"session_cancel_events", false};
  Cell<bool> starting{"the request is between its steps", false};
  Cell<bool> cancelled{"cancelled", false};

  explicit TaskAndEvent(bool twin) : repaired(twin) {
    static constexpr Step kRequest[] = {
        {"session_tasks[sid] = task",
         [](TaskAndEvent& m) {
           m.task = true;
           // The fix: both maps in one critical section.
           if (m.repaired) m.event = true;
           m.starting = true;
         }},
        // Suspended here: await of the first reply (threads: anybody else runs).
        {"session_cancel_events[sid] = Event()",
         [](TaskAndEvent& m) {
           m.event = true;
           m.starting = false;
         }},
    };
    static constexpr Step kStop[] = {
        {"/stop: if sid in session_tasks",
         [](TaskAndEvent& m) {
           if (!m.task) return m.finish();
           if (m.starting) m.witness("a stop arrives while the request starts its run");
         }},
        // Suspended here: await of the lock's next holder.
        {"session_cancel_events[sid].set()",
         [](TaskAndEvent& m) {
           m.require(m.event, "the task has no cancel event");
           m.cancelled = true;
         }},
    };
    actor("request", kRequest);
    actor("stop", kStop);
  }
  std::string_view over() const override {
    return task == event ? "" : "task and cancel maps have different keys";
  }
  void state(StateWriter& out) const { put(out, task, event, starting, cancelled); }
};

}  // namespace

Row row_001_2() {
  Row row{"001-2", "001", "A, T", "a session's task and its cancel event",
          "the maps of tasks and of cancel events have the same keys"};
  row.wrong = explore::scenario<TaskAndEvent>("001-2 wrong", {}, false);
  row.repaired = explore::scenario<TaskAndEvent>(
      "001-2 repaired", {"a stop arrives while the request starts its run"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
