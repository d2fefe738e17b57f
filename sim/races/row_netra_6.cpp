// Netra 6, report 003, test 6: `state_registry` is a local of `_initialize_connection_state` and is
// used in `websocket_endpoint`, websocket.py:1404, 1407, 1420: a NameError at each connection. True
// as reported, and no race: in C++ it does not compile, which is all the guard there need be. What
// a running program can show is the rule that the compiler applies: each use finds its name among
// the locals or parameters of the function it stands in. The property draws a use and looks.
#include <algorithm>

#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

struct Function {
  std::string_view name;
  std::array<std::string_view, 4> names;  // its locals and parameters
};
struct Use {
  std::string_view function;
  std::string_view name;
};

constexpr Function kWrong[] = {
    {"_initialize_connection_state", {"websocket", "environment", "state_registry"}},
    {"websocket_endpoint", {"websocket", "preliminary_connection_id", "state_machine"}},
};
// The fix: got in the endpoint, handed down as a parameter.
constexpr Function kRepaired[] = {
    {"_initialize_connection_state", {"websocket", "environment", "state_registry"}},
    {"websocket_endpoint",
     {"websocket", "state_registry", "preliminary_connection_id", "state_machine"}},
};
constexpr Use kUses[] = {
    {"_initialize_connection_state", "state_registry"},  // line 185
    {"websocket_endpoint", "preliminary_connection_id"},
    {"websocket_endpoint", "state_registry"},  // line 1404: unregister_connection
    {"websocket_endpoint", "state_registry"},  // lines 1407 and 1420: register_connection
};

Property every_name_in_scope(std::span<const Function> functions) {
  return [functions](Choose& choose) -> std::optional<std::string> {
    const Use& use = kUses[choose.choose(std::size(kUses), "use")];
    auto in = std::ranges::find(functions, use.function, &Function::name);
    if (std::ranges::find(in->names, use.name) != in->names.end()) return std::nullopt;
    return "name '" + std::string(use.name) + "' is not defined: in " + std::string(use.function);
  };
}

}  // namespace

Row row_netra_6() {
  Row row{"Netra 6", "003", "L", "a name used out of its scope",
          "every use finds its name in scope: it compiles"};
  row.wrong_property = every_name_in_scope(kWrong);
  row.repaired_property = every_name_in_scope(kRepaired);
  row.any_order_fails = "no interleaving: the first connection meets it";
  row.shipped = {"edge"};
  row.unguarded = "the compiler refuses a name that is out of scope";
  return row;
}

}  // namespace tutti::races
