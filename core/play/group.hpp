#pragma once
// Group: rooms that play one queue in time. It owns queue, position and the stream's plan: which
// track plays, what follows, how far ahead frames are made. It renders nothing itself: it asks for
// slices, one at a time, and is told what came of them.
//
// A jump, seek, pause or stop ends the stream's epoch; what an earlier epoch still delivers is
// dropped in one place. What was edited is saved before it is acknowledged; the position is saved
// once a second.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/observed.hpp"
#include "core/base/recorder.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/play/queue.hpp"
#include "core/play/stream.hpp"
#include "core/sync/timeline.hpp"

namespace tutti::play {

enum class PlayState : std::uint8_t { stopped, loading, playing, paused, failed };

// When a group falls asleep. `at` counts for minutes only.
struct Sleep {
  enum class Mode : std::uint8_t { off, at_time, end_of_track, end_of_album } mode = Mode::off;
  WallTime at;
  friend bool operator==(const Sleep&, const Sleep&) = default;
};

struct GroupOptions {
  Duration crossfade{};  // up to kCrossfadeMost; off between tracks of one album
  LevelBy level = LevelBy::track;
  double level_target = -18;  // LUFS
  friend bool operator==(const GroupOptions&, const GroupOptions&) = default;
};

// Whether frames are made as they are heard, or as fast as they are taken (into a file).
enum class Pace : std::uint8_t { realtime, free };

// ---- effects ----

// Answer with Group::facts.
struct AskFacts {
  JobToken token;
  TrackId track;
  AccountId account;  // who plays: a track that it may not see is not found
};
// What was asked under this token is not needed any more.
struct CancelAsk {
  JobToken token;
};
// Answer with Group::slice_done, also for an epoch that is over.
struct RunSlice {
  SliceRequest slice;
};
// The stream of this epoch is over: let go of it, once its slice is back.
struct EndStream {
  Epoch epoch;
};
// Answer with Group::saved. Absent parts stay as they are stored. One is under way at a time.
struct SaveGroup {
  std::uint64_t serial = 0;
  std::string name;
  std::optional<std::string> queue;
  std::string playback;
};
// A track was heard long enough to count: half of it, or four minutes.
struct TrackPlayed {
  AccountId account;
  TrackId track;
  WallTime began;
  Duration heard{};
};
using GroupEffect = std::variant<AskFacts, CancelAsk, RunSlice, EndStream, SaveGroup, TrackPlayed>;

class Group {
 public:
  Group(GroupId id, std::string name, Pace pace, Random& random, Recorder* recorder = nullptr);

  GroupId id() const { return id_; }
  const std::string& name() const { return name_; }
  void rename(std::string name, Now now);
  // What the output takes, where it is bound to one format; else each stream has its first track's
  // rate, in stereo.
  void set_format(StreamFormat format) { format_ = format; }

  // ---- what listeners ask ----
  // Errors as Queue::edit.
  Result<void> edit(const QueueEdit& edit, std::optional<Version> based_on, Now now);
  // From this entry; without one, from where it stands. Errors: not_found, conflict (empty queue).
  Result<void> play(std::optional<ItemId> entry, AccountId account, Now now);
  void pause(Now now);
  void stop(Now now);
  // Within the current track; past its end is its end. Errors: conflict (nothing is current).
  Result<void> seek(Duration to, Now now);
  // Errors: conflict (there is none).
  Result<void> skip(Now now);
  // To the track's beginning; within its first three seconds, to the one before.
  Result<void> back(Now now);
  void set_options(GroupOptions options, Now now);
  void set_sleep(Sleep sleep, Now now);
  // Takes over another group's queue, and plays on from its position if it played.
  Result<void> take_over(Group& from, Now now);

  // ---- what comes back ----
  void facts(JobToken token, const Result<TrackFacts>& facts, Now now);
  // True: its frames are the stream's next. False: they are of an epoch that is over.
  [[nodiscard]] bool slice_done(const SliceDone& done, Now now);
  void saved(std::uint64_t serial, const Result<void>& result, Now now);
  ServerTime deadline() const;
  void fire(Now now);
  std::optional<GroupEffect> poll();

  // Brings back what was saved; one that played goes on playing. Errors: corrupt, newer_version.
  Result<void> restore(std::string_view queue, std::string_view playback, Now now);
  // Everything up to now is stored when saved() was told this serial.
  std::uint64_t save_serial() const { return save_wanted_; }

  // ---- what it is ----
  // Moves with every change that listeners can see, but not with time.
  std::uint64_t revision() const { return revision_; }
  const Queue& queue() const { return queue_; }
  PlayState state() const { return state_; }
  const GroupOptions& options() const { return options_; }
  const Sleep& sleep() const { return sleep_; }
  Epoch epoch() const { return epoch_; }
  // Of the current track.
  Duration position(Now now) const;
  const std::optional<TrackFacts>& track() const { return track_; }
  // Of the last track that was skipped since play was asked; empty when there is none.
  const std::string& error() const { return error_; }
  // Entries that could not be played, with the reason.
  const std::map<std::uint64_t, std::string>& failed_entries() const { return failed_; }
  const SignalPath& signal_path() const { return path_; }
  // Frames that are made but not heard yet; 0 without a stream.
  std::int64_t frames_ahead(Now now) const;
  std::uint64_t late() const { return Projection::of(late_); }
  std::uint64_t stale() const { return Projection::of(stale_); }
  void describe(StateWriter& out) const;

 private:
  // A track's beginning within the stream.
  struct Joint {
    std::int64_t frame = 0;
    StreamTrack track;
    Duration from{};
  };
  struct Stream {
    StreamFormat format;
    sync::Timeline timeline;             // valid once `heard`
    bool heard = false;                  // the first frames are there
    std::int64_t made = 0;               // frames
    std::deque<Joint> joints;            // front: what is heard; the rest is ahead
    std::optional<StreamTrack> follows;  // was commanded
    bool over = false;                   // nothing comes after `made`
    bool in_flight = false;
    bool fading = false;
    bool faded = false;  // silence is reached: no more frames are made
    std::vector<StreamCommand> commands;
  };
  struct Asked {
    JobToken token;
    ItemId entry;
    TrackId track;
  };

  // group.cpp: what listeners ask
  void effect(GroupEffect effect);
  void load(ItemId entry, Duration from, Now now);
  void end_stream(Now now);
  void rest(PlayState state, Now now);
  void queue_changed(ItemId before, Now now);
  void settle(Now now);
  void look();

  // group_stream.cpp: what is heard
  void begin_stream(const TrackFacts& facts);
  void take(const SliceDone& done, Now now);
  [[nodiscard]] bool mark(const StreamMark& mark);
  bool began(const StreamMark& mark);
  void enter(const Joint& joint, Now now);
  void leave_track(Now now);
  void entry_failed(ItemId entry, std::string why);
  void play_another(Now now);
  const QueueItem* playable_after(ItemId entry, bool skipping) const;
  const QueueItem* following(const StreamTrack& track) const;
  bool sleeps_before(const TrackFacts& next, const TrackFacts& last) const;
  bool ahead_is_right() const;
  void plan_follow();
  void follow(std::optional<StreamTrack> next);
  Duration crossfade_to(const TrackFacts& next) const;
  void cancel(std::optional<Asked>& asked);
  void want_slice(Now now);
  ServerTime next_slice() const;
  void fade_if_sleepy(Now now);
  void hear(Now now);
  void heard_all(Now now);
  std::int64_t sounding(ServerTime now) const;
  Duration within(const Joint& joint, std::int64_t frame) const;

  // group_state.cpp: what is stored
  void save(Now now);
  void arm_sleep(Now now);
  std::string playback_bytes(Now now) const;

  GroupId id_;
  std::string name_;
  Pace pace_;
  std::optional<StreamFormat> format_;
  Random* random_;
  Queue queue_;
  GroupOptions options_;
  Sleep sleep_;
  ServerTime sleep_mono_ = kNever;  // of Mode::at_time
  PlayState state_ = PlayState::stopped;
  AccountId account_;  // who asked for it last
  Epoch epoch_;
  std::optional<Stream> stream_;
  std::optional<Asked> loading_;     // facts of the current entry
  std::optional<Asked> prefetch_;    // facts of what follows
  Duration from_{};                  // where the current entry starts, or rests
  std::optional<TrackFacts> track_;  // of the current entry
  ItemId counted_;                   // the entry that `heard_` is of
  Duration heard_{};                 // before the stream that is heard now
  WallTime began_;                   // when it was first heard
  int failures_ = 0;                 // in a row
  std::string error_;
  std::map<std::uint64_t, std::string> failed_;
  SignalPath path_;

  struct Seen {
    PlayState state = PlayState::stopped;
    std::uint32_t epoch = 0;
    std::uint64_t asked = 0;
    std::uint64_t current = 0;
    std::size_t failed = 0;
    SignalPath path;
    friend bool operator==(const Seen&, const Seen&) = default;
  } seen_;  // of the last revision

  bool queue_dirty_ = true;  // since it was last sent to be saved
  bool saving_ = false;
  bool save_failed_ = false;
  std::uint64_t save_wanted_ = 0;
  std::uint64_t save_sent_ = 0;
  ServerTime save_not_before_{};  // of a position, or of what could not be saved
  ServerTime save_at_ = kNever;
  std::uint64_t revision_ = 0;
  Ring<GroupEffect> effects_;
  Observed<std::uint64_t> late_;
  Observed<std::uint64_t> stale_;
  Recorder* recorder_;
};

}  // namespace tutti::play
