// RC-10, report 000: "stale event reference after disconnect and reconnect", server.py:186-253.
// True as claimed: `_connection_tasks` and `_retry_events` are keyed by URL. A cancelled task's
// `finally` runs after a reconnect has put its own entries there, and erases those; so does the end
// of `disconnect_from_client` after its await. Then a signal for the new task finds no event, and
// a third connect finds no task and dials beside it.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct StaleEvent : explore::Actors<StaleEvent> {
  const bool repaired;
  Cell<int> task{"_connection_tasks[url]", 1};  // the generation it names, 0: none
  Cell<int> event{"_retry_events[url]", 1};
  Cell<unsigned> signalled{"signalled", 0};  // by generation, one bit each
  Cell<unsigned> ended{"ended", 0};
  Cell<unsigned> wanted{"retry asked for", 0};
  Cell<unsigned> woken{"woken", 0};
  Cell<int> generations{"generations", 1};
  OneLivePerKey dials;
  std::array<int, 8> own{};   // generation of each loop, by actor
  std::array<int, 8> held{};  // the event it waits for
  int popped = 0;             // by the disconnect

  static constexpr unsigned bit(int generation) { return 1U << generation; }

  explicit StaleEvent(bool twin) : repaired(twin) {
    dials.began(0);
    own[0] = 1;
    static constexpr Step kDisconnect[] = {
        {"disconnect_from_client: pops the task, cancels it",
         [](StaleEvent& m) {
           m.popped = m.task;
           if (m.popped == 0) return m.finish();
           m.task = 0;
           m.end(m.popped);
         }},
        // Suspended here: await of other cleanup, before the task's `finally` need have run.
        {"pops the event of the URL", [](StaleEvent& m) { m.erase(m.event, m.popped); }},
    };
    static constexpr Step kReconnect[] = {
        {"connect_to_client(url)", [](StaleEvent& m) { m.connect(); }},
        // Suspended here: its caller does something else.
        {"connect_to_client(url) again: retry now", [](StaleEvent& m) { m.connect(); }},
    };
    actor("connection 1", loop());
    actor("disconnect", kDisconnect);
    actor("reconnect", kReconnect);
  }
  static const Step (&loop())[4] {
    static constexpr Step kLoop[] = {
        {"retry_event = _retry_events[url], dials",
         [](StaleEvent& m) {
           // The fix: the event is the task's own, given at its start; the table only names it.
           m.held[m.self()] = m.repaired ? m.own[m.self()] : m.event.get();
         }},
        // Suspended here: the dial failed; await wait_for(retry_event.wait(), backoff).
        {"woken",
         [](StaleEvent& m) {
           m.woken.edit() |= bit(m.own[m.self()]);
           if (m.is_over()) m.jump(3);
         },
         [](const StaleEvent& m) {
           return (m.signalled & bit(m.held[m.self()])) != 0 || m.is_over();
         }},
        // Suspended here: the second dial, which ends after a while.
        {"its connection ends", [](StaleEvent& m) { m.end(m.own[m.self()]); }},
        // Suspended here: await of the closing socket.
        {"finally: pops task and event of the URL",
         [](StaleEvent& m) {
           m.erase(m.task, m.own[m.self()]);
           m.erase(m.event, m.own[m.self()]);
         }},
    };
    return kLoop;
  }
  bool is_over() const { return (ended & bit(own[self()])) != 0; }
  // Cancelled, or at its own end: whichever comes first.
  void end(int generation) {
    if ((ended & bit(generation)) != 0) return;
    ended.edit() |= bit(generation);
    dials.ended(0);
  }
  void erase(Cell<int>& entry, int mine) {
    // The fix: erase only the entry of one's own generation.
    if (repaired && entry != mine) {
      if (entry != 0) witness("an old cleanup finds the new entry");
      return;
    }
    entry = 0;
  }
  void connect() {
    if (task != 0 && (ended & bit(task)) == 0) {
      wanted.edit() |= bit(task);
      if (event != 0) signalled.edit() |= bit(event);
      return;
    }
    generations += 1;
    task = event = generations;
    dials.began(0);
    own[actor("new connection", loop())] = generations;
  }
  std::string_view check() const override { return first_broken(Actors::check(), dials.broken()); }
  std::string_view over() const override {
    return (wanted & ~(woken | ended)) == 0 ? "" : "a signal woke nobody: the retry is late";
  }
  void state(StateWriter& out) const {
    put(out, task, event, signalled, ended, wanted, woken, generations, dials, own, held, popped);
  }
};

}  // namespace

Row row_rc_10() {
  Row row{"RC-10", "000", "A, R", "stale event after a reconnect",
          "a signal for generation g wakes g, so the retry is in its time"};
  row.wrong = explore::scenario<StaleEvent>("RC-10 wrong", {}, false);
  row.repaired =
      explore::scenario<StaleEvent>("RC-10 repaired", {"an old cleanup finds the new entry"}, true);
  row.guards = {"dialer.one_dial"};
  row.shipped = {"dialer"};
  return row;
}

}  // namespace tutti::races
