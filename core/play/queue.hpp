#pragma once
// Queue: what a group plays, in order. One machine, so that it equals some order of its edits; an
// edit names the version it is based on, and a stale one changes nothing. Positions are items, not
// numbers: an entry keeps its id while others come, go and move.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/random.hpp"
#include "core/base/recorder.hpp"
#include "core/base/result.hpp"
#include "core/base/state.hpp"
#include "core/base/time.hpp"

namespace tutti::play {

using ItemId = Id<struct QueueItemTag>;

struct QueueItem {
  ItemId id;
  TrackId track;
  friend bool operator==(const QueueItem&, const QueueItem&) = default;
};

enum class Repeat : std::uint8_t { off, all, one };

// ---- edits ----

struct AddTracks {
  std::vector<TrackId> tracks;
  enum class Where : std::uint8_t { end, next, before, instead } where = Where::end;
  ItemId before{};  // of Where::before
};
struct RemoveItems {
  std::vector<ItemId> items;
};
struct MoveItems {  // together, in the order they are named
  std::vector<ItemId> items;
  ItemId before{};  // none: to the end
};
struct ClearQueue {};
struct SetShuffle {
  bool on = false;
};
struct SetRepeat {
  Repeat repeat = Repeat::off;
};
struct UndoEdit {};
using QueueEdit =
    std::variant<AddTracks, RemoveItems, MoveItems, ClearQueue, SetShuffle, SetRepeat, UndoEdit>;

struct HistoryEntry {
  TrackId track;
  WallTime at;  // when it began
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

class Queue {
 public:
  explicit Queue(Random& random, Recorder* recorder = nullptr)
      : random_(&random), recorder_(recorder) {}

  // Counts changes of the list, of its order and of shuffle and repeat; not of what is playing.
  Version version() const { return version_; }
  // `based_on`: none means on whatever it is. Errors: stale; not_found (an item); too_large;
  // conflict (nothing to undo).
  Result<void> edit(const QueueEdit& edit, std::optional<Version> based_on);

  // In playing order.
  const std::vector<QueueItem>& items() const { return items_; }
  const QueueItem* find(ItemId id) const;
  // Where it stands in playing order; size() when it is not there.
  std::size_t index_of(ItemId id) const;
  bool shuffled() const { return shuffled_; }
  Repeat repeat() const { return repeat_; }
  bool can_undo() const { return !undo_.empty(); }

  // The item that plays or would play; null when there is none.
  const QueueItem* current() const { return find(current_); }
  // Playback says which item it is at. One that is gone is refused with not_found.
  Result<void> set_current(ItemId id);
  void clear_current() { current_ = {}; }
  // What follows an item, by default the current one. `skipping`: the listener asked, so repeat one
  // does not hold.
  const QueueItem* next(bool skipping) const { return next(skipping, current_); }
  const QueueItem* next(bool skipping, ItemId after) const;
  const QueueItem* previous() const;

  // What was played, the last kHistory, oldest first.
  const std::deque<HistoryEntry>& history() const { return history_; }
  void played(TrackId track, WallTime at);

  // Another queue's list, order and current entry in the place of its own; can be undone.
  void adopt(const Queue& other);
  // All of it but undo, as bytes that restore() takes. Errors: corrupt, newer_version; then nothing
  // changed.
  std::string save() const;
  Result<void> restore(std::string_view bytes);
  void describe(StateWriter& out) const;

 private:
  // What undo brings back.
  struct Order {
    std::vector<QueueItem> items;
    bool shuffled = false;
    std::vector<ItemId> original;
    ItemId current;
    std::size_t bytes() const { return items.size() * 16 + original.size() * 8; }
  };
  Result<void> apply(const AddTracks& edit);
  Result<void> apply(const RemoveItems& edit);
  Result<void> apply(const MoveItems& edit);
  Result<void> apply(ClearQueue edit);
  Result<void> apply(SetShuffle edit);
  Result<void> apply(SetRepeat edit);
  Result<void> apply(UndoEdit edit);
  void remember();
  Result<std::size_t> place_of(ItemId before) const;
  void leave_current(const std::vector<ItemId>& removed);
  void shuffle();
  void unshuffle();

  Random* random_;
  std::vector<QueueItem> items_;
  bool shuffled_ = false;
  std::vector<ItemId> original_;  // while shuffled: the order before, later additions at their end
  ItemId current_;
  Repeat repeat_ = Repeat::off;
  Version version_{1};
  std::deque<Order> undo_;
  std::deque<HistoryEntry> history_;
  Recorder* recorder_;
};

}  // namespace tutti::play
