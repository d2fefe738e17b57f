#pragma once
// What a group asks of the stream that it hears, and what comes back: values between the machines
// of playback and whoever renders. An epoch is one incarnation of a group's stream: it begins with
// Begin, and frames of an earlier one are never played.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/play/facts.hpp"
#include "core/play/queue.hpp"

namespace tutti::play {

enum class LevelBy : std::uint8_t { off, track, album };

struct StreamTrack {
  ItemId entry;
  TrackFacts facts;
};

// Commands, applied in order before the first frame of a slice.
struct Begin {
  StreamTrack track;
  Duration from{};
};
// What follows without a gap, or with a crossfade; without a track, nothing does.
struct Follow {
  std::optional<StreamTrack> track;
  Duration crossfade{};
};
// For the joint that is planned; one that has begun stays as it is.
struct SetCrossfade {
  Duration crossfade{};
};
struct FadeOut {
  Duration over{};
};
struct CancelFade {};
struct Level {
  LevelBy by = LevelBy::off;
  double target_lufs = -18;
};
using StreamCommand = std::variant<Begin, Follow, SetCrossfade, FadeOut, CancelFade, Level>;

struct StreamFormat {
  int sample_rate = 48'000;
  int channels = 2;
  friend bool operator==(StreamFormat, StreamFormat) = default;
};

// One slice: at most so many frames. The first of an epoch opens its stream.
struct SliceRequest {
  GroupId group;
  Epoch epoch;
  StreamFormat format;
  std::vector<StreamCommand> commands;
  std::size_t frames = 0;
};

// What happened, at exact frames of the stream, counted from its beginning.
struct StreamMark {
  enum class Kind : std::uint8_t { began, ended, failed, follow_ready, follow_failed, faded };
  Kind kind = Kind::began;
  std::int64_t frame = 0;
  ItemId entry;
  Duration source_time{};  // began: where in the track
  std::string error;       // failed, follow_failed
};

// What is done to the samples that are heard, for people.
struct SignalPath {
  std::string codec;
  bool lossless = false;
  int source_rate = 0;
  int source_channels = 0;
  int source_bits = 0;
  double gain_db = 0;
  bool gain_limited = false;
  bool resampled = false;
  bool remixed = false;
  bool crossfading = false;
  bool fading = false;
  bool bit_perfect = false;
  friend bool operator==(const SignalPath&, const SignalPath&) = default;
};

struct SliceDone {
  GroupId group;
  Epoch epoch;
  std::size_t frames = 0;
  std::vector<StreamMark> marks;
  bool over = false;  // nothing plays any more, and nothing follows
  SignalPath path;
};

}  // namespace tutti::play
