// CC-03, report 002 (Dimension 1, queue_controller.py:204-206, 241-249, 268-275): "unprotected
// track list iteration and length checks". Claimed: crashes. True hazard: those, and also results
// that no order of the calls explains, such as a queue that is empty while it is filled again.
#include "sim/explore/actors.hpp"
#include "sim/races/call_log.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

// At most four tracks; 0 is no track.
struct Tracks {
  std::array<int, 4> of{};
  int size = 0;

  void add(int track) { of[static_cast<std::size_t>(size++)] = track; }
  int find(int track) const {
    for (int i = 0; i < size; ++i) {
      if (of[static_cast<std::size_t>(i)] == track) return i;
    }
    return -1;
  }
  void erase(int index) {
    for (int i = index; i + 1 < size; ++i)
      of[static_cast<std::size_t>(i)] = of[static_cast<std::size_t>(i + 1)];
    of[static_cast<std::size_t>(--size)] = 0;
  }
  int at(int index) const { return of[static_cast<std::size_t>(index)]; }
  bool operator==(const Tracks&) const = default;
  void state(StateWriter& out) const {
    for (int track : of) out.number(static_cast<std::uint64_t>(track));
  }
};

constexpr Tracks kBefore{{1, 2}, 2};
constexpr Tracks kPlaylist{{3, 4}, 2};

struct QueueOp {
  enum Kind { load_playlist, remove_first_track, last } kind = last;
  std::optional<int> result;  // removed or not; the last track, 0: none
  std::string text() const { return std::to_string(kind); }
  void state(StateWriter& out) const {
    out.number(static_cast<std::uint64_t>(kind));
    out.number(static_cast<std::uint64_t>(result.value_or(9)));
  }
};

struct QueueSpec {
  Tracks tracks = kBefore;
  bool operator==(const QueueSpec&) const = default;
  bool apply(const QueueOp& op) {
    int result = 1;
    if (op.kind == QueueOp::load_playlist) {
      tracks = kPlaylist;
    } else if (op.kind == QueueOp::remove_first_track) {
      int index = tracks.find(1);
      result = index >= 0 ? 1 : 0;
      if (index >= 0) tracks.erase(index);
    } else {
      result = tracks.size == 0 ? 0 : tracks.at(tracks.size - 1);
    }
    return !op.result || *op.result == result;
  }
};

struct LiveQueue : explore::Actors<LiveQueue> {
  const bool repaired;
  Cell<Tracks> tracks{"queue.tracks", kBefore};
  CallLog<QueueOp, 3> calls;
  std::array<std::uint8_t, 3> call{};  // of each actor
  std::array<int, 3> found{};          // an index or a length, of each actor

  explicit LiveQueue(bool twin) : repaired(twin) {
    // In the repaired one QueueManager's lock makes each body a single step.
    static constexpr Step kEdit[] = {
        {"remove_track looks for its index", [](LiveQueue& m) { m.find(); }},
        // Thread boundary.
        {"deletes at the index", [](LiveQueue& m) { m.erase(); }},
    };
    static constexpr Step kLoad[] = {
        {"load_playlist clears the queue", [](LiveQueue& m) { m.clear(); }},
        // Thread boundary, as between any two iterations.
        {"adds a track", [](LiveQueue& m) { m.add(3); }},
        {"adds the other track", [](LiveQueue& m) { m.add(4); }},
    };
    static constexpr Step kRead[] = {
        {"idx = len(tracks) - 1", [](LiveQueue& m) { m.length(); }},
        // Thread boundary.
        {"tracks[idx]", [](LiveQueue& m) { m.last(); }},
    };
    actor("editor", kEdit);
    actor("loader", kLoad);
    actor("reader", kRead);
  }
  void invoke(QueueOp::Kind kind) {
    call[self()] = calls.invoke(actor_name(self()).data(), {kind, std::nullopt});
  }
  void returns(int result) { calls.returned(call[self()], result); }

  void find() {
    invoke(QueueOp::remove_first_track);
    found[self()] = tracks.get().find(1);
    if (repaired && found[self()] >= 0) tracks.edit().erase(found[self()]);
  }
  void erase() {
    if (!repaired && found[self()] >= 0) {
      if (found[self()] >= tracks.get().size) return require(false, "del: index out of range");
      tracks.edit().erase(found[self()]);
    }
    returns(found[self()] >= 0 ? 1 : 0);
  }
  void clear() {
    invoke(QueueOp::load_playlist);
    if (!repaired) tracks = Tracks{};
  }
  void add(int track) {
    if (!repaired) tracks.edit().add(track);
    else if (track == 3) tracks = kPlaylist;  // read outside the lock, swapped in within
    if (track == 4) returns(1);
  }
  void length() {
    invoke(QueueOp::last);
    const Tracks& now = tracks;
    found[self()] = now.size - 1;
    if (!repaired) return;
    if (!finished(1) && now == kBefore) witness("read beside a playlist that is being loaded");
    found[self()] = now.size == 0 ? 0 : now.at(now.size - 1);
  }
  void last() {
    if (repaired) return returns(found[self()]);
    if (found[self()] < 0) return returns(0);
    if (found[self()] >= tracks.get().size) return require(false, "IndexError: tracks[idx]");
    returns(tracks.get().at(found[self()]));
  }
  std::string_view over() const override {
    return calls.linearizable(QueueSpec{}) ? "" : "no order of the calls explains the results";
  }
  void state(StateWriter& out) const { put(out, tracks, calls, call, found); }
};

}  // namespace

Row row_cc_03() {
  Row row{"CC-03", "002", "D, T", "queue read and iterated while it is edited",
          "each call's result is that of some sequential order"};
  row.wrong = explore::scenario<LiveQueue>("CC-03 wrong", {}, false);
  row.repaired = explore::scenario<LiveQueue>(
      "CC-03 repaired", {"read beside a playlist that is being loaded"}, true);
  row.shipped = {"playback"};
  row.guards = {"queue.version"};
  return row;
}

}  // namespace tutti::races
