// What a group hears: its stream, what follows in it, and what time does to both.
#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/limits.hpp"
#include "core/play/group.hpp"

namespace tutti::play {
namespace {

constexpr int kChannels = 2;
constexpr int kRateLeast = 8'000;
constexpr int kRateMost = 192'000;
// Last.fm's rule for what counts as heard: half of it, or four minutes.
constexpr Duration kHeardEnough = seconds(240);

Error unavailable() { return {Code::unavailable, "its folder cannot be reached now"}; }

}  // namespace

void Group::cancel(std::optional<Asked>& asked) {
  if (asked) effect(CancelAsk{asked->token});
  asked.reset();
}

void Group::facts(JobToken token, const Result<TrackFacts>& facts, Now now) {
  note_write(recorder_, this);
  hear(now);
  Result<TrackFacts> track = facts;
  if (track && !track->available) track = std::unexpected(unavailable());
  if (loading_ && GUARD("group.loading", loading_->token == token)) {
    ItemId entry = loading_->entry;
    loading_.reset();
    if (track) {
      begin_stream(*track);
    } else {
      entry_failed(entry, track.error().text);
      play_another(now);
    }
  } else if (stream_ && prefetch_ && GUARD("group.prefetch", prefetch_->token == token)) {
    StreamTrack next{prefetch_->entry, {}};
    prefetch_.reset();
    if (track && !sleeps_before(*track, stream_->joints.back().track.facts)) {
      next.facts = *track;
      follow(std::move(next));
    } else if (!track) {
      entry_failed(next.entry, track.error().text);
      plan_follow();
    }
  } else {
    stale_.add(1);
  }
  settle(now);
}

void Group::begin_stream(const TrackFacts& facts) {
  Stream stream;
  stream.format = format_.value_or(
      StreamFormat{std::clamp(facts.sample_rate, kRateLeast, kRateMost), kChannels});
  stream.commands.push_back(Level{options_.level, options_.level_target});
  stream.commands.push_back(Begin{{queue_.current()->id, facts}, from_});
  stream.follows = StreamTrack{queue_.current()->id, facts};
  stream_ = std::move(stream);
}

bool Group::slice_done(const SliceDone& done, Now now) {
  note_write(recorder_, this);
  if (!GUARD("group.epoch", is_current(epoch_, done.epoch)) || !stream_) {
    stale_.add(1);
    settle(now);
    return false;
  }
  Stream& stream = *stream_;
  stream.in_flight = false;
  bool as_planned = true;
  for (const StreamMark& each : done.marks) as_planned = mark(each) && as_planned;
  if (!as_planned) {
    load(queue_.current()->id, position(now), now);
    settle(now);
    return false;
  }
  take(done, now);
  settle(now);
  return true;
}

void Group::take(const SliceDone& done, Now now) {
  Stream& stream = *stream_;
  // Frames that were due before they were made: all that follows comes later.
  ServerTime due = stream.timeline.at(stream.made);
  if (stream.heard && pace_ == Pace::realtime && done.frames > 0 && due < now.mono) {
    stream.timeline.delay(now.mono - due);
    late_.add(1);
  }
  path_ = done.path;
  stream.made += static_cast<std::int64_t>(done.frames);
  // What was commanded since is not in this slice: a track that follows now goes on.
  stream.over = done.over && stream.commands.empty();
  if (!stream.heard && !stream.joints.empty()) {
    stream.heard = true;
    stream.timeline = sync::Timeline(now.mono, stream.format.sample_rate);
    state_ = PlayState::playing;
    enter(stream.joints.front(), now);
  }
  if (stream.over && stream.joints.empty()) {
    end_stream(now);
    play_another(now);
  }
}

// False when what began is not what should follow: the plan has changed while it was made.
bool Group::mark(const StreamMark& mark) {
  using Kind = StreamMark::Kind;
  Stream& stream = *stream_;
  bool planned = stream.follows && stream.follows->entry == mark.entry;
  if (mark.kind == Kind::began) return began(mark);
  if (mark.kind == Kind::faded) stream.faded = true;
  if (mark.kind == Kind::failed || mark.kind == Kind::follow_failed) {
    if (planned) stream.follows.reset();
    entry_failed(mark.entry, mark.error);
    plan_follow();
  }
  return true;
}

bool Group::began(const StreamMark& mark) {
  Stream& stream = *stream_;
  if (!GUARD("group.follow", stream.follows && stream.follows->entry == mark.entry)) return false;
  stream.joints.push_back({mark.frame, *stream.follows, mark.source_time});
  stream.follows.reset();
  // Meant for the joint that has happened meanwhile.
  std::erase_if(stream.commands, [](auto& each) { return std::holds_alternative<Follow>(each); });
  plan_follow();
  return true;
}

// A track begins to be heard.
void Group::enter(const Joint& joint, Now now) {
  track_ = joint.track.facts;
  failures_ = 0;
  if (counted_ == joint.track.entry) return;  // it goes on
  leave_track(now);
  INVARIANT(queue_.set_current(joint.track.entry).has_value());
  counted_ = joint.track.entry;
  began_ = now.wall;
  queue_.played(joint.track.facts.track, now.wall);
  queue_dirty_ = true;
  ++save_wanted_;
}

// Says what was heard of the track that was counted, if it was enough.
void Group::leave_track(Now) {
  if (track_ && counted_) {
    Duration half{track_->duration_ms * 500};
    if (heard_ > Duration{} && heard_ >= std::min(half, kHeardEnough))
      effect(TrackPlayed{account_, track_->track, began_, heard_});
  }
  counted_ = {};
  heard_ = {};
}

void Group::entry_failed(ItemId entry, std::string why) {
  if (queue_.find(entry) != nullptr) failed_[entry.value] = why;
  error_ = std::move(why);
  ++failures_;
}

// What comes after an entry and has not failed; null when there is none, or too many failed.
const QueueItem* Group::playable_after(ItemId entry, bool skipping) const {
  if (failures_ >= limits::kFailuresInARow) return nullptr;
  const QueueItem* next = queue_.next(skipping, entry);
  for (int tries = 0; next != nullptr && failed_.contains(next->id.value); ++tries) {
    if (tries == limits::kFailuresInARow) return nullptr;
    next = queue_.next(true, next->id);
  }
  return next;
}

// Nothing could be played of the current entry: the next that can, or the end.
void Group::play_another(Now now) {
  const QueueItem* current = queue_.current();
  const QueueItem* next = current != nullptr ? playable_after(current->id, true) : nullptr;
  if (next != nullptr) return load(next->id, {}, now);
  rest(PlayState::failed, now);
  leave_track(now);
  from_ = {};
  ++save_wanted_;
}

const QueueItem* Group::following(const StreamTrack& track) const {
  if (sleep_.mode == Sleep::Mode::end_of_track) return nullptr;
  return playable_after(track.entry, false);
}

bool Group::sleeps_before(const TrackFacts& next, const TrackFacts& last) const {
  return sleep_.mode == Sleep::Mode::end_of_album && !(next.album && next.album == last.album);
}

// Whether what is made ahead is what the queue says.
bool Group::ahead_is_right() const {
  if (!stream_) return true;
  const auto& joints = stream_->joints;
  for (std::size_t i = 1; i < joints.size(); ++i) {
    const QueueItem* next = following(joints[i - 1].track);
    if (next == nullptr || !(next->id == joints[i].track.entry)) return false;
    if (sleeps_before(joints[i].track.facts, joints[i - 1].track.facts)) return false;
  }
  return true;
}

// At most one track is opened ahead; it is the one that follows what is made so far.
void Group::plan_follow() {
  if (!stream_ || stream_->joints.empty()) return;
  const QueueItem* next = following(stream_->joints.back().track);
  ItemId planned = prefetch_          ? prefetch_->entry
                   : stream_->follows ? stream_->follows->entry
                                      : ItemId{};
  const auto& last = stream_->joints.back().track.facts;
  if (stream_->follows && sleeps_before(stream_->follows->facts, last)) return follow({});
  if (next != nullptr && planned == next->id) return;
  cancel(prefetch_);
  if (stream_->follows) follow({});
  if (next == nullptr) return;
  prefetch_ = Asked{random_->id<JobToken>(), next->id, next->track};
  effect(AskFacts{prefetch_->token, prefetch_->track, account_});
}

Duration Group::crossfade_to(const TrackFacts& next) const {
  const TrackFacts& before = stream_->joints.back().track.facts;
  return next.album && next.album == before.album ? Duration{} : options_.crossfade;
}

void Group::follow(std::optional<StreamTrack> next) {
  stream_->commands.push_back(Follow{next, next ? crossfade_to(next->facts) : Duration{}});
  stream_->follows = std::move(next);
  stream_->over = false;
}

void Group::fade_if_sleepy(Now now) {
  Stream& stream = *stream_;
  if (stream.fading || !stream.heard || sleep_.mode != Sleep::Mode::at_time) return;
  ServerTime made = pace_ == Pace::free ? now.mono : stream.timeline.at(stream.made);
  Duration left = sleep_mono_ - made;
  if (left > limits::kSleepFade) return;
  stream.fading = true;
  stream.commands.push_back(FadeOut{std::max(left, Duration{})});
}

// One slice at a time, as long as less is ahead than should be.
void Group::want_slice(Now now) {
  if (!stream_ || stream_->in_flight || stream_->faded) return;
  Stream& stream = *stream_;
  if (stream.over && stream.commands.empty()) return;
  auto frames = stream.format.sample_rate * limits::kSlice.us / 1'000'000;
  if (stream.heard && pace_ == Pace::realtime && next_slice() > now.mono) return;
  fade_if_sleepy(now);
  stream.in_flight = true;
  effect(RunSlice{{id_, epoch_, stream.format, std::exchange(stream.commands, {}),
                   static_cast<std::size_t>(frames)}});
}

// When a whole slice is lacking from what should be ahead.
ServerTime Group::next_slice() const {
  return stream_->timeline.at(stream_->made) - (limits::kPlayAhead - limits::kSlice);
}

std::int64_t Group::sounding(ServerTime now) const {
  if (!stream_ || !stream_->heard) return 0;
  if (pace_ == Pace::free) return stream_->made;
  return std::clamp(stream_->timeline.frame_at(now), std::int64_t{0}, stream_->made);
}

Duration Group::within(const Joint& joint, std::int64_t frame) const {
  return sync::Timeline({joint.from.us}, stream_->format.sample_rate).at(frame - joint.frame) -
         ServerTime{};
}

Duration Group::position(Now now) const {
  note_read(recorder_, this);
  if (!stream_ || !stream_->heard || stream_->joints.empty()) return from_;
  return within(stream_->joints.front(), sounding(now.mono));
}

std::int64_t Group::frames_ahead(Now now) const {
  return stream_ ? stream_->made - sounding(now.mono) : 0;
}

// What time has brought: the next track is heard, or the end.
void Group::hear(Now now) {
  if (!stream_ || !stream_->heard) return;
  std::int64_t at = sounding(now.mono);
  auto& joints = stream_->joints;
  while (joints.size() > 1 && joints[1].frame <= at) {
    heard_ = heard_ + (within(joints[0], joints[1].frame) - joints[0].from);
    leave_track(now);
    joints.pop_front();
    from_ = {};
    enter(joints.front(), now);
  }
  if (stream_->over && at >= stream_->made) heard_all(now);
}

void Group::heard_all(Now now) {
  ItemId last = stream_->joints.back().track.entry;
  end_stream(now);
  leave_track(now);
  from_ = {};
  ++save_wanted_;
  bool asleep =
      sleep_.mode == Sleep::Mode::end_of_track || sleep_.mode == Sleep::Mode::end_of_album;
  bool too_many = failures_ >= limits::kFailuresInARow;
  const QueueItem* next = playable_after(last, false);
  if (next != nullptr && !asleep) return load(next->id, {}, now);
  rest(too_many ? PlayState::failed : PlayState::stopped, now);
  if (asleep) {
    sleep_ = {};
    arm_sleep(now);
  }
  // Play begins with what would have followed, or from the first.
  if (next != nullptr) INVARIANT(queue_.set_current(next->id).has_value());
  else queue_.clear_current();
  track_.reset();
}

}  // namespace tutti::play
