// RC-5, report 000: "send to disconnected socket", client.py:399-410. True as claimed, and partly
// plain logic: the write error is swallowed and the caller told that all is well. What no order of
// two calls shows: a write that succeeded is not a delivery, for the peer may close with the bytes
// unread. So the sender owes a word about each message once the connection's end is known.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct SendToDead : explore::Actors<SendToDead> {
  static constexpr std::size_t kMessage = 1;
  const bool repaired;
  Cell<bool> in_flight{"in flight", false};
  Cell<bool> acknowledged{"acknowledged", false};
  Cell<bool> peer_closed{"closed by the peer", false};
  DeliveredOrReported messages;

  explicit SendToDead(bool twin) : repaired(twin) {
    static constexpr Step kSend[] = {
        {"_send_time_message: accepts, self.connected",
         [](SendToDead& m) { m.messages.accepted(kMessage); }},
        // Suspended here: the write waits for its turn.
        {"try: send_str, except: log", [](SendToDead& m) { m.write(); }},
        // Suspended here: bytes are under way. The wrong variant returned ok and looks no more.
        {"learns what became of it", [](SendToDead& m) { m.learn(); },
         [](const SendToDead& m) { return !m.repaired || m.acknowledged || m.peer_closed; }},
    };
    static constexpr Step kPeer[] = {
        {"reads what has come",
         [](SendToDead& m) {
           if (m.in_flight) m.messages.delivered(kMessage), m.acknowledged = true;
           m.in_flight = false;
         }},
        // Suspended here: the peer does something else.
        {"closes, the unread is discarded",
         [](SendToDead& m) { m.in_flight = false, m.peer_closed = true; }},
    };
    actor("sender", kSend);
    actor("peer", kPeer);
  }
  void write() {
    if (!peer_closed) return void(in_flight = true);
    // The fix: a write error is the caller's to know.
    if (repaired) witness("a write to a dead socket fails"), messages.reported(kMessage), finish();
  }
  void learn() {
    // The fix: what was not acknowledged when the connection ended is reported lost.
    if (!repaired || acknowledged) return;
    witness("the peer closed with the bytes unread");
    messages.reported(kMessage);
  }
  std::string_view check() const override {
    return first_broken(Actors::check(), messages.broken());
  }
  std::string_view over() const override {
    return finished(0) ? messages.missing() : "the sender waits for ever";
  }
  void state(StateWriter& out) const { put(out, in_flight, acknowledged, peer_closed, messages); }
};

}  // namespace

Row row_rc_5() {
  Row row{"RC-5", "000", "A, L", "send to a dead socket",
          "every accepted send is delivered or reported lost"};
  row.wrong = explore::scenario<SendToDead>("RC-5 wrong", {}, false);
  row.repaired = explore::scenario<SendToDead>(
      "RC-5 repaired", {"a write to a dead socket fails", "the peer closed with the bytes unread"},
      true);
  row.guards = {"edge.send_when_live"};
  row.shipped = {"edge", "server 1x1"};
  return row;
}

}  // namespace tutti::races
