// N1, found in the system of report 001 (Fixed 3 and 4, api_server.py): the "atomic check-and-
// create" that the report calls fixed releases its lock after the check, awaits a message to the
// client, and creates the task then. Stop and clear that run in between find nothing to cancel.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr int kReserved = 100;  // and the request's number

struct CheckAndCreate : explore::Actors<CheckAndCreate> {
  const bool repaired;
  Cell<int> task{"session_tasks[session]", 0};  // the run's actor, or a reservation; 0: none
  Cell<int> generation{"stops and clears", 0};
  Cell<int> alive{"runs alive", 0};
  std::array<int, 2> admitted{};  // the generation in which each request was let in
  std::array<int, 8> born{};      // and that of its run, by actor

  explicit CheckAndCreate(bool twin) : repaired(twin) {
    static constexpr Step kRequest[] = {
        {"under the lock: no task is active", [](CheckAndCreate& m) { m.look(); }},
        // The lock is released; suspended here: the client is told.
        {"creates the task", [](CheckAndCreate& m) { m.create(); }},
    };
    static constexpr Step kStop[] = {
        {"/stop cancels the task", [](CheckAndCreate& m) { m.cancel_task(); }},
    };
    static constexpr Step kClear[] = {
        {"/clear cancels the task, empties memory", [](CheckAndCreate& m) { m.cancel_task(); }},
    };
    actor("first request", kRequest);
    actor("second request", kRequest);
    actor("stop", kStop);
    actor("clear", kClear);
  }
  void look() {
    if (task != 0) return finish();  // "a task is running"
    admitted[self()] = generation;
    if (repaired) task = reservation();  // the fix: checked and taken in one step
  }
  void create() {
    if (repaired && task != reservation()) {
      witness("stopped between its check and its run");
      return finish();
    }
    static constexpr Step kRun[] = {
        {"writes its answer to memory", [](CheckAndCreate& m) { m.write(); }},
        // Suspended here: the model goes on.
        {"finally: leaves session_tasks", [](CheckAndCreate& m) { m.leave(); }},
    };
    explore::ActorId run = actor(self() == 0 ? "first run" : "second run", kRun);
    born[run] = admitted[self()];
    task = run;
    alive += 1;
    require(alive <= 1, "two runs in one session");
    require(admitted[self()] == generation, "a run that begins after its stop");
  }
  int reservation() const { return kReserved + self(); }
  void write() { require(born[self()] == generation, "a cleared session has content"); }
  void leave() {
    alive -= 1;
    if (task == self()) task = 0;
  }
  void cancel_task() {
    generation += 1;
    if (task == 0) return;
    if (task < kReserved) {
      cancel(static_cast<explore::ActorId>(task.get()));
      alive -= 1;
    }
    task = 0;
  }
  void state(StateWriter& out) const { put(out, task, generation, alive, admitted, born); }
};

}  // namespace

Row row_n1() {
  Row row{"N1", "beyond", "A, T", "the lock is released between check and create",
          "one run per session; stop is fenced; clear is a barrier"};
  row.wrong = explore::scenario<CheckAndCreate>("N1 wrong", {}, false);
  row.repaired = explore::scenario<CheckAndCreate>("N1 repaired",
                                                   {"stopped between its check and its run"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
