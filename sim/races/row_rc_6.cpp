// RC-6, report 000: "time filter concurrent read and write without locks", time_sync.py:63-195 and
// client.py:505, 589. Claimed for one event loop, where `update` has no await and nothing can be
// torn. True hazard: the audio thread asks for play times while the loop's thread updates. Each
// step is what one thread does before the other can run: one field.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct FilterTorn : explore::Actors<FilterTorn> {
  // Server time = client time + offset + drift x (client time - at), in ticks.
  struct Filter {
    int offset = 0, drift = 0, at = 0;
    void state(StateWriter& out) const { put(out, offset, drift, at); }
  };
  static constexpr Filter kBefore{0, 0, 0}, kAfter{2, 1, 100};
  static constexpr int kNow = 101, kPlayedBefore = 100, kSlewMax = 5;

  const bool repaired;
  Cell<int> offset{"_offset", kBefore.offset};
  Cell<int> drift{"_drift", kBefore.drift};
  Cell<int> at{"_last_update", kBefore.at};
  Cell<Filter> published{"snapshot", kBefore};  // of the twin: replaced as a whole
  Filter next, seen;                            // of the writer, of the reader

  explicit FilterTorn(bool twin) : repaired(twin) {
    static constexpr Step kUpdate[] = {
        {"update(): computes offset and drift", [](FilterTorn& m) { m.next = kAfter; }},
        {"writes _offset",
         [](FilterTorn& m) {
           if (!m.repaired) m.offset = m.next.offset;
         }},
        {"writes _drift",
         [](FilterTorn& m) {
           if (!m.repaired) m.drift = m.next.drift;
         }},
        {"writes _last_update",
         [](FilterTorn& m) {
           // The fix: one exchange of the whole.
           if (m.repaired) m.published = m.next;
           else m.at = m.next.at;
         }},
    };
    static constexpr Step kPlay[] = {
        {"compute_play_time: reads _offset",
         [](FilterTorn& m) {
           if (m.repaired) m.seen = m.published;  // the fix: one load
           else m.seen.offset = m.offset;
         }},
        {"reads _drift",
         [](FilterTorn& m) {
           if (!m.repaired) m.seen.drift = m.drift;
         }},
        {"reads _last_update",
         [](FilterTorn& m) {
           if (!m.repaired) m.seen.at = m.at;
         }},
        {"schedules the chunk", [](FilterTorn& m) { m.schedule(); }},
    };
    actor("loop thread", kUpdate);
    actor("audio thread", kPlay);
  }
  void schedule() {
    if (repaired && seen.at != published.get().at)
      witness("an update came while a play time was computed");
    bool one = (seen.at == kAfter.at) == (seen.offset == kAfter.offset) &&
               (seen.at == kAfter.at) == (seen.drift == kAfter.drift);
    int time = kNow + seen.offset + seen.drift * (kNow - seen.at);
    require(time > kPlayedBefore, "play time went back");
    require(time <= kPlayedBefore + (kNow - kPlayedBefore) + kSlewMax,
            "play time jumped beyond the slew limit");
    require(one, "offset and drift are of two updates");
  }
  void state(StateWriter& out) const { put(out, offset, drift, at, published, next, seen); }
};

}  // namespace

Row row_rc_6() {
  Row row{"RC-6", "000", "D", "clock filter read while it is written",
          "offset and drift come from one update; play time is monotone within the slew limit"};
  row.wrong = explore::scenario<FilterTorn>("RC-6 wrong", {}, false);
  row.repaired = explore::scenario<FilterTorn>(
      "RC-6 repaired", {"an update came while a play time was computed"}, true);
  row.guards = {"snapshot_cell.whole", "clock_reader.forward"};
  row.shipped = {"clock"};
  return row;
}

}  // namespace tutti::races
