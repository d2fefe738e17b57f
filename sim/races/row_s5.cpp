// S5, found in the system of report 000: the goodbye's reason is not looked at. Any goodbye ends
// the wish to redial, and any end of the socket without one keeps it; so a player that restarts is
// not redialled, and one that shuts down is, when its end is read before its goodbye is handled.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

enum class Reason : std::uint8_t { none, restart, shutdown };

struct GoodbyeReason : explore::Actors<GoodbyeReason> {
  const bool repaired;
  Cell<Reason> said{"goodbye on the wire", Reason::none};
  Cell<bool> ended{"end of the socket on the wire", false};
  Cell<bool> goodbye_handled{"goodbye handled", false};
  Cell<bool> closed{"connection closed", false};
  Cell<bool> redial{"redial", false};

  explicit GoodbyeReason(bool twin) : repaired(twin) {
    static constexpr Step kRestart[] = {
        {"says goodbye to restart", [](GoodbyeReason& m) { m.say(Reason::restart); }},
        {"closes", [](GoodbyeReason& m) { m.ended = true; }},
    };
    static constexpr Step kShutdown[] = {
        {"says goodbye to shut down", [](GoodbyeReason& m) { m.say(Reason::shutdown); }},
        {"closes", [](GoodbyeReason& m) { m.ended = true; }},
    };
    static constexpr Step kHandle[] = {
        {"handles the goodbye", [](GoodbyeReason& m) { m.handle(); },
         [](const GoodbyeReason& m) { return m.said != Reason::none; }},
    };
    static constexpr Step kLoop[] = {
        {"reads the end of the socket", [](GoodbyeReason& m) { m.end(); },
         [](const GoodbyeReason& m) { return m.ended.get(); }},
    };
    actor("player that restarts", kRestart);
    actor("player that shuts down", kShutdown);
    // Two tasks: a message is handled by one of its own, behind an await.
    actor("message task", kHandle);
    actor("connection loop", kLoop);
  }
  // One of the two players is there in each run.
  void say(Reason reason) {
    said = reason;
    cancel(static_cast<explore::ActorId>(1 - self()));
  }
  void handle() {
    goodbye_handled = true;
    redial = repaired && said == Reason::restart;  // the fix: the reason decides
  }
  void end() {
    closed = true;
    if (goodbye_handled) return;
    redial = true;
    // The fix's other half is the order: what was received before the end is handled before it;
    // here, the goodbye that comes later corrects it.
    if (repaired) witness("the end is read before the goodbye is handled");
  }
  std::string_view over() const override {
    if (!closed.unrecorded()) return "";
    bool wanted = said.unrecorded() == Reason::restart;
    if (redial.unrecorded() == wanted) return "";
    return wanted ? "a player that restarts is not redialled" : "one that shut down is redialled";
  }
  void state(StateWriter& out) const { put(out, said, ended, goodbye_handled, closed, redial); }
};

}  // namespace

Row row_s5() {
  Row row{"S5", "beyond", "L", "the goodbye's reason is ignored", "the reason decides"};
  row.wrong = explore::scenario<GoodbyeReason>("S5 wrong", {}, false);
  row.repaired = explore::scenario<GoodbyeReason>(
      "S5 repaired", {"the end is read before the goodbye is handled"}, true);
  row.any_order_fails = "a restart is enough: nothing looks at the reason";
  row.guards = {"dialer.goodbye"};
  row.shipped = {"dialer"};
  return row;
}

}  // namespace tutti::races
