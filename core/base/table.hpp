#pragma once
// Table<T>: entities found by slot and generation. A handle to an erased entity, or to an earlier
// occupant of its slot, finds nothing: this is the one place where stale references are told from
// live ones. Iteration is in order of creation, never by slot, so that no behaviour depends on
// which slot was free.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/ids.hpp"
#include "core/base/recorder.hpp"

namespace tutti {

template <class T>
class Table {
 public:
  explicit Table(Recorder* recorder = nullptr) : recorder_(recorder) {}

  template <class... Args>
  Handle create(Args&&... args) {
    std::uint32_t slot = take_slot();
    Slot& s = slots_[slot];
    s.value = std::make_unique<T>(std::forward<Args>(args)...);
    s.previous = last_;
    s.next = kNone;
    (last_ == kNone ? first_ : slots_[last_].next) = slot;
    last_ = slot;
    ++size_;
    wrote(slot);
    wrote_order();
    return {slot, s.generation};
  }

  const T* read(Handle handle) const {
    if (recorder_ != nullptr) recorder_->read(this, handle.slot);
    return find(handle);
  }
  T* edit(Handle handle) {
    wrote(handle.slot);
    return const_cast<T*>(find(handle));
  }

  // False when the handle is stale. The entity is returned to the caller's hands to die when it is
  // done with it.
  std::unique_ptr<T> erase(Handle handle) {
    wrote(handle.slot);
    if (find(handle) == nullptr) return nullptr;
    wrote_order();
    Slot& s = slots_[handle.slot];
    (s.previous == kNone ? first_ : slots_[s.previous].next) = s.next;
    (s.next == kNone ? last_ : slots_[s.next].previous) = s.previous;
    s.generation = s.generation.next();
    free_.push_back(handle.slot);
    --size_;
    return std::move(s.value);
  }

  std::size_t size() const { return size_; }
  // Handles that found an earlier occupant gone: a symptom of a race absorbed.
  std::uint64_t stale_seen() const { return stale_; }

  // In order of creation; `visit(Handle, T&)` may erase the entity it is given, and none else.
  template <class Visit>
  void for_each(Visit visit) {
    wrote_order();
    for (std::uint32_t slot = first_; slot != kNone;) {
      std::uint32_t next = slots_[slot].next;
      wrote(slot);
      visit(Handle{slot, slots_[slot].generation}, *slots_[slot].value);
      slot = next;
    }
  }
  template <class Visit>
  void for_each(Visit visit) const {
    if (recorder_ != nullptr) recorder_->read(this, Recorder::kWhole);
    for (std::uint32_t slot = first_; slot != kNone; slot = slots_[slot].next) {
      if (recorder_ != nullptr) recorder_->read(this, slot);
      visit(Handle{slot, slots_[slot].generation}, static_cast<const T&>(*slots_[slot].value));
    }
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Slot {
    std::unique_ptr<T> value;
    Generation generation;
    std::uint32_t previous = kNone;
    std::uint32_t next = kNone;
  };

  std::uint32_t take_slot() {
    if (!free_.empty()) {
      std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const T* find(Handle handle) const {
    if (handle.slot >= slots_.size() || !slots_[handle.slot].value) {
      ++stale_;
      return nullptr;
    }
    const Slot& s = slots_[handle.slot];
    if (!GUARD("table.generation", is_current(s.generation, handle.generation))) {
      ++stale_;
      return nullptr;
    }
    return s.value.get();
  }
  void wrote(std::uint64_t key) {
    if (recorder_ != nullptr) recorder_->wrote(this, key);
  }
  void wrote_order() { wrote(Recorder::kWhole); }

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint32_t first_ = kNone;
  std::uint32_t last_ = kNone;
  std::size_t size_ = 0;
  mutable std::uint64_t stale_ = 0;
  Recorder* recorder_;
};

}  // namespace tutti
