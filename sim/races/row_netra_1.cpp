// Netra 1, report 003, test 1: duplicate registration, connection_state_machine.py:710-712. True as
// reported, and plain logic: the registry answers a second registration with the first one's
// machine and a log line, to anybody, so two owners change one state. Claimed beside it: a race
// between five threads; the look and the insertion are under one lock there, so each registration
// is one step here.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct DuplicateRegistration : explore::Actors<DuplicateRegistration> {
  static constexpr int kAnna = 1, kBen = 2;
  const bool repaired;
  Cell<int> machine{"_machines[connection]", 0};  // its user, 0: none
  Cell<int> security_events{"security events", 0};
  OneLivePerKey owners;

  explicit DuplicateRegistration(bool twin) : repaired(twin) {
    static constexpr Step kAnnaRegisters[] = {
        {"register_connection(connection, anna)", [](auto& m) { m.register_connection(kAnna); }}};
    static constexpr Step kBenRegisters[] = {
        {"register_connection(connection, ben)", [](auto& m) { m.register_connection(kBen); }}};
    actor("anna", kAnnaRegisters);
    actor("anna again", kAnnaRegisters);
    actor("ben", kBenRegisters);
  }
  void register_connection(int user) {
    if (machine == 0) return machine = user, owners.began(0);
    // The wrong variant: "already registered, returning existing".
    if (!repaired) return owners.began(0);
    // The fix: refused, and another user's attempt is told apart.
    if (machine == user) return witness("a second registration is refused");
    witness("another user's registration is a security event");
    security_events += 1;
  }
  std::string_view check() const override { return first_broken(Actors::check(), owners.broken()); }
  std::string_view over() const override {
    int expected = machine == kAnna ? 1 : 2;  // Ben once, or Anna twice
    return security_events == expected ? "" : "another user's attempt went unseen";
  }
  void state(StateWriter& out) const { put(out, machine, security_events, owners); }
};

}  // namespace

Row row_netra_1() {
  Row row{"Netra 1", "003", "L, T", "a duplicate registration gets the existing machine",
          "the second is refused; another user's is a security event"};
  row.wrong = explore::scenario<DuplicateRegistration>("Netra 1 wrong", {}, false);
  row.repaired = explore::scenario<DuplicateRegistration>(
      "Netra 1 repaired",
      {"a second registration is refused", "another user's registration is a security event"},
      true);
  row.any_order_fails = "the second registration is granted in whichever order the two come";
  row.guards = {"registry.duplicate"};
  row.shipped = {"registry", "server 1x2", "server 2x2"};
  return row;
}

}  // namespace tutti::races
