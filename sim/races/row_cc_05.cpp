// CC-05, report 002 (Dimension 4, cache.py:70-156, 179): "QueryCache operations not thread-safe".
// Claimed: a KeyError between `in` and `[]`. True, but locking each method, as it suggests, is half
// the fix: what a handler read before the scanner's delete can still be set after its invalidation.
#include "sim/explore/actors.hpp"
#include "sim/races/call_log.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct QueryOp {
  bool writes = false;
  std::optional<int> result;  // the version that a query gave
  std::string text() const { return writes ? "delete_track" : "query"; }
  void state(StateWriter& out) const {
    out.number(static_cast<std::uint64_t>((writes ? 10 : 0) + result.value_or(0)));
  }
};

// With or without a cache: a query gives the version that the last write left.
struct QuerySpec {
  int version = 1;
  bool operator==(const QuerySpec&) const = default;
  bool apply(const QueryOp& op) {
    if (op.writes) return version = 2, true;
    return !op.result || *op.result == version;
  }
};

struct QueryCache : explore::Actors<QueryCache> {
  const bool repaired;
  Cell<int> database{"database", 1};      // its version
  Cell<int> cached{"cache[key]", 0};      // the version of the result, 0: not there
  Cell<int> generation{"generation", 0};  // invalidations so far
  CallLog<QueryOp, 3> calls;
  std::array<std::uint8_t, 3> call{};
  std::array<int, 2> result{};  // of each handler
  int generation_read = 0;      // by the handler that misses

  explicit QueryCache(bool twin) : repaired(twin) {
    static constexpr Step kMiss[] = {
        {"misses and queries the database", [](QueryCache& m) { m.query(); }},
        // Thread boundary.
        {"cache.set", [](QueryCache& m) { m.set(); }},
    };
    static constexpr Step kGet[] = {
        {"if key in self.cache", [](QueryCache& m) { m.contains(); }},
        // Thread boundary: the interpreter's lock is released.
        {"return self.cache[key]", [](QueryCache& m) { m.at(); }},
    };
    static constexpr Step kScan[] = {
        {"delete_track commits", [](QueryCache& m) { m.commit(); }},
        // Thread boundary.
        {"invalidate", [](QueryCache& m) { m.invalidate(); }},
    };
    actor("first handler", kMiss);
    actor("second handler", kGet);
    actor("scanner", kScan);
  }
  void invoke(bool writes) {
    call[self()] = calls.invoke(actor_name(self()).data(), {writes, std::nullopt});
  }
  void returns(int value) { calls.returned(call[self()], value); }

  void query() {
    invoke(false);
    generation_read = generation;
    result[0] = database;
  }
  void set() {
    returns(result[0]);
    // The fix: under the lock, and nothing that was read before an invalidation.
    if (repaired && generation_read != generation)
      return witness("what was invalidated since is not set");
    cached = result[0];
  }
  void contains() {
    invoke(false);
    result[1] = cached;
    if (result[1] != 0) return;
    returns(database);
    finish();
  }
  void at() {
    // The fix: found and taken under one lock, so what was found is what is returned.
    if (repaired) {
      if (cached == 0) witness("invalidated after the hit");
      return returns(result[1]);
    }
    if (cached == 0) return require(false, "KeyError: invalidated between in and []");
    returns(cached);
  }
  void commit() {
    invoke(true);
    database = 2;
  }
  void invalidate() {
    cached = 0;
    generation += 1;
    returns(0);
  }
  std::string_view over() const override {
    if (cached.unrecorded() != 0 && cached.unrecorded() != database.unrecorded())
      return "what was invalidated is cached again";
    return calls.linearizable(QuerySpec{}) ? "" : "no order of the calls explains the results";
  }
  void state(StateWriter& out) const {
    put(out, database, cached, generation, calls, call, result, generation_read);
  }
};

}  // namespace

Row row_cc_05() {
  Row row{"CC-05", "002", "T", "query cache: found, then gone; invalidated, then set",
          "hit or miss, never a fault; nothing invalidated comes back"};
  row.wrong = explore::scenario<QueryCache>("CC-05 wrong", {}, false);
  row.repaired = explore::scenario<QueryCache>(
      "CC-05 repaired", {"what was invalidated since is not set", "invalidated after the hit"},
      true);
  row.guards = {"library.cache_version"};
  row.shipped = {"library"};
  return row;
}

}  // namespace tutti::races
