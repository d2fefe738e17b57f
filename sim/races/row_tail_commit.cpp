// Tail commit, report 002 (Dimension 2, "Transactional tail state commit",
// simple_mastering.py:244-248): safe in the report; the wrong variant is the code before, which
// replaces prev_tail before the chunk is written. When the write fails and is tried again, the
// chunk is crossfaded with its own tail.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct TailCommit : explore::Actors<TailCommit> {
  const bool repaired;
  Cell<bool> full{"disk full", false};
  int chunk = 1;      // the one that is written next; chunk 0 is written
  int prev_tail = 0;  // the chunk that left it

  explicit TailCommit(bool twin) : repaired(twin) {
    static constexpr Step kMaster[] = {
        {"crossfades with prev_tail", [](TailCommit& m) { m.crossfade(); }},
        // The write may fail: what the disk does meanwhile is somebody else's step.
        {"writes the chunk", [](TailCommit& m) { m.write(); }},
    };
    static constexpr Step kDisk[] = {
        {"is full for one write", [](TailCommit& m) { m.full = true; }},
    };
    actor("mastering", kMaster);
    actor("disk", kDisk);
  }
  void crossfade() {
    require(prev_tail == chunk - 1, "a joint with the chunk's own tail");
    if (!repaired) prev_tail = chunk;
  }
  void write() {
    if (full) {
      if (repaired) witness("a write fails and is tried again");
      full = false;
      return jump(0);
    }
    prev_tail = chunk;  // the fix: new_tail is committed here, after the write
    chunk += 1;
    if (chunk <= 2) jump(0);
  }
  void state(StateWriter& out) const { put(out, full, chunk, prev_tail); }
};

}  // namespace

Row row_tail_commit() {
  Row row{"tail commit", "002", "L", "state of a joint replaced before the write",
          "state of a joint is committed only after the write succeeded"};
  row.wrong = explore::scenario<TailCommit>("tail commit wrong", {}, false);
  row.repaired = explore::scenario<TailCommit>("tail commit repaired",
                                               {"a write fails and is tried again"}, true);
  row.waits = "mastering";
  return row;
}

}  // namespace tutti::races
