// S4, found in the system of report 000 (groups): who joins while a group plays hears nothing; a
// group plays on when its last player has left; a player that reconnects gets no stream start. In
// each, only play_media tells players of a stream, and it tells those it saw before its await.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr unsigned kAnna = 1, kBen = 2;  // bits

struct LateJoiner : explore::Actors<LateJoiner> {
  const bool repaired;
  Cell<unsigned> members{"players of the group", kAnna};
  Cell<unsigned> started{"players with a stream", 0};
  Cell<bool> playing{"playing", false};
  unsigned listed = 0;  // by play_media

  explicit LateJoiner(bool twin) : repaired(twin) {
    static constexpr Step kBenSteps[] = {
        {"joins the group", [](LateJoiner& m) { m.join(kBen); }},
        // Suspended here: its connection lives for a while.
        {"loses its connection", [](LateJoiner& m) { m.leave(kBen); }},
        // Suspended here: it dials again.
        {"reconnects", [](LateJoiner& m) { m.join(kBen); }},
    };
    static constexpr Step kAnnaSteps[] = {
        {"leaves", [](LateJoiner& m) { m.leave(kAnna); }},
    };
    static constexpr Step kPlay[] = {
        {"play_media lists the players", [](LateJoiner& m) { m.listed = m.members; }},
        // Suspended here: the source is opened.
        {"sends stream/start to them", [](LateJoiner& m) { m.start(); }},
    };
    actor("ben", kBenSteps);
    actor("anna", kAnnaSteps);
    actor("group", kPlay);
  }
  void join(unsigned who) {
    members = members | who;
    if (!repaired || !playing) return;
    started = started | who;  // the fix: a stream is told to whoever comes
    witness("a player joins while the group plays");
  }
  void leave(unsigned who) {
    members = members & ~who;
    started = started & ~who;
    if (repaired && members == 0 && playing) {
      playing = false;  // the fix
      witness("the last player leaves a group that plays");
    }
    require(members != 0 || !playing, "a group without players plays on");
  }
  void start() {
    if (repaired) {
      listed = members;  // the fix: listed again behind the suspension
      if (listed == 0) return;
    }
    playing = true;
    started = listed & members;  // a send to one that left goes nowhere
    require(members != 0, "a group without players plays on");
  }
  std::string_view over() const override {
    unsigned want = playing.unrecorded() ? members.unrecorded() : 0;
    return started.unrecorded() == want ? "" : "a player of a playing group hears nothing";
  }
  void state(StateWriter& out) const { put(out, members, started, playing, listed); }
};

}  // namespace

Row row_s4() {
  Row row{"S4", "beyond", "A, L", "late joiners, last leavers, players that reconnect",
          "while a group plays each of its players has a stream; without players it stops"};
  row.wrong = explore::scenario<LateJoiner>("S4 wrong", {}, false);
  row.repaired = explore::scenario<LateJoiner>(
      "S4 repaired",
      {"a player joins while the group plays", "the last player leaves a group that plays"}, true);
  row.waits = "rooms";
  return row;
}

}  // namespace tutti::races
