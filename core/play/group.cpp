#include "core/play/group.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/limits.hpp"

namespace tutti::play {
namespace {

constexpr std::size_t kEffects = 256;
constexpr Duration kBackToStart = seconds(3);

}  // namespace

Group::Group(GroupId id, std::string name, Pace pace, Random& random, Recorder* recorder)
    : id_(id),
      name_(std::move(name)),
      pace_(pace),
      random_(&random),
      queue_(random, recorder),
      effects_(kEffects),
      recorder_(recorder) {}

void Group::effect(GroupEffect effect) { INVARIANT(effects_.push(std::move(effect))); }

std::optional<GroupEffect> Group::poll() {
  note_write(recorder_, this);
  if (effects_.empty()) return std::nullopt;
  return effects_.pop();
}

void Group::rename(std::string name, Now now) {
  note_write(recorder_, this);
  name_ = std::move(name);
  ++save_wanted_;
  settle(now);
}

// At the end of each event: what time has brought, what is to be made, what is to be stored.
void Group::settle(Now now) {
  hear(now);
  want_slice(now);
  save(now);
  look();
}

void Group::look() {
  const QueueItem* current = queue_.current();
  Seen now{state_,         epoch_.number(),
           save_wanted_,   current != nullptr ? current->id.value : 0,
           failed_.size(), path_};
  if (now == seen_) return;
  seen_ = std::move(now);
  ++revision_;
}

Result<void> Group::edit(const QueueEdit& edit, std::optional<Version> based_on, Now now) {
  note_write(recorder_, this);
  hear(now);
  ItemId before = queue_.current() != nullptr ? queue_.current()->id : ItemId{};
  auto done = queue_.edit(edit, based_on);
  if (!done) return done;
  queue_dirty_ = true;
  ++save_wanted_;
  queue_changed(before, now);
  settle(now);
  return {};
}

// What plays must be the queue's current entry, and what is ahead of it what follows there.
void Group::queue_changed(ItemId before, Now now) {
  std::erase_if(failed_, [&](auto& each) { return queue_.find(ItemId{each.first}) == nullptr; });
  const QueueItem* current = queue_.current();
  bool active = state_ == PlayState::playing || state_ == PlayState::loading;
  if (current == nullptr) {
    if (state_ != PlayState::stopped && state_ != PlayState::failed) rest(PlayState::stopped, now);
    leave_track(now);
    from_ = {};
    track_.reset();
    return;
  }
  bool same = current->id == before;
  if (!same && active) return load(current->id, {}, now);
  if (!same) {
    leave_track(now);
    from_ = {};
    track_.reset();
    return;
  }
  if (active && !ahead_is_right()) return load(current->id, position(now), now);
  plan_follow();
}

Result<void> Group::play(std::optional<ItemId> entry, AccountId account, Now now) {
  note_write(recorder_, this);
  hear(now);
  if (entry && queue_.find(*entry) == nullptr)
    return fail(Code::not_found, "this entry is not in the queue any more");
  if (queue_.items().empty()) return fail(Code::conflict, "the queue is empty", "add tracks first");
  account_ = account;
  error_.clear();
  failures_ = 0;
  ++save_wanted_;
  bool active = state_ == PlayState::playing || state_ == PlayState::loading;
  if (entry || !active) {
    failed_.clear();  // who asks again gets another try
    ItemId id = entry              ? *entry
                : queue_.current() ? queue_.current()->id
                                   : queue_.items().front().id;
    load(id, entry || queue_.current() == nullptr ? Duration{} : from_, now);
  }
  settle(now);
  return {};
}

// A new epoch that begins with this entry. Its facts come first; until then nothing sounds.
void Group::load(ItemId entry, Duration from, Now now) {
  end_stream(now);
  if (!(counted_ == entry)) leave_track(now);
  INVARIANT(queue_.set_current(entry).has_value());
  state_ = PlayState::loading;
  from_ = from;
  track_.reset();
  loading_ = Asked{random_->id<JobToken>(), entry, queue_.current()->track};
  effect(AskFacts{loading_->token, loading_->track, account_});
}

// Whatever its stream still delivers is of an epoch that is over.
void Group::end_stream(Now now) {
  cancel(loading_);
  cancel(prefetch_);
  if (!stream_) return;
  if (stream_->heard && !stream_->joints.empty())
    heard_ = heard_ + (position(now) - stream_->joints.front().from);
  stream_.reset();
  effect(EndStream{epoch_});
  epoch_ = epoch_.next();
}

void Group::rest(PlayState state, Now now) {
  end_stream(now);
  state_ = state;
  path_ = {};
}

void Group::pause(Now now) {
  note_write(recorder_, this);
  hear(now);
  if (state_ != PlayState::playing && state_ != PlayState::loading) return;
  from_ = position(now);
  rest(PlayState::paused, now);
  ++save_wanted_;
  settle(now);
}

void Group::stop(Now now) {
  note_write(recorder_, this);
  hear(now);
  rest(PlayState::stopped, now);
  leave_track(now);
  from_ = {};
  sleep_ = {};
  arm_sleep(now);
  ++save_wanted_;
  settle(now);
}

Result<void> Group::seek(Duration to, Now now) {
  note_write(recorder_, this);
  hear(now);
  const QueueItem* current = queue_.current();
  if (current == nullptr) return fail(Code::conflict, "nothing is playing", "play something first");
  bool active = state_ == PlayState::playing || state_ == PlayState::loading;
  from_ = std::max(to, Duration{});
  if (active) load(current->id, from_, now);
  ++save_wanted_;
  settle(now);
  return {};
}

Result<void> Group::skip(Now now) {
  note_write(recorder_, this);
  hear(now);
  const QueueItem* next = queue_.next(true);
  if (next == nullptr) return fail(Code::conflict, "this is the last track of the queue");
  ++save_wanted_;
  bool active = state_ == PlayState::playing || state_ == PlayState::loading;
  if (active) {
    load(next->id, {}, now);
  } else {
    leave_track(now);
    INVARIANT(queue_.set_current(next->id).has_value());
    from_ = {};
    track_.reset();
  }
  settle(now);
  return {};
}

Result<void> Group::back(Now now) {
  note_write(recorder_, this);
  hear(now);
  const QueueItem* current = queue_.current();
  const QueueItem* to = queue_.previous();
  if (to == nullptr) return fail(Code::conflict, "the queue is empty", "add tracks first");
  if (current != nullptr && position(now) >= kBackToStart) to = current;
  ++save_wanted_;
  bool active = state_ == PlayState::playing || state_ == PlayState::loading;
  if (active) {
    load(to->id, {}, now);
  } else {
    leave_track(now);
    INVARIANT(queue_.set_current(to->id).has_value());
    from_ = {};
    track_.reset();
  }
  settle(now);
  return {};
}

void Group::set_options(GroupOptions options, Now now) {
  note_write(recorder_, this);
  hear(now);
  options.crossfade = std::clamp(options.crossfade, Duration{}, limits::kCrossfadeMost);
  options_ = options;
  ++save_wanted_;
  if (stream_) {
    stream_->commands.push_back(Level{options_.level, options_.level_target});
    if (stream_->follows && !stream_->joints.empty())
      stream_->commands.push_back(SetCrossfade{crossfade_to(stream_->follows->facts)});
  }
  settle(now);
}

void Group::set_sleep(Sleep sleep, Now now) {
  note_write(recorder_, this);
  hear(now);
  sleep_ = sleep;
  arm_sleep(now);
  ++save_wanted_;
  if (stream_) {
    if (stream_->fading) stream_->commands.push_back(CancelFade{});
    stream_->fading = false;
    stream_->faded = false;
    if (queue_.current() != nullptr && !ahead_is_right())
      load(queue_.current()->id, position(now), now);
    else plan_follow();
  }
  settle(now);
}

Result<void> Group::take_over(Group& from, Now now) {
  note_write(recorder_, this);
  note_write(recorder_, &from);
  from.hear(now);
  bool playing = from.state_ == PlayState::playing || from.state_ == PlayState::loading;
  Duration at = from.position(now);
  AccountId account = from.account_;
  stop(now);
  queue_.adopt(from.queue_);
  options_ = from.options_;
  from.stop(now);
  if (auto cleared = from.edit(ClearQueue{}, {}, now); !cleared) return cleared;
  from_ = at;
  account_ = account;
  failed_.clear();
  queue_dirty_ = true;
  ++save_wanted_;
  if (playing && queue_.current() != nullptr) load(queue_.current()->id, at, now);
  settle(now);
  return {};
}

ServerTime Group::deadline() const {
  note_read(recorder_, this);
  ServerTime at = std::min(save_at_, sleep_mono_);
  if (!stream_ || !stream_->heard || pace_ == Pace::free) return at;
  const Stream& stream = *stream_;
  if (stream.joints.size() > 1) at = std::min(at, stream.timeline.at(stream.joints[1].frame));
  if (stream.over) return std::min(at, stream.timeline.at(stream.made));
  if (!stream.in_flight && !stream.faded) at = std::min(at, next_slice());
  return at;
}

void Group::fire(Now now) {
  note_write(recorder_, this);
  hear(now);
  if (sleep_mono_ <= now.mono) {
    sleep_ = {};
    arm_sleep(now);
    ++save_wanted_;
    if (state_ == PlayState::playing || state_ == PlayState::loading) {
      from_ = position(now);
      rest(PlayState::paused, now);
    }
  }
  settle(now);
}

}  // namespace tutti::play
