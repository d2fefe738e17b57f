#include "core/play/queue.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/base/check.hpp"
#include "core/base/limits.hpp"

namespace tutti::play {
namespace {

std::unordered_set<ItemId> set_of(const std::vector<ItemId>& items) {
  return {items.begin(), items.end()};
}

}  // namespace

Result<void> Queue::edit(const QueueEdit& edit, std::optional<Version> based_on) {
  note_write(recorder_, this);
  if (based_on && !GUARD("queue.version", is_current(version_, *based_on)))
    return fail(Code::stale, "the queue has changed since", "read it again and repeat the edit");
  auto done = std::visit([&](const auto& what) { return apply(what); }, edit);
  if (done) version_ = version_.next();
  return done;
}

const QueueItem* Queue::find(ItemId id) const {
  std::size_t at = index_of(id);
  return at < items_.size() ? &items_[at] : nullptr;
}

std::size_t Queue::index_of(ItemId id) const {
  note_read(recorder_, this);
  auto found = std::find_if(items_.begin(), items_.end(), [&](auto& i) { return i.id == id; });
  return static_cast<std::size_t>(found - items_.begin());
}

Result<void> Queue::set_current(ItemId id) {
  note_write(recorder_, this);
  if (find(id) == nullptr) return fail(Code::not_found, "this entry is not in the queue any more");
  current_ = id;
  return {};
}

const QueueItem* Queue::next(bool skipping, ItemId after) const {
  if (items_.empty()) return nullptr;
  std::size_t at = index_of(after);
  if (at == items_.size()) return &items_.front();
  if (repeat_ == Repeat::one && !skipping) return &items_[at];
  if (at + 1 < items_.size()) return &items_[at + 1];
  return repeat_ == Repeat::off ? nullptr : &items_.front();
}

const QueueItem* Queue::previous() const {
  if (items_.empty()) return nullptr;
  std::size_t at = index_of(current_);
  if (at == items_.size()) return &items_.front();
  if (at > 0) return &items_[at - 1];
  return repeat_ == Repeat::all ? &items_.back() : &items_.front();
}

void Queue::played(TrackId track, WallTime at) {
  note_write(recorder_, this);
  history_.push_back({track, at});
  if (history_.size() > limits::kQueueHistory) history_.pop_front();
}

// Undo is bounded by count and by bytes; what is oldest is forgotten.
void Queue::remember() {
  undo_.push_back({items_, shuffled_, original_, current_});
  std::size_t bytes = 0;
  for (const Order& order : undo_) bytes += order.bytes();
  while (undo_.size() > 1 &&
         (undo_.size() > limits::kQueueUndo || bytes > limits::kQueueUndoBytes)) {
    bytes -= undo_.front().bytes();
    undo_.pop_front();
  }
}

Result<std::size_t> Queue::place_of(ItemId before) const {
  if (!before) return items_.size();
  std::size_t at = index_of(before);
  if (at == items_.size())
    return fail(Code::not_found, "the entry to insert before is not in the queue");
  return at;
}

Result<void> Queue::apply(const AddTracks& edit) {
  bool instead = edit.where == AddTracks::Where::instead;
  if (edit.tracks.size() > limits::kQueueItems - (instead ? 0 : items_.size()))
    return fail(Code::too_large, "a queue holds at most 10000 tracks", "remove some first");
  std::size_t at = items_.size();
  if (edit.where == AddTracks::Where::before) {
    auto place = place_of(edit.before);
    if (!place) return std::unexpected(place.error());
    at = *place;
  } else if (edit.where == AddTracks::Where::next && index_of(current_) < items_.size()) {
    at = index_of(current_) + 1;
  }
  remember();
  if (instead) {
    items_.clear();
    original_.clear();
    current_ = {};
    at = 0;
  }
  std::vector<QueueItem> added;
  for (TrackId track : edit.tracks) added.push_back({random_->id<ItemId>(), track});
  if (shuffled_) {
    for (const QueueItem& item : added) original_.push_back(item.id);
  }
  items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
  return {};
}

Result<void> Queue::apply(const RemoveItems& edit) {
  for (ItemId id : edit.items) {
    if (find(id) == nullptr) return fail(Code::not_found, "an entry to remove is not in the queue");
  }
  remember();
  leave_current(edit.items);
  auto gone = set_of(edit.items);
  std::erase_if(items_, [&](const QueueItem& item) { return gone.contains(item.id); });
  std::erase_if(original_, [&](ItemId id) { return gone.contains(id); });
  return {};
}

// When the current entry is removed, what followed it takes its place.
void Queue::leave_current(const std::vector<ItemId>& removed) {
  auto gone = set_of(removed);
  if (!gone.contains(current_)) return;
  std::size_t at = index_of(current_);
  while (at < items_.size() && gone.contains(items_[at].id)) ++at;
  current_ = at < items_.size() ? items_[at].id : ItemId{};
}

Result<void> Queue::apply(const MoveItems& edit) {
  auto moved = set_of(edit.items);
  if (moved.size() != edit.items.size())
    return fail(Code::bad_request, "an entry to move is named twice");
  if (moved.contains(edit.before))
    return fail(Code::bad_request, "entries cannot be moved before one of themselves");
  std::vector<QueueItem> taken;
  for (ItemId id : edit.items) {
    const QueueItem* item = find(id);
    if (item == nullptr) return fail(Code::not_found, "an entry to move is not in the queue");
    taken.push_back(*item);
  }
  if (auto place = place_of(edit.before); !place) return std::unexpected(place.error());
  remember();
  std::erase_if(items_, [&](const QueueItem& item) { return moved.contains(item.id); });
  auto at = static_cast<std::ptrdiff_t>(*place_of(edit.before));
  items_.insert(items_.begin() + at, taken.begin(), taken.end());
  return {};
}

Result<void> Queue::apply(ClearQueue) {
  remember();
  items_.clear();
  original_.clear();
  current_ = {};
  return {};
}

Result<void> Queue::apply(SetShuffle edit) {
  if (edit.on == shuffled_) return {};
  remember();
  if (edit.on) shuffle();
  else unshuffle();
  return {};
}

// What plays stays first; all else in an order of equal chance (Fisher, Yates; Durstenfeld 1964).
void Queue::shuffle() {
  shuffled_ = true;
  for (const QueueItem& item : items_) original_.push_back(item.id);
  std::size_t at = index_of(current_);
  std::size_t first = 0;
  if (at < items_.size()) std::swap(items_[first++], items_[at]);
  for (std::size_t i = items_.size(); i > first + 1; --i)
    std::swap(items_[i - 1], items_[first + random_->below(i - first)]);
}

void Queue::unshuffle() {
  shuffled_ = false;
  std::unordered_map<ItemId, std::size_t> rank;
  for (std::size_t i = 0; i < original_.size(); ++i) rank.emplace(original_[i], i);
  std::sort(items_.begin(), items_.end(),
            [&](const QueueItem& a, const QueueItem& b) { return rank.at(a.id) < rank.at(b.id); });
  original_.clear();
}

Result<void> Queue::apply(SetRepeat edit) {
  repeat_ = edit.repeat;
  return {};
}

// The list as it was; what plays goes on if it is in it.
Result<void> Queue::apply(UndoEdit) {
  if (undo_.empty()) return fail(Code::conflict, "there is nothing to undo");
  Order before = std::move(undo_.back());
  undo_.pop_back();
  items_ = std::move(before.items);
  shuffled_ = before.shuffled;
  original_ = std::move(before.original);
  if (find(current_) == nullptr) current_ = before.current;
  return {};
}

void Queue::adopt(const Queue& other) {
  note_write(recorder_, this);
  note_read(recorder_, &other);
  remember();
  items_ = other.items_;
  shuffled_ = other.shuffled_;
  original_ = other.original_;
  current_ = other.current_;
  repeat_ = other.repeat_;
  version_ = version_.next();
}

void Queue::describe(StateWriter& out) const {
  out.number(items_.size());
  for (const QueueItem& item : items_) {
    out.id(item.id.value);
    out.id(item.track.value);
  }
  out.number(original_.size() * 2 + (shuffled_ ? 1 : 0));
  for (ItemId id : original_) out.id(id.value);
  out.id(current_.value);
  out.number(static_cast<std::uint64_t>(repeat_));
  out.number(undo_.size());
}

}  // namespace tutti::play
