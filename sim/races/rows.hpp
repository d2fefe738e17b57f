#pragma once
// The table of races: each row a failure that a report describes, as a wrong variant (the shape of
// the code it was found in), its repaired twin (the smallest fix in the same shape) and the
// invariant that both are asked for. One file a row, `row_*.cpp`; its head says what the report
// claimed and what the true hazard is.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/model.hpp"

namespace tutti::races {

// For rows that are no interleaving: says what is broken for values drawn from the stream.
using Property = std::function<std::optional<std::string>(Choose&)>;

struct Row {
  const char* id = "";         // as in the table: "RC-9"
  const char* report = "";     // "000" to "004", or "beyond": found beside the reports
  const char* kind = "";       // A asynchronous, D data race, T check then act, L logic, R stale
  const char* title = "";      // what happened, in a few words
  const char* invariant = "";  // what holds instead
  // Either two scenarios, or two properties.
  explore::Scenario wrong;
  explore::Scenario repaired;
  Property wrong_property;
  Property repaired_property;
  // Why an ordinary test, one call after the other, sees it too. Null: it does not.
  const char* any_order_fails = nullptr;
  std::vector<const char*> guards;   // of the shipped core, that keep it out
  std::vector<const char*> shipped;  // scenarios of the shipped machines under the same invariant
  const char* waits = nullptr;       // the part that its shipped half comes with
  const char* tested = nullptr;      // where its shipped half is tested, if not explored
  const char* unguarded = nullptr;   // why no guard keeps it out, where none does
};

// All rows, in the table's order.
std::vector<Row> all_rows();
// Null when there is none of this id.
const Row* find_row(const std::vector<Row>& rows, std::string_view id);

}  // namespace tutti::races
