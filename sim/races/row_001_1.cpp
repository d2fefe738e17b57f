// 001-1, report 001, section 1: `active_connections` and `websocket_to_session` "accessed without
// locks from multiple coroutines". Claimed as a data race; on one event loop each access is whole.
// True hazards: connect and disconnect await between the two maps, so a broadcast meets one half;
// the broadcast awaits each send while it iterates, so the map changes under it; and disconnect
// erases by session id, so the old socket's late close unregisters the new one.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct TwoMaps : explore::Actors<TwoMaps> {
  static constexpr int kOld = 1, kNew = 2;  // sockets of the one session, 0: none
  const bool repaired;
  Cell<int> active{"active_connections[session]", kOld};
  Cell<std::array<bool, 3>> known{"websocket_to_session", {false, true, false}};
  int snapshot = 0, size = 0;  // of the broadcast

  explicit TwoMaps(bool twin) : repaired(twin) {
    static constexpr Step kDisconnectOld[] = {
        {"disconnect(old): its receive fails", [](TwoMaps&) {}},
        {"session_id = websocket_to_session.pop(old)",
         [](TwoMaps& m) {
           m.known.edit()[kOld] = false;
           if (m.repaired) m.unregister();  // the fix: both maps in one step
         }},
        // Suspended here: the session's goodbye is logged to disk.
        {"del active_connections[session_id]",
         [](TwoMaps& m) {
           if (!m.repaired) m.unregister();
         }},
    };
    static constexpr Step kConnectNew[] = {
        {"connect(new): await websocket.accept()", [](TwoMaps&) {}},
        {"active_connections[session_id] = new",
         [](TwoMaps& m) {
           if (m.repaired && m.active != 0)
             m.witness("the new socket comes before the old's close");
           m.active = kNew;
           if (m.repaired) m.known.edit() = {false, false, true};
         }},
        // Suspended here: await of the welcome message.
        {"websocket_to_session[new] = session_id",
         [](TwoMaps& m) {
           if (!m.repaired) m.known.edit()[kNew] = true;
         }},
    };
    static constexpr Step kBroadcast[] = {
        {"broadcast: begins to iterate",
         [](TwoMaps& m) {
           m.snapshot = m.active;
           m.size = m.active == 0 ? 0 : 1;
         }},
        // Suspended here: await of the send to another session's socket.
        {"goes on to the session's socket", [](TwoMaps& m) { m.go_on(); }},
        // Suspended here: await of that send.
        {"ends its iteration", [](TwoMaps&) {}},
    };
    actor("old socket", kDisconnectOld);
    actor("new socket", kConnectNew);
    actor("broadcast", kBroadcast);
  }
  void unregister() {
    // The fix: only if it is this socket that is registered.
    if (repaired && active != kOld) return witness("an old socket's close finds the new one");
    active = 0;
  }
  void go_on() {
    int now = active;
    if (repaired) {
      // The fix: the list was copied; a socket that went meanwhile is skipped.
      if (now != snapshot) witness("the map changed while a broadcast awaited a send");
      return;
    }
    require(size == (now == 0 ? 0 : 1), "the map changed its size during iteration");
    require(now == 0 || known.get()[static_cast<std::size_t>(now)],
            "a broadcast meets a socket that one map does not know");
  }
  std::string_view over() const override {
    if (active != kNew) return "an old socket's close unregistered the new one";
    return known.get()[kNew] && !known.get()[kOld] ? "" : "the maps are not inverse";
  }
  void state(StateWriter& out) const { put(out, active, known, snapshot, size); }
};

}  // namespace

Row row_001_1() {
  Row row{"001-1", "001", "A", "two maps of connections",
          "the maps stay inverse, a broadcast reaches a snapshot, and an old socket's close never "
          "unregisters the new one"};
  row.wrong = explore::scenario<TwoMaps>("001-1 wrong", {}, false);
  row.repaired = explore::scenario<TwoMaps>(
      "001-1 repaired",
      {"the new socket comes before the old's close", "an old socket's close finds the new one",
       "the map changed while a broadcast awaited a send"},
      true);
  row.guards = {"registry.generation", "table.generation"};
  row.shipped = {"registry", "server 1x2", "server 2x2"};
  return row;
}

}  // namespace tutti::races
