// A queue as bytes: what a restart brings back.
#include <unordered_set>

#include "core/base/byte_codec.hpp"
#include "core/base/limits.hpp"
#include "core/play/queue.hpp"

namespace tutti::play {
namespace {

constexpr std::uint8_t kFormat = 1;

struct Stored {
  std::vector<QueueItem> items;
  bool shuffled = false;
  std::vector<ItemId> original;
  ItemId current;
  Repeat repeat = Repeat::off;
  std::uint32_t version = 1;
  std::deque<HistoryEntry> history;
};

void read_items(ByteReader& in, Stored& out) {
  for (std::size_t n = in.count(16); n > 0; --n) {
    std::uint64_t id = in.u64();
    out.items.push_back({ItemId{id}, TrackId{in.u64()}});
  }
  out.shuffled = in.u8() != 0;
  for (std::size_t n = in.count(8); n > 0; --n) out.original.push_back(ItemId{in.u64()});
}

void read_history(ByteReader& in, Stored& out) {
  for (std::size_t n = in.count(16); n > 0; --n) {
    std::uint64_t track = in.u64();
    out.history.push_back({TrackId{track}, WallTime{in.i64()}});
  }
}

// What a queue is always: ids once each, the original order one of the same entries.
bool is_sound(const Stored& stored) {
  std::unordered_set<ItemId> ids;
  for (const QueueItem& item : stored.items) {
    if (!item.id || !ids.insert(item.id).second) return false;
  }
  if (stored.items.size() > limits::kQueueItems) return false;
  if (stored.current && !ids.contains(stored.current)) return false;
  if (!stored.shuffled) return stored.original.empty();
  std::unordered_set<ItemId> original(stored.original.begin(), stored.original.end());
  return original == ids && stored.original.size() == ids.size();
}

}  // namespace

std::string Queue::save() const {
  note_read(recorder_, this);
  ByteWriter out;
  out.u8(kFormat);
  out.u32(version_.number());
  out.u8(static_cast<std::uint8_t>(repeat_));
  out.u64(current_.value);
  out.u32(static_cast<std::uint32_t>(items_.size()));
  for (const QueueItem& item : items_) {
    out.u64(item.id.value);
    out.u64(item.track.value);
  }
  out.u8(shuffled_ ? 1 : 0);
  out.u32(static_cast<std::uint32_t>(original_.size()));
  for (ItemId id : original_) out.u64(id.value);
  out.u32(static_cast<std::uint32_t>(history_.size()));
  for (const HistoryEntry& entry : history_) {
    out.u64(entry.track.value);
    out.i64(entry.at.us);
  }
  return out.take();
}

Result<void> Queue::restore(std::string_view bytes) {
  note_write(recorder_, this);
  ByteReader in(bytes);
  std::uint8_t format = in.u8();
  if (format > kFormat) return fail(Code::newer_version, "the stored queue is of a newer program");
  Stored stored;
  stored.version = in.u32();
  std::uint8_t repeat = in.u8();
  stored.current = ItemId{in.u64()};
  read_items(in, stored);
  read_history(in, stored);
  bool whole = format == kFormat && in.ok() && in.at_end() &&
               repeat <= static_cast<std::uint8_t>(Repeat::one);
  if (!whole || !is_sound(stored)) return fail(Code::corrupt, "the stored queue is damaged");
  items_ = std::move(stored.items);
  shuffled_ = stored.shuffled;
  original_ = std::move(stored.original);
  current_ = stored.current;
  repeat_ = static_cast<Repeat>(repeat);
  version_ = Version(stored.version);
  history_ = std::move(stored.history);
  undo_.clear();
  return {};
}

}  // namespace tutti::play
