// 2153, report 002 (Dimension 1, "Atomic read-advance position", playback_controller.py:122-137):
// safe in the report; the wrong variant is the code before that fix, where the audio thread reads
// the position and advances it later. A seek in between is overwritten.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr int kTarget = 100;  // of the seek, in chunks; far beyond what is played

struct ReadAndAdvance : explore::Actors<ReadAndAdvance> {
  const bool repaired;
  Cell<int> position{"position", 0};
  Cell<bool> sought{"seek returned", false};
  int read = 0;  // by the audio thread
  bool sought_before = false;

  explicit ReadAndAdvance(bool twin) : repaired(twin) {
    static constexpr Step kPlay[] = {
        {"reads the position", [](ReadAndAdvance& m) { m.get(); }},
        // Thread boundary.
        {"advances it", [](ReadAndAdvance& m) { m.advance(); }},
        {"reads the position of the next chunk", [](ReadAndAdvance& m) { m.get(); }},
        // Thread boundary.
        {"advances that", [](ReadAndAdvance& m) { m.advance(); }},
    };
    static constexpr Step kSeek[] = {
        {"seek", [](ReadAndAdvance& m) { m.seek(); }},
    };
    actor("audio thread", kPlay);
    actor("user thread", kSeek);
  }
  void get() {
    read = position;
    sought_before = sought;
    if (repaired) position += 1;  // the fix: read_and_advance_position(), both under the lock
    if (sought_before) require(read >= kTarget, "a chunk from before the seek, after it");
  }
  void advance() {
    if (!repaired) position = read + 1;
    else if (sought && !sought_before) witness("a seek while a chunk is being played");
  }
  void seek() {
    position = kTarget;
    sought = true;
  }
  std::string_view over() const override {
    return position.unrecorded() >= kTarget ? "" : "the seek was lost";
  }
  void state(StateWriter& out) const { put(out, position, sought, read, sought_before); }
};

}  // namespace

Row row_2153() {
  Row row{"2153", "002", "T", "a seek between reading the position and advancing it",
          "position is read and advanced in one step"};
  row.wrong = explore::scenario<ReadAndAdvance>("2153 wrong", {}, false);
  row.repaired = explore::scenario<ReadAndAdvance>("2153 repaired",
                                                   {"a seek while a chunk is being played"}, true);
  row.shipped = {"playback"};
  row.unguarded =
      "the position is computed from one timeline that the group owns; nothing is written";
  return row;
}

}  // namespace tutti::races
