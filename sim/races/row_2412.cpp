// 2412, report 002 (Dimension 1, "Snapshot callbacks before iteration",
// gapless_playback_engine.py:62-63): safe in the report; the wrong variant is the code before that
// fix. The worker walks the live list by index, and a callback that is removed on the way moves the
// next one into a place that was already passed.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

// Ids of callbacks, 0 where the list ends.
using Callbacks = std::array<std::uint8_t, 3>;

struct SnapshotOfCallbacks : explore::Actors<SnapshotOfCallbacks> {
  const bool repaired;
  Cell<Callbacks> callbacks{"_prebuffer_callbacks", Callbacks{1, 2}};
  Callbacks snapshot{};  // at the start of the worker's notification
  std::uint8_t called = 0;

  explicit SnapshotOfCallbacks(bool twin) : repaired(twin) {
    static constexpr Step kNotify[] = {
        {"prebuffered, begins to notify", [](SnapshotOfCallbacks& m) { m.begin(); }},
        // Thread boundary: the first callback runs, outside the lock.
        {"calls the next", [](SnapshotOfCallbacks& m) { m.call(1); }},
        // Thread boundary.
        {"calls the next, if any", [](SnapshotOfCallbacks& m) { m.call(2); }},
    };
    static constexpr Step kEdit[] = {
        {"remove_prebuffer_callback", [](SnapshotOfCallbacks& m) { m.callbacks = {2, 0, 0}; }},
        {"add_prebuffer_callback", [](SnapshotOfCallbacks& m) { m.callbacks = {2, 3, 0}; }},
    };
    actor("prebuffer worker", kNotify);
    actor("listener", kEdit);
  }
  void begin() {
    snapshot = callbacks;
    called = snapshot[0];
  }
  void call(std::size_t index) {
    // The fix: `callbacks = list(self._prebuffer_callbacks)` under the lock, walked outside of it.
    called = repaired ? snapshot[index] : callbacks.get()[index];
    if (repaired && callbacks.get() != snapshot) witness("the list changes while it is walked");
    require(called == snapshot[index], "the callbacks called are not those at the start");
  }
  void state(StateWriter& out) const { put(out, callbacks, snapshot, called); }
};

}  // namespace

Row row_2412() {
  Row row{"2412", "002", "D, T", "callbacks walked while the list changes",
          "callbacks are called from a snapshot"};
  row.wrong = explore::scenario<SnapshotOfCallbacks>("2412 wrong", {}, false);
  row.repaired = explore::scenario<SnapshotOfCallbacks>(
      "2412 repaired", {"the list changes while it is walked"}, true);
  // Machines call nobody back: events go to queues, whose receivers are named by handles.
  row.guards = {"table.generation", "edge.not_ended"};
  row.shipped = {"edge"};
  return row;
}

}  // namespace tutti::races
