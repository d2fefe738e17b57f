// Pattern 4, report 004, "multi-component state inconsistency": router and notifier remember the
// connection's state for 50 ms, each since its own last look. True as reported, and partly plain
// logic: nothing makes a cache end when the state changes. All steps here lie within 50 ms, so what
// was looked up once is used until the end.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct CachedState : explore::Actors<CachedState> {
  enum State : int { kNone, kConnecting, kConnected, kDisconnected };
  const bool repaired;
  Cell<int> current{"manager's state", kNone};
  ReadsAgree reads;
  int cache[3] = {-1, -1, -1};  // of each actor, below 0: empty or too old
  int last[3] = {-1, -1, -1};   // what it read last, for the witness

  explicit CachedState(bool twin) : repaired(twin) {
    static constexpr Step kManager[] = {
        {"CONNECTING", [](CachedState& m) { m.become(kConnecting); }},
        // Suspended here: accept.
        {"CONNECTED", [](CachedState& m) { m.become(kConnected); }},
        // Suspended here: the connection's life.
        {"DISCONNECTED", [](CachedState& m) { m.become(kDisconnected); }},
    };
    static constexpr Step kReader[] = {
        {"is it connected?", [](CachedState& m) { m.look(); }},
        // Suspended here: await of the message's handler.
        {"is it still connected?", [](CachedState& m) { m.look(); }},
        // Suspended here: await of the answer.
        {"may it be answered?", [](CachedState& m) { m.look(); }},
    };
    actor("manager", kManager);
    actor("router", kReader);
    actor("notifier", kReader);
  }
  void become(State state) { current = state, reads.became(state); }
  void look() {
    int& cached = cache[self()];
    // The fix: no cache; the manager is asked each time.
    if (repaired || cached < 0) cached = current;
    if (repaired && last[self()] >= 0 && last[self()] != cached)
      witness("the state changed between two looks");
    last[self()] = cached;
    reads.read(cached);
  }
  std::string_view check() const override { return first_broken(Actors::check(), reads.broken()); }
  void state(StateWriter& out) const { put(out, current, reads, cache, last); }
};

}  // namespace

Row row_pattern_4() {
  Row row{"Pattern 4", "004", "A, L", "a cached connection state",
          "every read agrees with one state"};
  row.wrong = explore::scenario<CachedState>("Pattern 4 wrong", {}, false);
  row.repaired = explore::scenario<CachedState>("Pattern 4 repaired",
                                                {"the state changed between two looks"}, true);
  row.guards = {"edge.not_ended", "table.generation"};
  row.shipped = {"edge", "server 1x1"};
  return row;
}

}  // namespace tutti::races
