// N8, found in the system of report 004: the handler of "ready" calls the coroutine that flushes
// the buffer and does not await it, so it is created and never run. What was said before ready
// stays in the buffer, and what is said afterwards goes another way.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr std::uint8_t kEvents = 2;

struct FlushOnReady : explore::Actors<FlushOnReady> {
  const bool repaired;
  Cell<bool> ready{"ready", false};
  Cell<std::uint8_t> log{"log", 0};              // events said so far, numbered from 1
  Cell<std::uint8_t> delivered{"delivered", 0};  // up to this one

  explicit FlushOnReady(bool twin) : repaired(twin) {
    static constexpr Step kSocket[] = {
        {"is accepted", [](FlushOnReady&) {}},
        // Suspended here: the client's hello.
        {"ready: _flush_buffer() is called", [](FlushOnReady& m) { m.become_ready(); }},
    };
    static constexpr Step kProduce[] = {
        {"sends event 1", [](FlushOnReady& m) { m.send(); }},
        // Suspended here: the run goes on.
        {"sends event 2", [](FlushOnReady& m) { m.send(); }},
    };
    actor("socket", kSocket);
    actor("producer", kProduce);
  }
  void become_ready() {
    ready = true;
    if (repaired && log != 0) witness("events wait for ready");
    if (repaired) pump();  // else: the flush is an object that nobody runs
  }
  void send() {
    log += 1;
    if (repaired) return pump();
    if (ready) deliver(log);  // straight to the socket, past the buffer
  }
  // The fix: one code path, whoever calls it: from the cursor to the end of the log.
  void pump() {
    while (ready && delivered < log) deliver(static_cast<std::uint8_t>(delivered + 1));
  }
  void deliver(std::uint8_t event) {
    require(event == delivered + 1, "an event overtakes those in the buffer");
    delivered = event;
  }
  std::string_view over() const override {
    return delivered.unrecorded() == kEvents ? "" : "events left in the buffer";
  }
  void state(StateWriter& out) const { put(out, ready, log, delivered); }
};

}  // namespace

Row row_n8() {
  Row row{"N8", "beyond", "A", "the flush on ready is never run",
          "flush is delivery: one code path"};
  row.wrong = explore::scenario<FlushOnReady>("N8 wrong", {}, false);
  row.repaired = explore::scenario<FlushOnReady>("N8 repaired", {"events wait for ready"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
