// Suite 3, report 004, "authentication timing, end to end": users authenticate at once, a token
// expires while its connection is established, and a test's bypass of authentication meets real
// users. True hazards: the authenticated user stands in a field that all endpoints share; the
// expiry is read once; the bypass is a flag of the process, so while a test has it set it lets
// everybody in.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct UsersCross : explore::Actors<UsersCross> {
  static constexpr std::size_t kAnna = 0;  // the other is Ben, whose token expires
  const bool repaired;
  Cell<std::size_t> current_user{"current_user", 0};  // 0: nobody, else 1 + the user
  Cell<bool> expired{"Ben's token has expired", false};
  Cell<bool> bypass{"E2E bypass", false};
  Cell<bool> ben_live{"Ben's connection is live", false};
  OwnOnly own;
  std::size_t account[2] = {};  // of each connection, as registered

  explicit UsersCross(bool twin) : repaired(twin) {
    static constexpr Step kConnect[] = {
        {"validates the token: current_user = its user", [](UsersCross& m) { m.validate(); }},
        // Suspended here: accept, 50 to 150 ms.
        {"registers the connection for current_user", [](UsersCross& m) { m.register_for(); }},
        // Suspended here: the agent works.
        {"an event of its user arrives",
         [](UsersCross& m) { m.own.reached(m.account[m.self()], m.self()); }},
    };
    static constexpr Step kTest[] = {
        {"a test sets the bypass flag", [](UsersCross& m) { m.bypass = true; }},
        // Suspended here: the test runs; time passes.
        {"Ben's token expires",
         [](UsersCross& m) {
           m.expired = true;
           m.ben_live = false;  // the timer closes what is live
         }},
        // Suspended here: the test runs on.
        {"the test clears the flag", [](UsersCross& m) { m.bypass = false; }},
    };
    actor("Anna", kConnect);
    actor("Ben", kConnect);
    actor("test and clock", kTest);
  }
  bool token_ok() const { return self() == kAnna || !expired; }
  // Told to the invariant, too: whichever breaks first, the order shows.
  void must(bool holds, const char* otherwise) { own.touch(), require(holds, otherwise); }
  void validate() {
    // The fix: there is no flag to ask.
    bool bypassed = !repaired && bypass;
    if (repaired && bypass && !token_ok()) witness("an expired token comes while a test runs");
    must(token_ok() || !bypassed, "a bypass let an expired token in");
    if (!token_ok()) return finish();
    current_user = self() + 1u;
  }
  void register_for() {
    // The fix: the user is a value of this endpoint, and the expiry is looked at when it goes live.
    if (repaired && !token_ok()) return witness("a token expired while connecting"), finish();
    if (repaired && current_user != self() + 1u) witness("two users connect at once");
    account[self()] = repaired ? self() : current_user - 1u;
    if (self() == kAnna) return;
    ben_live = true;
    must(!expired, "an expired token is live");
  }
  std::string_view check() const override { return first_broken(Actors::check(), own.broken()); }
  std::string_view over() const override {
    return expired && ben_live ? "an expired token is live" : "";
  }
  void state(StateWriter& out) const { put(out, current_user, expired, bypass, ben_live, account); }
};

}  // namespace

Row row_suite_3() {
  Row row{"suite 3", "004", "A", "users cross, tokens expire, a bypass is open",
          "each event reaches its account only; expired is never live; there is no bypass"};
  row.wrong = explore::scenario<UsersCross>("suite 3 wrong", {}, false);
  row.repaired = explore::scenario<UsersCross>(
      "suite 3 repaired",
      {"two users connect at once", "a token expired while connecting",
       "an expired token comes while a test runs"},
      true);
  row.guards = {"connection.all_latches", "edge.messages_when_live"};
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
