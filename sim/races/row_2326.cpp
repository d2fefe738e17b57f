// 2326, report 002 (Deduplication, audio_stream_controller.py:208): "_chunk_tails accessed
// concurrently without lock causing crossfade race". A lock would not help: the map is keyed by
// track, so two streams of one track share the entry across their awaits, and the `finally` of one
// takes the other's tail away.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct ChunkTails : explore::Actors<ChunkTails> {
  const bool repaired;
  // A tail is named by the actor that left it, from 1; 0: none. One entry for the track, or, in the
  // repaired one, one for each stream of it.
  Cell<std::array<std::uint8_t, 2>> tails{"_chunk_tails", {}};

  explicit ChunkTails(bool twin) : repaired(twin) {
    static constexpr Step kStream[] = {
        {"chunk 1 leaves its tail", [](ChunkTails& m) { m.tails.edit()[m.key()] = m.own(); }},
        // Suspended here: the chunk is sent.
        {"chunk 2 crossfades with the tail", [](ChunkTails& m) { m.crossfade(); }},
        // Suspended here: the chunk is sent.
        {"finally: drops the tail", [](ChunkTails& m) { m.tails.edit()[m.key()] = 0; }},
    };
    actor("first stream", kStream);
    actor("second stream", kStream);
  }
  std::uint8_t own() const { return static_cast<std::uint8_t>(self() + 1); }
  // The fix: the entry belongs to the stream, not to the track.
  std::size_t key() const { return repaired ? self() : 0; }
  void crossfade() {
    if (repaired && tails.get()[1 - self()] != 0) witness("two streams of one track hold a tail");
    require(tails.get()[key()] == own(), "a joint with another stream's tail, or none");
  }
  void state(StateWriter& out) const { put(out, tails); }
};

}  // namespace

Row row_2326() {
  Row row{"2326", "002", "A, D", "chunk tails shared by the streams of one track",
          "a tail belongs to its stream and predecessor"};
  row.wrong = explore::scenario<ChunkTails>("2326 wrong", {}, false);
  row.repaired = explore::scenario<ChunkTails>("2326 repaired",
                                               {"two streams of one track hold a tail"}, true);
  row.waits = "mastering";
  return row;
}

}  // namespace tutti::races
