// A group as bytes: what a restart brings back, to the second.
#include <algorithm>

#include "core/base/byte_codec.hpp"
#include "core/base/check.hpp"
#include "core/base/limits.hpp"
#include "core/play/group.hpp"

namespace tutti::play {
namespace {

constexpr std::uint8_t kFormat = 1;

std::uint64_t millis_of(Duration duration) {
  return static_cast<std::uint64_t>(duration.us / 1000);
}

}  // namespace

// What was asked is stored at once, a position once a second. One save is under way at a time; what
// changes meanwhile goes with the next.
void Group::save(Now now) {
  bool asked = save_wanted_ > save_sent_;
  save_at_ = kNever;
  if (saving_) return;
  if (save_failed_ || (!asked && state_ == PlayState::playing)) save_at_ = save_not_before_;
  else if (asked) save_at_ = now.mono;
  if (save_at_ > now.mono) return;
  SaveGroup save{save_wanted_, name_, {}, playback_bytes(now)};
  if (queue_dirty_) save.queue = queue_.save();
  save_sent_ = save_wanted_;
  queue_dirty_ = save_failed_ = false;
  saving_ = true;
  save_at_ = kNever;
  save_not_before_ = now.mono + limits::kSaveEvery;
  effect(std::move(save));
}

void Group::saved(std::uint64_t serial, const Result<void>& result, Now now) {
  note_write(recorder_, this);
  INVARIANT(saving_ && serial == save_sent_);
  saving_ = false;
  // All of it again, at the pace of a position.
  if (!result) save_failed_ = queue_dirty_ = true;
  settle(now);
}

// Wall time is what a person set; it is watched on the clock that does not step.
void Group::arm_sleep(Now now) {
  sleep_mono_ = kNever;
  if (sleep_.mode != Sleep::Mode::at_time) return;
  sleep_mono_ = now.mono + std::max(Duration{sleep_.at.us - now.wall.us}, Duration{});
}

std::string Group::playback_bytes(Now now) const {
  ByteWriter out;
  out.u8(kFormat);
  bool active = state_ == PlayState::playing || state_ == PlayState::loading;
  out.u8(static_cast<std::uint8_t>(active ? PlayState::playing : state_));
  const QueueItem* current = queue_.current();
  out.u64(current != nullptr ? current->id.value : 0);
  out.u64(millis_of(position(now)));
  out.u64(account_.value);
  out.u32(static_cast<std::uint32_t>(millis_of(options_.crossfade)));
  out.u8(static_cast<std::uint8_t>(options_.level));
  out.i64(static_cast<std::int64_t>(options_.level_target * 100));
  out.u8(static_cast<std::uint8_t>(sleep_.mode));
  out.i64(sleep_.at.us);
  return out.take();
}

Result<void> Group::restore(std::string_view queue, std::string_view playback, Now now) {
  note_write(recorder_, this);
  ByteReader in(playback);
  if (in.u8() > kFormat) return fail(Code::newer_version, "the stored group is of a newer program");
  std::uint8_t state = in.u8();
  ItemId current{in.u64()};
  Duration at = millis(static_cast<std::int64_t>(in.u64()));
  AccountId account{in.u64()};
  GroupOptions options;
  options.crossfade = millis(in.u32());
  std::uint8_t level = in.u8();
  options.level_target = static_cast<double>(in.i64()) / 100;
  std::uint8_t sleep_mode = in.u8();
  WallTime sleep_at{in.i64()};
  bool sound = in.ok() && in.at_end() && state <= static_cast<std::uint8_t>(PlayState::failed) &&
               level <= static_cast<std::uint8_t>(LevelBy::album) &&
               sleep_mode <= static_cast<std::uint8_t>(Sleep::Mode::end_of_album) &&
               at >= Duration{} && options.crossfade <= limits::kCrossfadeMost;
  if (!sound) return fail(Code::corrupt, "the stored group is damaged");
  if (auto ok = queue_.restore(queue); !ok) return ok;
  queue_dirty_ = false;
  options.level = static_cast<LevelBy>(level);
  options_ = options;
  account_ = account;
  sleep_ = {static_cast<Sleep::Mode>(sleep_mode), sleep_at};
  arm_sleep(now);
  // The position is stored more often than the queue: its entry is the one that counts.
  bool there = current && queue_.set_current(current).has_value();
  if (!there) queue_.clear_current();
  from_ = there ? at : Duration{};
  state_ = static_cast<PlayState>(state);
  if (state_ == PlayState::playing) {
    if (there) load(current, from_, now);
    else state_ = PlayState::stopped;
  }
  settle(now);
  return {};
}

void Group::describe(StateWriter& out) const {
  queue_.describe(out);
  out.number(static_cast<std::uint64_t>(state_));
  out.number(static_cast<std::uint64_t>(sleep_.mode));
  out.time(sleep_mono_);
  for (const auto* asked : {&loading_, &prefetch_}) {
    out.number(asked->has_value() ? 1 : 0);
    if (*asked) out.id((*asked)->token.value), out.id((*asked)->entry.value);
  }
  out.number(millis_of(from_));
  out.id(counted_.value);
  out.number(static_cast<std::uint64_t>(failures_));
  out.number(failed_.size());
  out.number((queue_dirty_ ? 1U : 0U) | (saving_ ? 2U : 0U) |
             (save_wanted_ > save_sent_ ? 4U : 0U) | (save_failed_ ? 8U : 0U));
  out.time(save_at_);
  out.number(stream_ ? 1 : 0);
  if (!stream_) return;
  const Stream& stream = *stream_;
  out.number((stream.heard ? 1U : 0U) | (stream.over ? 2U : 0U) | (stream.in_flight ? 4U : 0U) |
             (stream.fading ? 8U : 0U) | (stream.faded ? 16U : 0U));
  out.time(stream.heard ? stream.timeline.at(stream.made) : kNever);
  for (const Joint& joint : stream.joints) {
    out.id(joint.track.entry.value);
    out.number(static_cast<std::uint64_t>(stream.made - joint.frame));
  }
  out.id(stream.follows ? stream.follows->entry.value : 0);
  out.number(stream.commands.size());
}

}  // namespace tutti::play
