// 001-4, report 001, section 4: "a task could start between checking for active tasks and
// clearing". True as claimed. The report's fix cancels the task under the lock, which is half of
// it: a cancelled run may still be in a thread with an answer to write. What holds in every order
// is a generation of the memory that a run remembers and that a write compares.
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
        {"its caller reads the memory",
         [](ClearAndStart& m) {
           m.require(m.stale == 0, "a cleared session has content from before");
         }},
    };
    actor("request", kRequest);
    actor("clear", kClear);
  }
  void write() {
    if (started_in != generation) {
      // The fix: in the step that writes, the run's generation is compared with the memory's.
      if (repaired) return witness("a run of a cleared generation comes to write");
      stale += 1;
      require(false, "a run from before the clear wrote after it");
    }
    if (!cancelled) memory += 1;
  }
  void state(StateWriter& out) const {
    put(out, task, cancelled, generation, memory, stale, started_in);
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
