// 001-2, report 001, section 2: `session_tasks` and `session_cancel_events` "accessed without
// synchronization". On one event loop there is no race without a suspension between the two
// updates; with one (or with the threads of a pool) a stop finds the task without its event. The
// two maps are one object to their callers, so the calls must look as if each had happened at once.
#include "sim/explore/linearizable.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

enum class Answer : std::uint8_t { started, nothing_runs, cancelled, key_error };

struct SessionOp {
  bool stop = false;
  std::optional<Answer> result = std::nullopt;
  std::string text() const { return stop ? "stop" : "request"; }
};
// The session as one object: there is a run or there is none.
struct SessionSpec {
  bool runs = false;
  bool apply(const SessionOp& op) {
    Answer answer = runs ? Answer::cancelled : Answer::nothing_runs;
    if (!op.stop) runs = true, answer = Answer::started;
    return !op.result || *op.result == answer;
  }
  friend bool operator==(const SessionSpec&, const SessionSpec&) = default;
};

struct TaskAndEvent : explore::Actors<TaskAndEvent> {
  const bool repaired;
  Cell<bool> task{"session_tasks", false};
  Cell<bool> event{"session_cancel_events", false};
  Cell<bool> starting{"the request is between its steps", false};
  explore::Observer calls{"calls"};  // their order in time is what the history is about
  explore::History<SessionOp> history;
  std::size_t call[2] = {};

  explicit TaskAndEvent(bool twin) : repaired(twin) {
    static constexpr Step kRequest[] = {
        {"session_tasks[sid] = task",
         [](TaskAndEvent& m) {
           m.invoke({.stop = false});
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
           m.answer(Answer::started);
         }},
    };
    static constexpr Step kStop[] = {
        {"/stop: if sid in session_tasks",
         [](TaskAndEvent& m) {
           m.invoke({.stop = true});
           if (!m.task) return m.answer(Answer::nothing_runs);
           if (m.starting) m.witness("a stop arrives while the request starts its run");
         }},
        // Suspended here: await of the lock's next holder.
        {"session_cancel_events[sid].set()",
         [](TaskAndEvent& m) { m.answer(m.event ? Answer::cancelled : Answer::key_error); }},
    };
    actor("request", kRequest);
    actor("stop", kStop);
  }
  void invoke(SessionOp op) {
    calls.touch();
    call[self()] = history.invoke(std::string(actor_name(self())), op);
  }
  void answer(Answer given) {
    calls.touch();
    history.returned(call[self()], given);
    finish();
  }
  std::string_view over() const override {
    if (task != event) return "task and cancel maps have different keys";
    return explore::linearizable(history, SessionSpec{})
               ? ""
               : "no order of whole calls gives these answers";
  }
  void state(StateWriter& out) const {
    put(out, task, event, starting, call);
    for (const auto& each : history.calls())
      put(out, each.op.stop, each.op.result, each.invoked, each.returned);
  }
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
