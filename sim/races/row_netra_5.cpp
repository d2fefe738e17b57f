// Netra 5, report 003, test 5: `is_connection_ready_for_messages` answers True when there is no
// state machine, connection_state_machine.py:816. True as reported; no interleaving, but a default:
// what one knows nothing about is taken for ready. So this row is a property over all states, the
// unknown among them.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

enum class State : std::uint8_t {
  unknown,  // no machine is registered
  connecting,
  accepted,
  authenticated,
  services_ready,
  processing_ready,
  processing,
  degraded,
  reconnecting,
  closing,
  closed,
  failed,
};
constexpr std::uint32_t kStates = 12;

// Every state is named, so a new one does not compile until somebody has thought about it.
bool can_process(State state) {
  switch (state) {
    case State::processing_ready:
    case State::processing:
    case State::degraded: return true;
    case State::unknown:
    case State::connecting:
    case State::accepted:
    case State::authenticated:
    case State::services_ready:
    case State::reconnecting:
    case State::closing:
    case State::closed:
    case State::failed: return false;
  }
  return false;
}

bool is_ready(State state, bool repaired) {
  // "If no state machine registered, fall back to basic connectivity". The fix: unknown is not
  // ready.
  if (state == State::unknown) return !repaired;
  return can_process(state);
}

Property ready_by_default(bool repaired) {
  return [repaired](Choose& choose) -> std::optional<std::string> {
    auto state = static_cast<State>(choose.choose(kStates, "state"));
    ReadyIfLive answers;
    if (state != State::unknown) answers.registered(1);
    if (can_process(state)) answers.live(1);
    answers.answered(1, is_ready(state, repaired));
    if (answers.broken().empty()) return std::nullopt;
    return std::string(answers.broken());
  };
}

}  // namespace

Row row_netra_5() {
  Row row{"Netra 5", "003", "L", "an unknown connection is ready", "unknown is not ready"};
  row.wrong_property = ready_by_default(false);
  row.repaired_property = ready_by_default(true);
  row.any_order_fails = "no interleaving: to ask about an unknown connection is enough";
  row.guards = {"edge.messages_when_live"};
  row.shipped = {"edge"};
  return row;
}

}  // namespace tutti::races
