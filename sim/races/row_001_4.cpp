// 001-4, report 001, section 4: "a task could start between checking for active tasks and
// clearing". True as claimed: a run that starts there is cancelled by nobody and writes into the
// memory that was just cleared. The report takes one lock for check, cancel and clear; a generation
// of the memory, which a run remembers and a write compares, holds also for a run that no cancel
// reaches because it is in a thread with its answer already.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct ClearAndStart : explore::Actors<ClearAndStart> {
  const bool repaired;
  Cell<bool> task{"session_tasks[sid]", false};
  Cell<bool> cancelled{"cancel event", false};
  Cell<int> generation{"clears", 0};
  Cell<int> memory{"session memory", 0};  // interactions
  Cell<int> stale{"interactions of runs from before the clear", 0};
  int started_in = 0;  // the run's generation
  int seen = 0;        // by the caller of /clear

  explicit ClearAndStart(bool twin) : repaired(twin) {
    static constexpr Step kRequest[] = {
        {"has_active_task(sid)",
         [](ClearAndStart& m) {
           if (m.task) m.finish();
         }},
        // Suspended here: unlocked.
        {"session_tasks[sid] = create_task",
         [](ClearAndStart& m) {
           m.task = true;
           m.started_in = m.generation;
         }},
        // Suspended here: the model answers.
        {"memory.add_interaction", [](ClearAndStart& m) { m.write(); }},
        // Suspended here: the reply is sent.
        {"the run ends", [](ClearAndStart& m) { m.task = false; }},
    };
    static constexpr Step kClear[] = {
        {"/clear: if has_active_task: cancel",
         [](ClearAndStart& m) {
           if (m.task) m.cancelled = true;
         }},
        // Suspended here: await of the cancelled task, or of the lock.
        {"memory.clear()",
         [](ClearAndStart& m) {
           m.memory = 0;
           m.generation += 1;
         }},
        // Suspended here: save_session() writes the file.
        {"replies: cleared", [](ClearAndStart&) {}},
        {"its caller reads the memory", [](ClearAndStart& m) { m.seen = m.memory; }},
    };
    actor("request", kRequest);
    actor("clear", kClear);
  }
  void write() {
    if (cancelled) return;  // CancelledError at the await of the model
    if (repaired && started_in != generation) {
      // The fix: in the step that writes, the run's generation is compared with the memory's.
      return witness("a run of a cleared generation comes to write");
    }
    if (started_in != generation) stale += 1;
    memory += 1;
    require(stale == 0, "a run from before the clear wrote after it");
  }
  void state(StateWriter& out) const {
    put(out, task, cancelled, generation, memory, stale, started_in, seen);
  }
};

}  // namespace

Row row_001_4() {
  Row row{"001-4", "001", "A", "clear against start",
          "no run outlives the clear's generation and writes the memory"};
  row.wrong = explore::scenario<ClearAndStart>("001-4 wrong", {}, false);
  row.repaired = explore::scenario<ClearAndStart>(
      "001-4 repaired", {"a run of a cleared generation comes to write"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
