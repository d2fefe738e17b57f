#pragma once
// For tests and explorers: tracks that exist only as lengths, and streams that make frames of them
// by the rules of core/render, so that what a group asks for can be heard.

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/play/group.hpp"

namespace tutti::play {

inline constexpr int kTestRate = 8'000;

struct TestTrack {
  std::int64_t frames = 0;
  bool missing = false;         // the library does not know it
  bool bad = false;             // it cannot be opened
  std::int64_t breaks_at = -1;  // decoding fails there
  AlbumId album{};
};

// Tracks are known by their number, from 1.
using TestTracks = std::vector<TestTrack>;
inline const TestTrack& track_of(const TestTracks& tracks, TrackId id) {
  return tracks.at(id.value - 1);
}

inline Result<TrackFacts> facts_of(const TestTracks& tracks, TrackId id) {
  const TestTrack& track = track_of(tracks, id);
  if (track.missing) return fail(Code::not_found, "no such track");
  TrackFacts facts;
  facts.track = id;
  facts.duration_ms = track.frames * 1000 / kTestRate;
  facts.sample_rate = kTestRate;
  facts.channels = 2;
  facts.album = track.album;
  return facts;
}

// One epoch's stream.
class TestStream {
 public:
  explicit TestStream(const TestTracks& tracks) : tracks_(&tracks) {}

  SliceDone run(const SliceRequest& slice) {
    SliceDone done{slice.group, slice.epoch, 0, {}, false, {}};
    for (const StreamCommand& command : slice.commands) apply(command, done);
    while (done.frames < slice.frames && !faded_) {
      if (!playing_ && !begin_next(done)) break;
      make(slice.frames, done);
    }
    done.over = !playing_ && !next_;
    return done;
  }
  const std::vector<StreamCommand>& seen() const { return seen_; }

 private:
  struct Playing {
    StreamTrack track;
    std::int64_t at = 0;
  };
  void apply(const StreamCommand& command, SliceDone& done) {
    seen_.push_back(command);
    if (const auto* begin = std::get_if<Begin>(&command)) {
      next_ = begin->track;
      from_ = begin->from.us * kTestRate / 1'000'000;
    }
    if (const auto* follow = std::get_if<Follow>(&command)) {
      next_ = follow->track;
      from_ = 0;
      if (next_ && track_of(*tracks_, next_->facts.track).bad) {
        note(done, StreamMark::Kind::follow_failed, next_->entry, "cannot be opened");
        next_.reset();
      }
    }
    if (const auto* fade = std::get_if<FadeOut>(&command))
      fade_left_ = fade->over.us * kTestRate / 1'000'000;
    if (std::holds_alternative<CancelFade>(command)) fade_left_ = -1, faded_ = false;
  }
  bool begin_next(SliceDone& done) {
    if (!next_) return false;
    StreamTrack track = *std::exchange(next_, std::nullopt);
    const TestTrack& what = track_of(*tracks_, track.facts.track);
    if (what.bad) {
      note(done, StreamMark::Kind::failed, track.entry, "cannot be opened");
      return false;
    }
    playing_ = Playing{track, std::min(from_, what.frames)};
    StreamMark mark{StreamMark::Kind::began, made_, track.entry, {}, {}};
    mark.source_time = Duration{playing_->at * 1'000'000 / kTestRate};
    done.marks.push_back(mark);
    return true;
  }
  void make(std::size_t wanted, SliceDone& done) {
    const TestTrack& what = track_of(*tracks_, playing_->track.facts.track);
    std::int64_t end = what.breaks_at >= 0 ? what.breaks_at : what.frames;
    auto n = std::min(end - playing_->at, static_cast<std::int64_t>(wanted - done.frames));
    if (fade_left_ >= 0) n = std::min(n, fade_left_), fade_left_ -= n;
    playing_->at += std::max<std::int64_t>(n, 0);
    made_ += std::max<std::int64_t>(n, 0);
    done.frames += static_cast<std::size_t>(std::max<std::int64_t>(n, 0));
    if (fade_left_ == 0) {
      faded_ = true;
      return note(done, StreamMark::Kind::faded, playing_->track.entry, "");
    }
    if (playing_->at < end) return;
    bool broke = what.breaks_at >= 0;
    note(done, broke ? StreamMark::Kind::failed : StreamMark::Kind::ended, playing_->track.entry,
         broke ? "cannot be decoded" : "");
    playing_.reset();
  }
  void note(SliceDone& done, StreamMark::Kind kind, ItemId entry, const char* error) {
    done.marks.push_back({kind, made_, entry, {}, error});
  }

  const TestTracks* tracks_;
  std::optional<Playing> playing_;
  std::optional<StreamTrack> next_;
  std::int64_t from_ = 0;
  std::int64_t made_ = 0;
  std::int64_t fade_left_ = -1;
  bool faded_ = false;
  std::vector<StreamCommand> seen_;
};

// What was delivered of the epoch that is current, so that it can be said what sounds.
class TestEar {
 public:
  void delivered(const SliceDone& done) {
    if (!epoch_ || *epoch_ != done.epoch.number()) began_.clear(), made_ = 0;
    epoch_ = done.epoch.number();
    for (const StreamMark& mark : done.marks) {
      if (mark.kind == StreamMark::Kind::began) began_.push_back({mark.frame, mark.entry});
    }
    made_ += static_cast<std::int64_t>(done.frames);
  }
  // The entry whose frames sound now; none when nothing does.
  ItemId sounds(const Group& group, Now now) const {
    if (!epoch_ || *epoch_ != group.epoch().number()) return {};
    std::int64_t at = made_ - group.frames_ahead(now);
    ItemId entry;
    for (const auto& [frame, id] : began_) {
      if (frame <= at) entry = id;
    }
    return entry;
  }
  std::int64_t made() const { return made_; }

 private:
  std::optional<std::uint32_t> epoch_;
  std::int64_t made_ = 0;
  std::vector<std::pair<std::int64_t, ItemId>> began_;
};

}  // namespace tutti::play
