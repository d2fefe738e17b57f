// Delete beside read, report 002 (Dimension 4, "_delete_lock + PRE+POST cache invalidation",
// manager.py:527-551), called safe: "double invalidation closes the repopulation window". It does
// not. Invalidating only before the delete leaves the window wide; the second one, behind it, still
// cannot see a reader that has queried before the delete and sets the cache after both. The wrong
// variant is therefore the code of the report; the twin's cache refuses what was read before.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct DeleteBesideRead : explore::Actors<DeleteBesideRead> {
  const bool repaired;
  Cell<bool> row{"row in the database", true};
  Cell<bool> cached{"row in the cache", true};
  Cell<int> generation{"generation", 0};  // invalidations so far
  bool read = false;                      // by the reader: the row was there
  int generation_read = 0;

  explicit DeleteBesideRead(bool twin) : repaired(twin) {
    static constexpr Step kRead[] = {
        {"get_track looks into the cache", [](DeleteBesideRead& m) { m.look(); }},
        // Thread boundary; readers do not take _delete_lock.
        {"queries the database", [](DeleteBesideRead& m) { m.query(); }},
        // Thread boundary.
        {"sets the cache", [](DeleteBesideRead& m) { m.set(); }},
    };
    static constexpr Step kDelete[] = {
        {"delete_track invalidates before", [](DeleteBesideRead& m) { m.invalidate(); }},
        // Thread boundary.
        {"deletes the row", [](DeleteBesideRead& m) { m.row = false; }},
        // Thread boundary.
        {"invalidates behind", [](DeleteBesideRead& m) { m.invalidate(); }},
    };
    actor("reader", kRead);
    actor("deleter", kDelete);
  }
  void look() {
    generation_read = generation;
    if (cached) finish();
  }
  void query() {
    if (repaired) generation_read = generation;
    read = row;
  }
  void set() {
    // The fix: a value that was read before an invalidation is not set.
    if (repaired && generation_read != generation)
      return witness("what was read before the delete is not set");
    cached = read;
  }
  void invalidate() {
    cached = false;
    generation += 1;
  }
  std::string_view over() const override {
    return cached.unrecorded() && !row.unrecorded() ? "a deleted row is cached" : "";
  }
  void state(StateWriter& out) const { put(out, row, cached, generation, read, generation_read); }
};

}  // namespace

Row row_delete_beside_read() {
  Row row{"delete beside read", "002", "T", "a reader sets the cache after a delete",
          "nothing stale is cached after a delete that raced with a read"};
  row.wrong = explore::scenario<DeleteBesideRead>("delete beside read wrong", {}, false);
  row.repaired = explore::scenario<DeleteBesideRead>(
      "delete beside read repaired", {"what was read before the delete is not set"}, true);
  row.guards = {"library.cache_version"};
  row.shipped = {"library"};
  return row;
}

}  // namespace tutti::races
