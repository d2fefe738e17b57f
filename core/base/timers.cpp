#include "core/base/timers.hpp"

#include <algorithm>

namespace tutti {

void Timers::place(std::size_t i, Entry entry) {
  where_[entry.key] = i;
  heap_[i] = entry;
}

// Restores the heap around position i, whose entry may belong above or below.
void Timers::sift(std::size_t i) {
  Entry entry = heap_[i];
  while (i > 0 && before(entry, heap_[(i - 1) / 2])) {
    place(i, heap_[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
  for (;;) {
    std::size_t child = 2 * i + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], entry)) break;
    place(i, heap_[child]);
    i = child;
  }
  place(i, entry);
}

void Timers::remove(std::size_t i) {
  where_.erase(heap_[i].key);
  Entry last = heap_.back();
  heap_.pop_back();
  if (i == heap_.size()) return;
  heap_[i] = last;
  sift(i);
}

void Timers::arm(TimerKey key, ServerTime at) {
  note_write(recorder_, this);
  auto [entry, fresh] = where_.try_emplace(key, heap_.size());
  std::size_t i = entry->second;
  if (fresh) heap_.push_back({at, ++armed_, key});
  else heap_[i] = {at, ++armed_, key};
  sift(i);
}

void Timers::cancel(TimerKey key) {
  note_write(recorder_, this);
  auto entry = where_.find(key);
  if (entry != where_.end()) remove(entry->second);
}

std::optional<TimerKey> Timers::take_due(ServerTime now) {
  note_write(recorder_, this);
  if (heap_.empty() || now < heap_.front().at) return std::nullopt;
  TimerKey key = heap_.front().key;
  remove(0);
  return key;
}

void Timers::describe(StateWriter& out) const {
  std::vector<Entry> ordered = heap_;
  std::sort(ordered.begin(), ordered.end(), before);
  out.number(ordered.size());
  for (const Entry& entry : ordered) {
    out.time(entry.at);
    out.number((std::uint64_t{entry.key.machine} << 16) | entry.key.what);
    out.id(entry.key.id);
  }
}

}  // namespace tutti
