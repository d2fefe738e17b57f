// RC-4, report 000: "send after disconnect, stale WebSocket reference", client.py:406-410 and
// 282-313. Claimed: AttributeError when sending on None. True: `_send_message` looks at `_ws`,
// suspends until it is its turn, and uses `self._ws` without another look. Between close() and
// `_ws = None` it is worse than an exception: the bytes go to a stream that is dead.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct SendAndDisconnect : explore::Actors<SendAndDisconnect> {
  enum class Result : std::uint8_t { none, sent, closed };
  const bool repaired;
  Cell<int> ws{"_ws", 1};  // the generation of the socket, 0: None
  Cell<bool> ended{"ws.closed", false};
  SentOnlyWhileOpen sends;
  Result result = Result::none;

  explicit SendAndDisconnect(bool twin) : repaired(twin) {
    sends.opened(1);
    static constexpr Step kSend[] = {
        {"_send_message: if self._ws is None: raise",
         [](SendAndDisconnect& m) {
           if (m.ws == 0 || m.ended) m.answer(Result::closed);
         }},
        // Suspended here: an earlier message is still being written.
        {"await self._ws.send_str(payload)", [](SendAndDisconnect& m) { m.send(); }},
        // Suspended here: the transport drains.
        {"returns sent", [](SendAndDisconnect& m) { m.answer(Result::sent); }},
    };
    static constexpr Step kDisconnect[] = {
        {"disconnect(): cancels its tasks", [](SendAndDisconnect&) {}},
        // Suspended here: await of the cancelled tasks.
        {"await ws.close()", [](SendAndDisconnect& m) { m.ended = true, m.sends.ended(1); }},
        // Suspended here: the close handshake.
        {"_ws = None", [](SendAndDisconnect& m) { m.ws = 0; }},
    };
    actor("sender", kSend);
    actor("user", kDisconnect);
  }
  void send() {
    // The fix: look again after the suspension; a socket that went is an answer, no exception.
    if (repaired && (ws == 0 || ended)) {
      witness("the connection closed while the send waited");
      return answer(Result::closed);
    }
    require(ws != 0, "AttributeError: None has no send_str");
    sends.sent(1);
  }
  void answer(Result given) { result = given, finish(); }
  std::string_view check() const override { return first_broken(Actors::check(), sends.broken()); }
  std::string_view over() const override {
    return result != Result::none ? "" : "a send returned neither sent nor closed";
  }
  void state(StateWriter& out) const { put(out, ws, ended, sends, result); }
};

}  // namespace

Row row_rc_4() {
  Row row{"RC-4", "000", "A", "send after disconnect",
          "a send returns sent or closed and never touches a dead stream"};
  row.wrong = explore::scenario<SendAndDisconnect>("RC-4 wrong", {}, false);
  row.repaired = explore::scenario<SendAndDisconnect>(
      "RC-4 repaired", {"the connection closed while the send waited"}, true);
  row.guards = {"edge.send_when_live", "edge.not_ended"};
  row.shipped = {"edge", "server 1x1"};
  return row;
}

}  // namespace tutti::races
