// Pattern 2, report 004, "authentication state race": the token is validated while accept() is
// still under way. True as reported, and there is more: the token's expiry is read once, at the
// start of the validation, and the timer that ends the connection is armed by looking whether it
// is live, so a token that expires in between is never looked at again. Time is virtual: it passes
// the expiry in one step, which also fires the timer.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct AuthAndAccept : explore::Actors<AuthAndAccept> {
  const bool repaired;
  Cell<bool> accepted{"accepted", false};
  Cell<bool> authenticated{"authenticated", false};
  Cell<bool> expired{"the clock is past exp", false};
  Cell<bool> closed{"closed", false};
  Cell<bool> waiting{"a message waits", false};

  explicit AuthAndAccept(bool twin) : repaired(twin) {
    static constexpr Step kAuth[] = {
        {"validate_token: reads exp",
         [](AuthAndAccept& m) {
           if (m.expired) m.refuse();
         }},
        // Suspended here: the signing key is fetched.
        {"signature is right", [](AuthAndAccept&) {}},
        // Suspended here: the user's record is read.
        {"authenticated = True",
         [](AuthAndAccept& m) {
           m.authenticated = true;
           m.join();
         }},
    };
    static constexpr Step kAccept[] = {
        {"websocket.accept() starts", [](AuthAndAccept&) {}},
        // Suspended here: 50 to 150 ms.
        {"accept completes",
         [](AuthAndAccept& m) {
           if (m.closed) return m.finish();
           m.accepted = true;
           m.join();
         }},
        // Suspended here: await websocket.receive().
        {"receives a message", [](AuthAndAccept& m) { m.receive(); }},
    };
    static constexpr Step kClock[] = {
        {"time passes exp: the timer closes what is live", [](AuthAndAccept& m) { m.expire(); }},
    };
    actor("authentication", kAuth);
    actor("endpoint", kAccept);
    actor("clock", kClock);
  }
  bool live() const { return accepted && authenticated && !closed; }
  // A latch was set: is it live now?
  void join() {
    if (!live()) return;
    // The fix: the expiry is looked at again when the connection becomes live.
    if (repaired && expired) {
      witness("the token expired before the connection was live");
      return void(closed = true);
    }
    require(!expired, "an expired token is live");
    if (waiting) handle(), waiting = false;
  }
  void receive() {
    if (closed) return;
    if (!repaired) return handle();  // connected is taken for live; auth is joined by the handler
    // The fix: one state that both latches lead to; a message before it waits.
    if (live()) return handle();
    witness("a message comes before both latches");
    waiting = true;
  }
  void handle() {
    require(accepted && authenticated, "an application message before both latches");
    require(!expired, "an application message under an expired token");
  }
  void expire() {
    expired = true;
    if (live()) closed = true;
  }
  void refuse() { closed = true, finish(); }
  std::string_view over() const override {
    return expired && live() ? "an expired token is live" : "";
  }
  void state(StateWriter& out) const {
    put(out, accepted, authenticated, expired, closed, waiting);
  }
};

}  // namespace

Row row_pattern_2() {
  Row row{"Pattern 2", "004", "A", "authentication against accept",
          "no application message before both, and an expired token is never live"};
  row.wrong = explore::scenario<AuthAndAccept>("Pattern 2 wrong", {}, false);
  row.repaired = explore::scenario<AuthAndAccept>(
      "Pattern 2 repaired",
      {"the token expired before the connection was live", "a message comes before both latches"},
      true);
  row.guards = {"connection.all_latches", "edge.messages_when_live"};
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
