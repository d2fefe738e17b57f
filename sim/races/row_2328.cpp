// 2328, report 002 (Deduplication, chunked_processor.py): "ProcessorFactory cache eviction unsafe
// during concurrent dict iteration". True as claimed: two threads, one dictionary. The iterating
// thread stops with "changed size during iteration", or skips what moved.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

constexpr std::uint8_t kCap = 2;

// The keys, oldest first.
struct Processors {
  std::array<std::uint8_t, 3> keys{1, 2};
  std::uint8_t size = 2;
  void state(StateWriter& out) const {
    for (std::uint8_t key : keys) out.number(key);
    out.number(size);
  }
};

struct Eviction : explore::Actors<Eviction> {
  const bool repaired;
  Cell<Processors> cache{"_processor_cache", Processors{}};
  Processors snapshot;  // of the iterating thread, in the repaired one
  std::array<std::uint8_t, 2> visited{};

  explicit Eviction(bool twin) : repaired(twin) {
    // Look-up, eviction and insertion are one critical section in the repaired one.
    static constexpr Step kCreate[] = {
        {"get_or_create: the cache is full", [](Eviction& m) { m.evict(); }},
        // Thread boundary.
        {"inserts the new processor", [](Eviction& m) { m.insert(); }},
    };
    static constexpr Step kIterate[] = {
        {"begins to iterate", [](Eviction& m) { m.snapshot = m.cache; }},
        // Thread boundary before each next one: processors are reset one by one.
        {"resets the first", [](Eviction& m) { m.visit(0); }},
        {"resets the second", [](Eviction& m) { m.visit(1); }},
    };
    actor("stream", kCreate);
    actor("reset", kIterate);
  }
  void evict() {
    Processors& now = cache.edit();
    now.keys = {now.keys[1], 0, 0};
    now.size -= 1;
    if (repaired) add();
  }
  void insert() {
    if (!repaired) add();
  }
  void add() {
    Processors& now = cache.edit();
    now.keys[now.size++] = 3;
    require(now.size <= kCap, "more processors than the cap");
  }
  void visit(std::size_t next) {
    // The fix: iterate over list(cache), taken under the lock.
    const Processors& seen = repaired ? snapshot : cache.get();
    if (repaired && cache.get().keys != snapshot.keys) witness("evicted during the iteration");
    if (!repaired && seen.size != snapshot.size)
      return require(false, "RuntimeError: dictionary changed size during iteration");
    visited[next] = seen.keys[next];
    require(visited[next] == snapshot.keys[next], "a processor was skipped");
  }
  void state(StateWriter& out) const { put(out, cache, snapshot, visited); }
};

}  // namespace

Row row_2328() {
  Row row{"2328", "002", "T, D", "eviction during iteration",
          "an iteration sees a snapshot; the size stays within the cap"};
  row.wrong = explore::scenario<Eviction>("2328 wrong", {}, false);
  row.repaired =
      explore::scenario<Eviction>("2328 repaired", {"evicted during the iteration"}, true);
  row.waits = "mastering";
  return row;
}

}  // namespace tutti::races
