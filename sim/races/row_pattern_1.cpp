// Pattern 1, report 004, "accept before send": `websocket.accept()` is asynchronous and events are
// sent as soon as it has begun: "WebSocket is not connected. Need to call accept first". True as
// reported. The sender comes late (an agent prepares its first event over many awaits) and accept
// is fast as a rule, so it takes a schedule that holds one actor back for long: a walk that draws
// each step afresh hardly ever does.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct SendBeforeAccept : explore::Actors<SendBeforeAccept> {
  static constexpr std::uint8_t kPrepares = 20;  // awaits of the agent before its first event
  static constexpr std::uint8_t kEvents = 2;
  const bool repaired;
  Cell<bool> accepted{"accept() is done", false};
  Cell<std::uint8_t> logged{"events in the log", std::uint8_t{0}};
  SentOnlyWhileOpen sends;
  ExactlyOnceInOrder events;
  std::uint8_t prepared = 0, emitted = 0;

  explicit SendBeforeAccept(bool twin) : repaired(twin) {
    static constexpr Step kAccept[] = {
        {"accept() starts: reads the request", [](SendBeforeAccept&) {}},
        // Suspended here: 50 to 150 ms in production.
        {"accept() completes: the 101 is written", [](SendBeforeAccept& m) { m.complete(); }},
    };
    static constexpr Step kAgent[] = {
        {"prepares its event",
         [](SendBeforeAccept& m) {
           if (++m.prepared < kPrepares) m.jump(0);
         }},
        // Suspended here, each time: the agent's own awaits.
        {"send_json(agent event)",
         [](SendBeforeAccept& m) {
           m.emit();
           if (m.emitted < kEvents) m.jump(1);
         }},
    };
    actor("endpoint", kAccept);
    actor("agent", kAgent);
  }
  void complete() {
    accepted = true;
    sends.opened(1);
    // The fix, second half: what waited in the log is sent in the step that opens.
    for (std::uint8_t n = 1; n <= logged; ++n) deliver(n);
  }
  void emit() {
    ++emitted;
    events.produced(0);
    // The fix: an event goes to the log; only an open connection reads it.
    if (repaired && !accepted) {
      witness("an event comes before the accept is done");
      logged = emitted;
      return;
    }
    deliver(emitted);
  }
  void deliver(std::uint8_t n) { sends.sent(1), events.delivered(0, n); }
  std::string_view check() const override {
    return first_broken(Actors::check(), sends.broken(), events.broken());
  }
  std::string_view over() const override { return events.missing(); }
  void state(StateWriter& out) const {
    put(out, accepted, logged, sends, events, prepared, emitted);
  }
};

}  // namespace

Row row_pattern_1() {
  Row row{"Pattern 1", "004", "A", "send before accept",
          "no byte before the upgrade; early events wait in the log and then arrive"};
  row.wrong = explore::scenario<SendBeforeAccept>("Pattern 1 wrong", {}, false);
  row.repaired = explore::scenario<SendBeforeAccept>(
      "Pattern 1 repaired", {"an event comes before the accept is done"}, true);
  row.guards = {"edge.send_when_live", "edge.attach_when_live", "connection.all_latches"};
  row.shipped = {"edge", "edge short of memory", "server 1x1"};
  return row;
}

}  // namespace tutti::races
