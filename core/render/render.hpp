#pragma once
// Render: what one stream sounds like. It owns the track that plays, the one that comes next, the
// resamplers, the gain of levelling, the crossfade and the fade of the sleep timer; it makes frames
// when asked and never looks at a clock. Which track plays is decided elsewhere (core/play).
//
// One call of `run` is one slice. The state lives with the stream: whatever the sizes of the
// slices, the samples are the same.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/render/source.hpp"

namespace tutti::render {

// The interleaved float PCM that comes out: 8,000 to 384,000 Hz, 1 to 8 channels.
struct PcmFormat {
  int sample_rate = 44'100;
  int channels = 2;
  friend bool operator==(PcmFormat, PcmFormat) = default;
};

// LUFS as in ITU-R BS.1770-5; peaks linear, 1 is full scale. An album's value stands in for a
// missing track's and the other way round; with neither, the track plays as it is.
struct Loudness {
  std::optional<double> track_lufs;
  std::optional<double> album_lufs;
  std::optional<double> track_peak;
  std::optional<double> album_peak;
  friend bool operator==(const Loudness&, const Loudness&) = default;
};

struct TrackRef {
  TrackId track;
  std::uint64_t entry = 0;  // the caller's own number (a queue may hold a track twice); comes back
  std::string path;
  Loudness loudness;
  friend bool operator==(const TrackRef&, const TrackRef&) = default;
};

enum class LevelBy : std::uint8_t { off, track, album };

// Commands. They apply in order, before the first frame of the slice.
//
// Opens the track and plays it from there, at once; the next track and a fade are forgotten.
struct Start {
  TrackRef track;
  Duration from{};
};
// The one that follows, opened now; without a track, none follows. It joins without a gap, or, with
// a crossfade, begins so much before the end of the playing one (as far as that end is known, and
// at most half of its own length). A SetNext of the same entry and path keeps what is open. When
// nothing plays any more, it begins at once.
struct SetNext {
  std::optional<TrackRef> track;
  Duration crossfade{};
};
// Another crossfade for the pending transition, which has not begun.
struct SetCrossfade {
  Duration crossfade{};
};
// Within the playing track, to the source's frame floor(time * rate); past the end is the end. A
// crossfade that runs is cut off.
struct Seek {
  Duration to{};
};
// From here to silence over so many output frames (a quarter of a cosine), then the stream rests
// (Status::faded). A second FadeOut goes on from where the first is, over the new number of frames.
struct FadeOut {
  std::int64_t frames = 0;
};
// Back to full within 100 ms.
struct CancelFade {};
// gain = target - loudness, lowered until gain * peak <= 1, reached within 50 ms.
struct SetLevelling {
  LevelBy by = LevelBy::off;
  double target_lufs = -18;
  friend bool operator==(const SetLevelling&, const SetLevelling&) = default;
};
using Command = std::variant<Start, SetNext, SetCrossfade, Seek, FadeOut, CancelFade, SetLevelling>;

struct SliceRequest {
  std::span<const Command> commands;
  std::size_t frames = 0;  // wanted; at most 100 ms are made, 0 only applies the commands
};

// What happened, at exact frames of the output, counted from the Render's creation.
struct Mark {
  enum class Kind : std::uint8_t {
    began,        // this frame is the track's frame `source_frame` (0 but for Start{from})
    sought,       // the same, after a Seek
    ended,        // this frame is the first that is not the track's
    failed,       // it could not be opened or decoded further (error); implies ended if it played
    next_ready,   // the next one is open: info
    next_failed,  // it could not be opened: error; no track follows until the next SetNext
    faded,        // silence is reached
  };
  Kind kind = Kind::began;
  std::int64_t frame = 0;
  TrackId track;
  std::uint64_t entry = 0;
  std::int64_t source_frame = 0;
  SourceInfo info;  // began, next_ready
  Error error;      // failed, next_failed
};

enum class Status : std::uint8_t {
  idle,     // nothing was started
  playing,  // fewer frames than asked: ask again (a bound was reached)
  ended,    // the last track is over and none follows; SetNext or Start goes on
  failed,   // the same, by an error (its mark says which)
  faded,    // FadeOut is over; Start, or CancelFade, goes on
};

// What is done to the samples that are heard, for people.
struct SignalPath {
  std::string codec;
  bool lossless = false;
  int source_rate = 0;
  int source_channels = 0;
  int source_bits = 0;        // 0: the codec has none
  double gain_db = 0;         // of levelling
  bool gain_limited = false;  // lowered so that the peak stays below full scale
  bool resampled = false;     // source_rate -> output.sample_rate, soxr VHQ
  bool remixed = false;       // source_channels -> output.channels changes sample values
  bool crossfading = false;
  bool fading = false;
  PcmFormat output;
  bool bit_perfect = false;  // the source's samples come out as they are
  friend bool operator==(const SignalPath&, const SignalPath&) = default;
};

// Where the last frame of the slice stands in its track.
struct Position {
  TrackId track;
  std::uint64_t entry = 0;
  std::int64_t source_frame = 0;  // of the frame that comes next
  int source_rate = 0;
  std::int64_t source_frames = -1;  // the track's length; -1: not known yet
  Duration time() const;
  std::optional<Duration> duration() const;
};

struct Slice {
  std::vector<float> pcm;  // interleaved; frames * channels
  std::size_t frames = 0;
  std::int64_t first_frame = 0;  // the output frame of pcm's first
  std::vector<Mark> marks;       // in order of frames
  Status status = Status::idle;
  Position position;
  SignalPath path;
};

class Render {
 public:
  // Fails with bad_request for a format outside the bounds of PcmFormat.
  static Result<std::unique_ptr<Render>> create(PcmFormat output, OpenSource open);
  ~Render();
  Render(const Render&) = delete;
  Render& operator=(const Render&) = delete;

  // Opening and reading block as long as the Source does; nothing else does.
  Slice run(const SliceRequest& request);
  // The same into a slice whose memory is used again.
  void run(const SliceRequest& request, Slice& slice);

  PcmFormat output() const;
  // The most frames one run makes: 100 ms.
  std::size_t max_frames() const;

 private:
  struct Impl;
  explicit Render(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tutti::render
