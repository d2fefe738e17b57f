// 001-6, report 001, section 6: SessionMemory's mutations "were not thread-safe". True for threads;
// each step is what one thread does before the other runs. A bare `list.append` of Python is whole,
// but `add_interaction` numbers the interaction, finds its place and writes it; other writers come
// between.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct UnlockedAppend : explore::Actors<UnlockedAppend> {
  using List = std::array<std::uint8_t, 2>;
  const bool repaired;
  Cell<int> numbers{"next number", 1};
  Cell<std::uint8_t> length{"len(interactions)", std::uint8_t{0}};
  Cell<List> interactions{"interactions", List{}};
  std::uint8_t number[2] = {}, at[2] = {};  // of each writer

  explicit UnlockedAppend(bool twin) : repaired(twin) {
    static constexpr Step kAdd[] = {
        {"add_interaction: takes a number",
         [](UnlockedAppend& m) {
           if (m.repaired && m.length > 0)
             m.witness("the second writer comes while the first adds");
           m.take_number();
           // The fix: one critical section for all of it.
           if (m.repaired) m.look(), m.write();
         }},
        // Thread boundary here.
        {"reads len(interactions)",
         [](UnlockedAppend& m) {
           if (!m.repaired) m.look();
         }},
        // Thread boundary here.
        {"interactions[length] = interaction",
         [](UnlockedAppend& m) {
           if (!m.repaired) m.write();
         }},
    };
    actor("first writer", kAdd);
    actor("second writer", kAdd);
  }
  void take_number() {
    number[self()] = static_cast<std::uint8_t>(numbers);
    numbers += 1;
  }
  void look() { at[self()] = length; }
  void write() {
    interactions.edit()[at[self()]] = number[self()];
    length = static_cast<std::uint8_t>(at[self()] + 1);
  }
  std::string_view over() const override {
    const List& list = interactions;
    if (length != 2 || list[0] == 0 || list[1] == 0) return "an interaction was lost";
    return list[0] < list[1] ? "" : "interactions are out of order";
  }
  void state(StateWriter& out) const { put(out, numbers, length, interactions, number, at); }
};

}  // namespace

Row row_001_6() {
  Row row{"001-6", "001", "D, T", "two writers of one session's memory",
          "no interaction is lost and their order is kept"};
  row.wrong = explore::scenario<UnlockedAppend>("001-6 wrong", {}, false);
  row.repaired = explore::scenario<UnlockedAppend>(
      "001-6 repaired", {"the second writer comes while the first adds"}, true);
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
