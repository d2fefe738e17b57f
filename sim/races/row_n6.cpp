// N6, found in the system of report 001: `POST /chat` without a session id takes the session
// "default", so all callers read and write one memory, whoever they are.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct DefaultSession : explore::Actors<DefaultSession> {
  const bool repaired;
  Cell<std::size_t> sessions{"sessions", 1};  // 0 is "default"
  // Whose messages are in each session, a bit per account.
  Cell<std::array<unsigned, 3>> memory{"memory", {}};
  std::array<std::size_t, 2> session{};  // of each caller

  explicit DefaultSession(bool twin) : repaired(twin) {
    static constexpr Step kChat[] = {
        {"POST /chat names no session", [](DefaultSession& m) { m.open(); }},
        // Suspended here: the body is read.
        {"its message is added", [](DefaultSession& m) { m.add(); }},
        // Suspended here: the model answers from the memory.
        {"is answered", [](DefaultSession& m) { m.answer(); }},
    };
    actor("anna", kChat);
    actor("ben", kChat);
  }
  unsigned account() const { return 1U << self(); }
  void open() {
    if (!repaired) return;
    // The fix: a new session of this account, numbered in the same step.
    session[self()] = sessions;
    sessions += 1;
  }
  void add() { memory.edit()[session[self()]] |= account(); }
  void answer() {
    const auto& now = memory.get();
    if (repaired && now[session[1 - self()]] != 0) witness("two callers who name no session");
    require(now[session[self()]] == account(), "an answer from another account's messages");
  }
  void state(StateWriter& out) const { put(out, sessions, memory, session); }
};

}  // namespace

Row row_n6() {
  Row row{"N6", "beyond", "L", "callers without a session share one",
          "no session named means a new one of that account"};
  row.wrong = explore::scenario<DefaultSession>("N6 wrong", {}, false);
  row.repaired =
      explore::scenario<DefaultSession>("N6 repaired", {"two callers who name no session"}, true);
  row.any_order_fails = "the second caller reads the first one's messages, however late it comes";
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
