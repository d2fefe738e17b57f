// 2436 and 2085, report 002 (Dimension 3, "SimpleChunkCache._lock", audio_stream_controller.py:79,
// and "invalidate_chunk() on processing failure", 558-564): safe in the report; the wrong variant
// is the code before. The cache is used without a lock, and the entry is put before the chunk is
// processed in place, so a failure leaves half a chunk. Evicting it afterwards, as 2085 does, still
// lets another stream read it in between; the twin puts what is whole.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

// The cache holds one entry; a chunk is raw, or whole once it is processed.
struct Entry {
  std::uint8_t chunk = 0;  // 0: none
  bool whole = false;
  void state(StateWriter& out) const { out.number(chunk * 2U + (whole ? 1 : 0)); }
};

struct ChunkCache : explore::Actors<ChunkCache> {
  const bool repaired;
  Cell<Entry> entry{"cache", Entry{}};
  Cell<bool> failing{"processing fails", false};
  Entry found;  // by the reader, in the repaired one

  explicit ChunkCache(bool twin) : repaired(twin) {
    static constexpr Step kProcess[] = {
        {"puts chunk 1", [](ChunkCache& m) { m.put_raw(); }},
        // Thread boundary: the chunk is processed by `to_thread`.
        {"has processed it, or failed", [](ChunkCache& m) { m.processed(); }},
    };
    static constexpr Step kOther[] = {
        {"puts chunk 2 and evicts", [](ChunkCache& m) { m.entry = Entry{2, true}; }},
    };
    static constexpr Step kRead[] = {
        {"if key in cache", [](ChunkCache& m) { m.contains(); }},
        // Thread boundary.
        {"move_to_end, returns it", [](ChunkCache& m) { m.get(); }},
    };
    static constexpr Step kFail[] = {
        {"breaks", [](ChunkCache& m) { m.failing = true; }},
    };
    actor("stream", kProcess);
    actor("stream of chunk 2", kOther);
    actor("reader of chunk 1", kRead);
    actor("decoder", kFail);
  }
  void put_raw() {
    if (!repaired) entry = Entry{1, false};
  }
  void processed() {
    if (failing) {
      if (repaired) witness("processing fails and nothing is put");
      return;
    }
    // The fix: put under the lock, when it is whole.
    if (repaired) entry = Entry{1, true};
    else if (entry.get().chunk == 1) entry.edit().whole = true;  // in place
  }
  void contains() {
    found = entry;
    if (found.chunk != 1) finish();
  }
  void get() {
    // The fix: found and taken under one lock.
    if (repaired && entry.get().chunk != 1) witness("evicted after the hit");
    const Entry& got = repaired ? found : entry.get();
    if (got.chunk != 1) return require(false, "KeyError: evicted between in and []");
    require(got.whole, "half a chunk from the cache");
  }
  std::string_view over() const override {
    const Entry& left = entry.unrecorded();
    return left.chunk == 0 || left.whole ? "" : "failed work left an entry";
  }
  void state(StateWriter& out) const { put(out, entry, failing, found); }
};

}  // namespace

Row row_2436() {
  Row row{"2436, 2085", "002", "T", "chunk cache without a lock; failed work stays in it",
          "the chunk cache is consistent; failed work leaves no entry"};
  row.wrong = explore::scenario<ChunkCache>("2436, 2085 wrong", {}, false);
  row.repaired = explore::scenario<ChunkCache>(
      "2436, 2085 repaired", {"processing fails and nothing is put", "evicted after the hit"},
      true);
  row.tested = "shell/app: \"stream cache: what failed leaves nothing\"";
  row.unguarded = "a file stands under its name when it is whole; nothing is put before";
  return row;
}

}  // namespace tutti::races
