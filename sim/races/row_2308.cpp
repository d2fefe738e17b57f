// 2308, report 002 (Deduplication, playback_controller.py:42, 46): "add_callback not thread-safe".
// Claimed: a torn list. Appending is atomic in that language; the true hazard is that _notify walks
// the live list, so a callback added on the way is told of a change that it has already seen.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

// How many callbacks there are; the first one is there from the start.
struct Callbacks : explore::Actors<Callbacks> {
  const bool repaired;
  Cell<std::uint8_t> callbacks{"callbacks", 1};
  std::uint8_t at_start = 0;  // of the notification

  explicit Callbacks(bool twin) : repaired(twin) {
    static constexpr Step kNotify[] = {
        {"play: the state changes, _notify begins", [](Callbacks& m) { m.at_start = m.callbacks; }},
        // Thread boundary: a callback runs.
        {"calls the first", [](Callbacks&) {}},
        // Thread boundary: `for callback in self.callbacks` asks for the next.
        {"calls what follows", [](Callbacks& m) { m.next(); }},
    };
    static constexpr Step kAdd[] = {
        {"opens a display", [](Callbacks&) {}},
        {"add_callback", [](Callbacks& m) { m.callbacks += 1; }},
    };
    actor("player", kNotify);
    actor("listener", kAdd);
  }
  void next() {
    // The fix: a copy taken under the lock is walked.
    std::uint8_t all = repaired ? at_start : callbacks.get();
    if (repaired && callbacks != at_start) witness("a callback is added during the notification");
    require(all == at_start, "a callback was called that was added after the start");
  }
  void state(StateWriter& out) const { put(out, callbacks, at_start); }
};

}  // namespace

Row row_2308() {
  Row row{"2308", "002", "D, T", "a callback added while others are called",
          "the set called is the set at the start"};
  row.wrong = explore::scenario<Callbacks>("2308 wrong", {}, false);
  row.repaired = explore::scenario<Callbacks>(
      "2308 repaired", {"a callback is added during the notification"}, true);
  row.shipped = {"playback"};
  row.unguarded =
      "listeners are no callbacks: changes are frames of a feed, read from where one attached";
  return row;
}

}  // namespace tutti::races
