#pragma once
// Deck: one open track, read block by block in the channels of the output and at its own rate,
// levelled.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/render/channel_mix.hpp"
#include "core/render/render.hpp"
#include "core/sound/gain.hpp"

namespace tutti::render {

// The factor for a track: see SetLevelling. limited: the peak held it back.
struct LevelGain {
  double factor = 1;
  bool limited = false;
};
LevelGain level_gain(const Loudness& loudness, const SetLevelling& levelling);

class Deck {
 public:
  // Errors of the source; corrupt for an info that no audio has.
  static Result<std::unique_ptr<Deck>> open(const TrackRef& track, const OpenSource& open,
                                            int channels, const SetLevelling& levelling);

  // Appends up to `frames` frames; fewer only at the end (0 from then on). An error ends the track:
  // `error` has it.
  std::size_t read(std::size_t frames, std::vector<float>& out);
  // To this frame of the source. Also begins again after the end.
  Result<void> seek(std::int64_t frame);
  enum class Pace : std::uint8_t { at_once, ramp };  // within 50 ms
  void level(const SetLevelling& levelling, Pace pace);

  const TrackRef& track() const { return track_; }
  const SourceInfo& info() const { return info_; }
  std::int64_t position() const { return position_; }  // the source frame read next
  bool ended() const { return ended_; }
  const std::optional<Error>& error() const { return error_; }
  // Of the source, as far as known: told by it, or seen at its end. -1: not yet.
  std::int64_t length() const { return ended_ && !error_ ? position_ : info_.frames; }
  const LevelGain& gain() const { return gain_; }
  bool unity() const { return gain_.factor == 1 && !mover_.moving(); }

 private:
  Deck(const TrackRef& track, std::unique_ptr<Source> source, int channels);

  TrackRef track_;
  std::unique_ptr<Source> source_;
  SourceInfo info_;
  ChannelMix mix_;
  int channels_;
  LevelGain gain_;
  sound::Gain mover_;
  std::int64_t position_ = 0;
  bool ended_ = false;
  std::optional<Error> error_;
  std::vector<float> block_;
};

}  // namespace tutti::render
