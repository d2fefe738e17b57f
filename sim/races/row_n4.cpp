// N4, found in the system of report 001: `/index` stores its job in the session's task slot without
// looking, where chat requests do look. The first job is then named by nothing: stop cancels the
// second and reports that all is quiet.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct IndexTwice : explore::Actors<IndexTwice> {
  const bool repaired;
  Cell<int> task{"session_tasks[session]", 0};  // the job's actor, 0: none
  Cell<int> alive{"jobs alive", 0};

  explicit IndexTwice(bool twin) : repaired(twin) {
    static constexpr Step kIndex[] = {
        {"/index starts a job", [](IndexTwice& m) { m.index(); }},
    };
    static constexpr Step kStop[] = {
        {"/stop cancels the job", [](IndexTwice& m) { m.stop(); }},
    };
    actor("first command", kIndex);
    actor("second command", kIndex);
    actor("stop", kStop);
  }
  void index() {
    // The fix: the slot has one owner until it is given back.
    if (repaired && task != 0) return witness("the second command finds the slot taken");
    static constexpr Step kJob[] = {
        {"reads the folder", [](IndexTwice&) {}},
        // Suspended here, file by file.
        {"is done", [](IndexTwice& m) { m.done(); }},
    };
    task = actor(self() == 0 ? "first job" : "second job", kJob);
    alive += 1;
  }
  void done() {
    alive -= 1;
    if (task == self()) task = 0;
  }
  void stop() {
    if (task != 0) {
      cancel(static_cast<explore::ActorId>(task.get()));
      task = 0;
      alive -= 1;
    }
    require(alive == 0, "stopped, and a job runs on");
  }
  void state(StateWriter& out) const { put(out, task, alive); }
};

}  // namespace

Row row_n4() {
  Row row{"N4", "beyond", "L", "a second job takes the run's slot",
          "one slot, one owner; stop reaches every job"};
  row.wrong = explore::scenario<IndexTwice>("N4 wrong", {}, false);
  row.repaired = explore::scenario<IndexTwice>("N4 repaired",
                                               {"the second command finds the slot taken"}, true);
  row.any_order_fails = "two commands and a stop, one after the other, while the first job runs";
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
