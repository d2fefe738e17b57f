// N5, measured in the system of report 001: a request handler that blocks (it reads and parses a
// file in place) held the event loop for 908 ms, and every socket with it. Time is work here: the
// loop's clock goes on by what is done on it, in milliseconds, and a lane has its own.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr int kBlocking = 908;
constexpr int kDeadline = 5;  // a socket's message is served within it

struct BlockingRequest : explore::Actors<BlockingRequest> {
  const bool repaired;
  Cell<int> now{"work done on the loop", 0};
  Cell<bool> handed{"job handed to the lane", false};
  Cell<bool> done{"job done", false};
  int due = 0;  // of the socket's message

  explicit BlockingRequest(bool twin) : repaired(twin) {
    static constexpr Step kRequest[] = {
        {"reads and parses the file", [](BlockingRequest& m) { m.handle(); }},
        // Back on the loop: with the repair a job's result, else the next callback.
        {"is answered", [](BlockingRequest& m) { m.now += 1; },
         [](const BlockingRequest& m) { return !m.repaired || m.done; }},
    };
    static constexpr Step kLane[] = {
        {"works for 908 ms", [](BlockingRequest& m) { m.done = true; },
         [](const BlockingRequest& m) { return m.handed.get(); }},
    };
    static constexpr Step kSocket[] = {
        {"has a message", [](BlockingRequest& m) { m.due = m.now + kDeadline; }},
        // The loop comes to it when it has done what it is at.
        {"is served", [](BlockingRequest& m) { m.serve(); }},
    };
    actor("request", kRequest);
    actor("lane", kLane);
    actor("socket", kSocket);
  }
  void handle() {
    handed = repaired;
    now += repaired ? 1 : kBlocking;  // the fix: the loop only hands the work over
  }
  void serve() {
    now += 1;
    if (handed && !done) witness("a message is served while the lane works");
    require(now <= due, "a socket waited for another's request");
  }
  void state(StateWriter& out) const { put(out, now, handed, done, due); }
};

}  // namespace

Row row_n5() {
  Row row{"N5", "beyond", "A", "one blocking request delays all sockets",
          "no work on the loop over 1 ms"};
  row.wrong = explore::scenario<BlockingRequest>("N5 wrong", {}, false);
  row.repaired = explore::scenario<BlockingRequest>(
      "N5 repaired", {"a message is served while the lane works"}, true);
  // No guard: machines cannot block, they hand out jobs, whose replies come in any order.
  row.shipped = {"server 1x2"};
  row.unguarded =
      "a machine has nothing to wait with: files, names and stores are jobs of other threads";
  return row;
}

}  // namespace tutti::races
