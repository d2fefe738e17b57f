// S6, found in the systems of reports 000 and 002: after a seek or a skip the frames that the old
// stream still has in hand arrive behind the new stream's start; and of two rapid skips the one
// whose track loads last is played, not the one that was asked for last.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr int kOld = 1;  // the epoch of the old stream, and of its frame

struct Superseded : explore::Actors<Superseded> {
  const bool repaired;
  Cell<int> asked{"track asked for last", 1};
  Cell<int> epoch{"epoch", kOld};        // of the stream that the player was told of
  Cell<int> track{"track streamed", 1};  // by that epoch
  int frame_of = 0;                      // the epoch of the frame in the old stream's hands
  std::array<int, 3> wanted{};           // by each actor

  explicit Superseded(bool twin) : repaired(twin) {
    static constexpr Step kStream[] = {
        {"renders a frame", [](Superseded& m) { m.render(); }},
        // Suspended here: the chunk is encoded, the socket takes it.
        {"its frame reaches the player", [](Superseded& m) { m.play(); }},
    };
    static constexpr Step kSkip[] = {
        {"skip: asks for the next track", [](Superseded& m) { m.skip(); }},
        // Suspended here: the track is loaded.
        {"starts its stream", [](Superseded& m) { m.start(); }},
    };
    actor("old stream", kStream);
    actor("first skip", kSkip);
    actor("second skip", kSkip);
  }
  void render() {
    if (epoch != kOld) finish();  // cancelled
  }
  void skip() {
    asked += 1;
    wanted[self()] = asked;
  }
  void start() {
    // The fix: a load that was superseded while it was suspended starts nothing.
    if (repaired && wanted[self()] != asked) return witness("a skip is superseded by another");
    epoch += 1;
    track = wanted[self()];
  }
  void play() {
    // The fix: every frame carries its stream's epoch, and the player drops the others.
    if (repaired && epoch != kOld) return witness("a frame of a superseded stream is dropped");
    require(epoch == kOld, "a frame of the old stream in the new one");
  }
  std::string_view over() const override {
    return track.unrecorded() == asked.unrecorded() ? "" : "not the track that was asked for last";
  }
  void state(StateWriter& out) const { put(out, asked, epoch, track, wanted); }
};

}  // namespace

Row row_s6() {
  Row row{"S6", "beyond", "A, R", "frames of a superseded stream; rapid skips",
          "every frame carries its stream's epoch; the last skip is what plays"};
  row.wrong = explore::scenario<Superseded>("S6 wrong", {}, false);
  row.repaired = explore::scenario<Superseded>(
      "S6 repaired",
      {"a frame of a superseded stream is dropped", "a skip is superseded by another"}, true);
  row.shipped = {"playback"};
  row.guards = {"group.epoch", "group.loading"};
  return row;
}

}  // namespace tutti::races
