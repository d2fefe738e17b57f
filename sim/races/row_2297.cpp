// 2297, report 002 (Deduplication, gapless_playback_engine.py): "start_prebuffering() TOCTOU race,
// duplicate threads". True as claimed: two threads both find no worker alive and both start one.
// The handle names the later; stop() joins that and the other goes on into a closed engine.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct Prebuffering : explore::Actors<Prebuffering> {
  const bool repaired;
  Cell<std::uint8_t> thread{"_prebuffer_thread", 0};  // the worker's actor, 0: none
  Cell<std::uint8_t> alive{"workers alive", 0};
  Cell<bool> stopping{"stop event", false};

  explicit Prebuffering(bool twin) : repaired(twin) {
    static constexpr Step kStart[] = {
        {"start_prebuffering: is a worker alive?", [](Prebuffering& m) { m.look(); }},
        // Thread boundary.
        {"starts a worker", [](Prebuffering& m) { m.start(); }},
    };
    static constexpr Step kStop[] = {
        {"stop() tells the worker", [](Prebuffering& m) { m.stopping = true; },
         [](const Prebuffering& m) { return m.finished(0) && m.finished(1); }},
        {"has joined the worker it knows", [](Prebuffering& m) { m.joined(); },
         [](const Prebuffering& m) { return m.finished(m.thread); }},
    };
    actor("user thread", kStart);
    actor("auto-advance thread", kStart);
    actor("stop", kStop);
  }
  void look() {
    if (thread != 0) {
      if (repaired && !finished(1 - self())) witness("the other call finds the worker");
      return finish();
    }
    if (repaired) spawn();  // the fix: under update_lock, the check and the start are one step
  }
  void start() {
    if (!repaired) spawn();
  }
  void spawn() {
    static constexpr Step kWork[] = {
        {"decodes the next track until it is told to stop", [](Prebuffering& m) { m.alive -= 1; },
         [](const Prebuffering& m) { return m.stopping.get(); }},
    };
    thread = static_cast<std::uint8_t>(
        actor(self() == 0 ? "worker of the user" : "worker of auto-advance", kWork));
    alive += 1;
    require(alive <= 1, "two prebuffer workers");
  }
  void joined() { require(alive == 0, "stop() returned, and a worker lives"); }
  void state(StateWriter& out) const { put(out, thread, alive, stopping); }
};

}  // namespace

Row row_2297() {
  Row row{"2297", "002", "T", "two prebuffer workers", "at most one worker; stop joins it"};
  row.wrong = explore::scenario<Prebuffering>("2297 wrong", {}, false);
  row.repaired =
      explore::scenario<Prebuffering>("2297 repaired", {"the other call finds the worker"}, true);
  row.shipped = {"playback"};
  row.guards = {"group.prefetch", "group.follow"};
  return row;
}

}  // namespace tutti::races
