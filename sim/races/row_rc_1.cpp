// RC-1, report 000: "non-atomic connected property check", client.py:238-240 and 685. Claimed: the
// property reads three fields and each can change between the reads. On one event loop nothing can:
// there is no await inside the property. True hazard: `_time_sync_loop` asks it, suspends (the send
// waits for its turn on the socket), and then writes to the socket it had looked up before.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct ConnectedThenSend : explore::Actors<ConnectedThenSend> {
  static constexpr std::uint8_t kRounds = 2;
  const bool repaired;
  Cell<bool> connected{"_connected", true};
  Cell<int> ws{"_ws", 1};  // the generation of the socket, 0: None
  SentOnlyWhileOpen sends;
  int cached = 0;
  std::uint8_t rounds = 0;

  explicit ConnectedThenSend(bool twin) : repaired(twin) {
    sends.opened(1);
    static constexpr Step kTimeSyncLoop[] = {
        {"while self.connected: ws = self._ws",
         [](ConnectedThenSend& m) {
           m.cached = m.ws;
           if (!m.connected || m.cached == 0) m.finish();
         }},
        // Suspended here: another message is being written, this one waits for its turn.
        {"ws.send_str(client/time)", [](ConnectedThenSend& m) { m.send_time(); }},
        // Suspended here: asyncio.sleep until the next measurement.
        {"wakes",
         [](ConnectedThenSend& m) {
           if (++m.rounds < kRounds) m.jump(0);
         }},
    };
    static constexpr Step kDisconnect[] = {
        {"disconnect(): _connected = False", [](ConnectedThenSend& m) { m.connected = false; }},
        // Suspended here: await of the cancelled tasks.
        {"await ws.close()", [](ConnectedThenSend& m) { m.sends.ended(1); }},
        // Suspended here: the close handshake.
        {"_ws = None", [](ConnectedThenSend& m) { m.ws = 0; }},
    };
    actor("time sync loop", kTimeSyncLoop);
    actor("user", kDisconnect);
  }
  void send_time() {
    // The fix: after the suspension the connection is asked again, in the step that writes.
    if (repaired && (!connected || ws != cached)) {
      witness("the connection ended while the loop was suspended");
      return finish();
    }
    sends.sent(static_cast<std::size_t>(cached));
  }
  std::string_view check() const override { return first_broken(Actors::check(), sends.broken()); }
  void state(StateWriter& out) const { put(out, connected, ws, sends, cached, rounds); }
};

}  // namespace

Row row_rc_1() {
  Row row{"RC-1", "000", "A", "connected is asked, then the socket is used",
          "nothing is sent on a connection whose generation ended"};
  row.wrong = explore::scenario<ConnectedThenSend>("RC-1 wrong", {}, false);
  row.repaired = explore::scenario<ConnectedThenSend>(
      "RC-1 repaired", {"the connection ended while the loop was suspended"}, true);
  row.guards = {"edge.send_when_live", "edge.not_ended"};
  row.shipped = {"edge"};
  return row;
}

}  // namespace tutti::races
