// CC-01, report 002 (Dimension 1, audio_file_manager.py:41-42, 93-94, 180-181): "reference_data and
// reference_file written without lock". True as claimed: two threads and two fields. It is the pair
// that tears, so making each field atomic changes nothing.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct ReferencePair : explore::Actors<ReferencePair> {
  const bool repaired;
  // Each names the load it came from.
  Cell<int> reference_data{"reference_data", 1};
  Cell<int> reference_file{"reference_file", 1};
  Cell<bool> decoding{"decoding", false};
  int data_read = 0;  // by the player

  explicit ReferencePair(bool twin) : repaired(twin) {
    static constexpr Step kLoad[] = {
        {"load_reference decodes the file", [](ReferencePair& m) { m.decoding = true; }},
        // Input and output end; from here on each assignment is seen by the other thread.
        {"sets reference_data", [](ReferencePair& m) { m.set_data(); }},
        {"sets reference_file", [](ReferencePair& m) { m.set_file(); }},
    };
    static constexpr Step kMatch[] = {
        {"reads reference_data", [](ReferencePair& m) { m.read_data(); }},
        // Thread boundary: nothing holds the loader back between the two reads.
        {"reads reference_file", [](ReferencePair& m) { m.read_file(); }},
    };
    actor("loader", kLoad);
    actor("player", kMatch);
  }
  void set_data() {
    reference_data = 2;
    // The fix: both under _audio_lock, which the player takes, too.
    if (repaired) reference_file = 2, decoding = false;
  }
  void set_file() {
    if (!repaired) reference_file = 2, decoding = false;
  }
  void read_data() {
    data_read = reference_data;
    if (!repaired) return;
    if (decoding) witness("the player reads while the next reference is decoded");
    require(data_read == reference_file, "data of one load, file name of another");
  }
  void read_file() {
    if (!repaired) require(data_read == reference_file, "data of one load, file name of another");
  }
  void state(StateWriter& out) const {
    put(out, reference_data, reference_file, decoding, data_read);
  }
};

}  // namespace

Row row_cc_01() {
  Row row{"CC-01", "002", "D, T", "reference data and file are two fields",
          "data and file name of the reference come from one load"};
  row.wrong = explore::scenario<ReferencePair>("CC-01 wrong", {}, false);
  row.repaired = explore::scenario<ReferencePair>(
      "CC-01 repaired", {"the player reads while the next reference is decoded"}, true);
  row.waits = "mastering";
  return row;
}

}  // namespace tutti::races
