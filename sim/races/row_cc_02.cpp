// CC-02, report 002 (Dimension 1, enhanced_audio_player.py:106, 206-218): "_current_fingerprint
// dict unprotected", claimed to be read half initialised. That cannot be: the reference is replaced
// whole. True hazard: the block reads it twice (line 207 and below), and the track changes before
// its fingerprint does, so a block is mastered by two fingerprints, or by another track's.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct FingerprintOfBlock : explore::Actors<FingerprintOfBlock> {
  const bool repaired;
  Cell<int> playing{"current_file", 1};
  Cell<int> fingerprint{"_current_fingerprint", 1};  // the track it was made of
  int block_of = 0;                                  // the track of the player's block
  int snapshot = 0;

  explicit FingerprintOfBlock(bool twin) : repaired(twin) {
    static constexpr Step kLoad[] = {
        {"load_file starts track 2", [](FingerprintOfBlock& m) { m.playing = 2; }},
        // Thread boundary: the fingerprint is loaded in the background.
        {"sets _current_fingerprint", [](FingerprintOfBlock& m) { m.fingerprint = 2; }},
    };
    static constexpr Step kBlock[] = {
        {"begins a block, finds a fingerprint", [](FingerprintOfBlock& m) { m.begin(); }},
        // Thread boundary, mid-block.
        {"takes its parameters", [](FingerprintOfBlock& m) { m.take(); }},
    };
    actor("loader", kLoad);
    actor("player", kBlock);
  }
  void begin() {
    block_of = playing;
    snapshot = fingerprint;
    // The fix: one immutable value per block that says whose it is.
    if (!repaired || snapshot == block_of) return;
    witness("the fingerprint is of another track, the block plays without");
    finish();
  }
  void take() {
    int used = repaired ? snapshot : fingerprint.get();
    if (repaired && fingerprint != snapshot) witness("replaced in the middle of a block");
    require(used == block_of, "a block mastered by another track's fingerprint");
  }
  void state(StateWriter& out) const { put(out, playing, fingerprint, block_of, snapshot); }
};

}  // namespace

Row row_cc_02() {
  Row row{"CC-02", "002", "D", "fingerprint replaced in the middle of a block",
          "one immutable snapshot per block, and its track is the playing track"};
  row.wrong = explore::scenario<FingerprintOfBlock>("CC-02 wrong", {}, false);
  row.repaired = explore::scenario<FingerprintOfBlock>(
      "CC-02 repaired",
      {"the fingerprint is of another track, the block plays without",
       "replaced in the middle of a block"},
      true);
  row.waits = "mastering";
  return row;
}

}  // namespace tutti::races
