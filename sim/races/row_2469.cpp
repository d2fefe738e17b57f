// 2469, report 002 (Dimension 3, "_global_stream_semaphore", audio_stream_controller.py:60, and the
// scan slots of manager.py:245-254, scanner.py:185-189): safe in the report; the wrong variant is
// the code before: a counter that is looked at, awaited upon and then raised, released only where
// the stream ends well, and by a `finally` also for a stream that was refused.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr int kLimit = 1;

struct StreamSlots : explore::Actors<StreamSlots> {
  const bool repaired;
  Cell<int> slots{"active streams", 0};  // what the counter says
  Cell<int> streams{"streams that run", 0};
  Cell<bool> closed{"first client closed", false};

  explicit StreamSlots(bool twin) : repaired(twin) {
    static constexpr Step kStream[] = {
        {"asks for a slot", [](StreamSlots& m) { m.ask(); }},
        // Suspended here: the client is told that its stream begins.
        {"takes it and streams", [](StreamSlots& m) { m.begin(); }},
        // Suspended here: chunks are sent.
        {"ends", [](StreamSlots& m) { m.end(); }},
    };
    static constexpr Step kClose[] = {
        {"closes its socket", [](StreamSlots& m) { m.closed = true; }},
    };
    actor("first stream", kStream);
    actor("second stream", kStream);
    actor("first client", kClose);
  }
  bool gone() const { return self() == 0 && closed; }
  void ask() {
    if (slots >= kLimit) {
      if (!repaired) return release(), finish();  // `finally` around the refusal, too
      witness("a refused stream releases nothing");
      return finish();
    }
    if (repaired) slots += 1;  // the fix: looked at and taken in one step
  }
  void begin() {
    if (!repaired) slots += 1;
    streams += 1;
    require(streams <= kLimit, "more streams than the limit");
  }
  void end() {
    streams -= 1;
    if (gone() && !repaired) return;  // the error leaves before the release
    if (gone()) witness("a stream whose client is gone releases its slot");
    release();
  }
  void release() {
    slots -= 1;
    require(slots >= 0, "a slot released that nobody held");
  }
  std::string_view over() const override {
    return slots.unrecorded() == 0 ? "" : "a slot is lost for ever";
  }
  void state(StateWriter& out) const { put(out, slots, streams, closed); }
};

}  // namespace

Row row_2469() {
  Row row{"2469", "002", "A", "stream slots: over the limit, never given back, given back twice",
          "at most the limit; a slot is released on every exit and never below zero"};
  row.wrong = explore::scenario<StreamSlots>("2469 wrong", {}, false);
  row.repaired = explore::scenario<StreamSlots>(
      "2469 repaired",
      {"a refused stream releases nothing", "a stream whose client is gone releases its slot"},
      true);
  row.shipped = {"streams", "scan"};
  row.guards = {"streams.slot", "scan.slot"};
  return row;
}

}  // namespace tutti::races
