// Netra 4, report 003, test 4: the gap between HandshakeCoordinator and the connection's state
// machine. True as reported: two booleans, each right about its own half, and whoever asks one of
// them takes it for the whole. Messages are handled before the machine is there, or after the
// connection is gone.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct HandshakeGap : explore::Actors<HandshakeGap> {
  const bool repaired;
  Cell<bool> handshake_done{"HandshakeCoordinator.ready", false};
  Cell<bool> live{"machine is live", false};
  Cell<bool> gone{"connection is gone", false};
  Cell<bool> handled{"message is handled", false};
  ReadyIfLive answers;

  explicit HandshakeGap(bool twin) : repaired(twin) {
    static constexpr Step kRegistry[] = {
        {"register_connection", [](HandshakeGap& m) { m.answers.registered(1); }},
        // Suspended here: the session's services are looked up.
        {"machine becomes live",
         [](HandshakeGap& m) {
           m.live = true;
           m.join();
         }},
        // Suspended here: the connection's life.
        {"connection ends, unregister", [](HandshakeGap& m) { m.unregister(); },
         [](const HandshakeGap& m) { return m.handled || m.gone; }},
    };
    static constexpr Step kHandshake[] = {
        {"websocket.accept()", [](HandshakeGap&) {}},
        // Suspended here: the token is checked.
        {"handshake complete: ready = True",
         [](HandshakeGap& m) {
           m.handshake_done = true;
           m.join();
         }},
        // Suspended here: await of the first message.
        {"message: is_ready_for_messages()", [](HandshakeGap& m) { m.receive(); },
         [](const HandshakeGap& m) { return !m.repaired || m.is_ready() || m.gone; }},
    };
    static constexpr Step kPeer[] = {
        {"closes while a message is on its way", [](HandshakeGap& m) { m.gone = true; },
         [](const HandshakeGap& m) { return m.handshake_done && m.live; }},
    };
    actor("registry", kRegistry);
    actor("handshake", kHandshake);
    actor("peer", kPeer);
  }
  // The fix: one fact, the conjunction, asked in one place.
  bool is_ready() const { return repaired ? handshake_done && live : handshake_done.get(); }
  void join() {
    if (live && handshake_done) answers.live(1);
    else if (repaired) witness("one half is ready before the other");
  }
  void receive() {
    if (repaired && !is_ready()) {
      witness("the connection ends before its first message");
      handled = true;
      return answers.answered(1, false);
    }
    answers.answered(1, is_ready());
    handled = true;
  }
  void unregister() {
    live = false;
    answers.ended(1);
  }
  std::string_view check() const override {
    return first_broken(Actors::check(), answers.broken());
  }
  std::string_view over() const override {
    return finished(0) && finished(1) ? "" : "somebody waits for ever";
  }
  void state(StateWriter& out) const { put(out, handshake_done, live, gone, handled, answers); }
};

}  // namespace

Row row_netra_4() {
  Row row{"Netra 4", "003", "A", "handshake and registry say ready each for itself",
          "ready if and only if registered and live"};
  row.wrong = explore::scenario<HandshakeGap>("Netra 4 wrong", {}, false);
  row.repaired = explore::scenario<HandshakeGap>(
      "Netra 4 repaired",
      {"one half is ready before the other", "the connection ends before its first message"}, true);
  row.guards = {"connection.all_latches", "edge.messages_when_live"};
  row.shipped = {"edge"};
  return row;
}

}  // namespace tutti::races
