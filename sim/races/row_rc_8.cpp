// RC-8, report 000: "writer task reference race between check and usage", server/client.py:352-375
// and 582-589. True where the loop suspends between its look at `_writer_task` and its use: the
// cleanup resets the field meanwhile. In Python an assertion fails; with a raw pointer it is a use
// after free. Asking a table with a handle (slot and generation) leaves nothing to dangle.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct WriterReference : explore::Actors<WriterReference> {
  const bool repaired;
  Cell<int> writer_task{"_writer_task", 1};  // the task's generation, 0: None
  Cell<bool> cancelled{"cancelled", false};
  int held = 0;  // by the run loop

  explicit WriterReference(bool twin) : repaired(twin) {
    static constexpr Step kRunLoop[] = {
        {"if self._writer_task is None: break",
         [](WriterReference& m) {
           m.held = m.writer_task;
           if (m.held == 0) m.finish();
         }},
        // Suspended here: await ws.receive().
        {"wait({receive, self._writer_task})", [](WriterReference& m) { m.use(); }},
        // Suspended here: asyncio.wait.
        {"if self._writer_task.done()", [](WriterReference& m) { m.use(); }},
    };
    static constexpr Step kCleanup[] = {
        {"_cleanup: _writer_task.cancel()", [](WriterReference& m) { m.cancelled = true; }},
        // Suspended here: await of the cancelled task.
        {"_writer_task = None", [](WriterReference& m) { m.writer_task = 0; }},
        // Suspended here: await of disconnect().
        {"ends", [](WriterReference&) {}},
    };
    actor("run loop", kRunLoop);
    actor("cleanup", kCleanup);
  }
  void use() {
    // The fix: the handle is looked up at each use; one of an old generation finds nothing.
    if (repaired && writer_task != held) {
      witness("the writer's task was gone when the loop looked again");
      return finish();
    }
    require(writer_task != 0, "the writer's task is used after it was reset");
  }
  void state(StateWriter& out) const { put(out, writer_task, cancelled, held); }
};

}  // namespace

Row row_rc_8() {
  Row row{"RC-8", "000", "A", "the writer task's reference is reset before its use",
          "the handle is valid between check and use"};
  row.wrong = explore::scenario<WriterReference>("RC-8 wrong", {}, false);
  row.repaired = explore::scenario<WriterReference>(
      "RC-8 repaired", {"the writer's task was gone when the loop looked again"}, true);
  row.guards = {"table.generation"};
  row.shipped = {"edge", "server 1x2"};
  return row;
}

}  // namespace tutti::races
