// N3, found in the system of report 001: the `finally` of each connection cancels the session's
// task. A session open in two tabs loses its answer when either of them is closed.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct TabCloses : explore::Actors<TabCloses> {
  const bool repaired;
  Cell<int> task{"session_tasks[session]", 0};  // the run's actor, 0: none
  Cell<bool> asked{"asked", false};
  Cell<bool> answered{"answer in memory", false};

  explicit TabCloses(bool twin) : repaired(twin) {
    static constexpr Step kFirst[] = {
        {"is opened", [](TabCloses&) {}},
        // Suspended here: receive.
        {"is closed; finally: cancels the task", [](TabCloses& m) { m.close(); }},
    };
    static constexpr Step kSecond[] = {
        {"asks", [](TabCloses& m) { m.ask(); }},
    };
    actor("first tab", kFirst);
    actor("second tab", kSecond);
  }
  void ask() {
    static constexpr Step kRun[] = {
        {"calls the model", [](TabCloses&) {}},
        // Suspended here: the model answers.
        {"answers", [](TabCloses& m) { m.answer(); }},
    };
    asked = true;
    task = actor("run", kRun);
  }
  void answer() {
    answered = true;
    task = 0;
  }
  void close() {
    if (task == 0) return;
    // The fix: a connection takes itself out of the audience; the run is the session's.
    if (repaired) return witness("a tab is closed while the run goes on");
    cancel(static_cast<explore::ActorId>(task.get()));
    task = 0;
  }
  std::string_view over() const override {
    return answered.unrecorded() || !asked.unrecorded() ? "" : "the run ended with a tab";
  }
  void state(StateWriter& out) const { put(out, task, asked, answered); }
};

}  // namespace

Row row_n3() {
  Row row{"N3", "beyond", "A, L", "closing any tab cancels the session's run",
          "a run does not belong to a connection"};
  row.wrong = explore::scenario<TabCloses>("N3 wrong", {}, false);
  row.repaired =
      explore::scenario<TabCloses>("N3 repaired", {"a tab is closed while the run goes on"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
