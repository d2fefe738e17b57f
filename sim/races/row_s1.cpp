// S1, reproduced on two versions of the system of report 000: connect, disconnect, connect on one
// URL. The cleanup of the first connection's task erases the entry by URL, which by then is the
// second's; a third connect finds none and dials beside it.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct CleanupByUrl : explore::Actors<CleanupByUrl> {
  const bool repaired;
  Cell<int> entry{"_connection_tasks[url]", 0};  // the generation of the dial, 0: none
  Cell<int> generations{"dials so far", 0};
  Cell<int> dials{"dials that were not told to end", 0};
  Cell<bool> told{"first task cancelled", false};

  explicit CleanupByUrl(bool twin) : repaired(twin) {
    static constexpr Step kUser[] = {
        {"connect_to_client", [](CleanupByUrl& m) { m.connect(); }},
        // Suspended here: the client is used for a while.
        {"disconnect_from_client", [](CleanupByUrl& m) { m.disconnect(); }},
    };
    static constexpr Step kTask[] = {
        {"is cancelled", [](CleanupByUrl&) {}, [](const CleanupByUrl& m) { return m.told.get(); }},
        // Suspended here: the socket is closed.
        {"cleanup: erases its entry", [](CleanupByUrl& m) { m.clean_up(); }},
    };
    static constexpr Step kAgain[] = {
        {"connect_to_client again", [](CleanupByUrl& m) { m.connect(); },
         [](const CleanupByUrl& m) { return m.told.get(); }},
    };
    actor("user", kUser);
    actor("first task", kTask);
    actor("second connect", kAgain);
    actor("third connect", kAgain);
  }
  void connect() {
    if (entry != 0) return;  // connected, or being connected
    generations += 1;
    entry = generations.get();
    dials += 1;
    require(dials <= 1, "two dials of one URL");
  }
  void disconnect() {
    told = true;
    entry = 0;
    dials -= 1;
  }
  void clean_up() {
    // The fix: erase only what is of its own generation.
    if (repaired && entry != 1) {
      if (entry != 0) witness("the first task's cleanup finds the second dial");
      return;
    }
    entry = 0;
  }
  std::string_view over() const override {
    return dials.unrecorded() == 0 || entry.unrecorded() != 0 ? "" : "a dial that nobody can end";
  }
  void state(StateWriter& out) const { put(out, entry, generations, dials, told); }
};

}  // namespace

Row row_s1() {
  Row row{"S1", "beyond", "A, R", "a task's cleanup erases its successor's entry",
          "erase only your generation"};
  row.wrong = explore::scenario<CleanupByUrl>("S1 wrong", {}, false);
  row.repaired = explore::scenario<CleanupByUrl>(
      "S1 repaired", {"the first task's cleanup finds the second dial"}, true);
  row.guards = {"table.generation", "dialer.one_dial"};
  row.shipped = {"dialer"};
  return row;
}

}  // namespace tutti::races
