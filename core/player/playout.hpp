#pragma once
// Playout: the sounding half of a player. An output asks for the frames that will sound at a time;
// what it gets is what the group's timeline has for then, kept there by single frames inserted or
// dropped. It may allocate and decode: an output whose callback must not puts a ring in between.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/time.hpp"
#include "core/player/jitter_buffer.hpp"
#include "core/player/output_clock.hpp"
#include "core/player/runway.hpp"
#include "core/sound/gain.hpp"
#include "core/sync/clock_snapshot.hpp"

namespace tutti::player {

class Playout {
 public:
  // idle: no stream, or it has ended. buffering: it has begun and not sounded yet. synchronized: it
  // sounds. error: it ran dry while it sounded, and is silent until enough waits again.
  enum class State : std::uint8_t { idle, buffering, synchronized, error };

  struct Report {
    State state = State::idle;
    double error_us = 0;    // how much too late (positive) what sounds now sounds; while it sounds
    double device_ppm = 0;  // how much too fast the output runs by our clock
    double jitter_us = 0;   // of the times that the output tells
    std::uint64_t inserted = 0, dropped = 0;  // single frames
    std::uint64_t jumps = 0;                  // errors over kJumpUs
    std::uint64_t underruns = 0;
    JitterBuffer::Counters chunks;
    std::size_t buffer_bytes = 0;
  };

  // No correction is needed while the error is within this; one begins at half of it, so that the
  // scatter of what is measured does not carry the error out.
  static constexpr double kDeadBandUs = 100;
  // Beyond, frames are not worked off one by one.
  static constexpr double kJumpUs = 5000;
  // One frame in so many is inserted or dropped at most: speed within 0.5 %.
  static constexpr std::size_t kCorrectionSpacing = 200;
  // An underrun ends when so much waits, or the last of it, or after kPatience.
  static constexpr Duration kRebuffer = millis(100);
  static constexpr Duration kPatience = seconds(2);

  // capacity: the player's buffer_capacity in bytes.
  explicit Playout(std::size_t capacity) : buffer_(capacity) {}

  // stream/start, chunks and stream/end go here.
  JitterBuffer& buffer() { return buffer_; }
  // stream/clear: what waits is dropped; what sounds fades out over 5 ms.
  void clear();

  // The shape that fill() makes now; a stream that begins in another changes it, inside of fill().
  const Shape& shape() const { return runway_.shape(); }
  // Fills `out`, interleaved frames of shape(), of which the first sounds at `when` (local time,
  // the output's latency included). Returns the frames made: all, or fewer where another shape
  // begins; then shape() is the new one, and the output asks again when it is ready for it. While
  // nothing plays, or the clock is not known to 50 ms, all is silence.
  std::size_t fill(std::span<float> out, sync::ClientTime when, const sync::ClockSnapshot& clock);
  // The output was opened anew, or has stood still.
  void output_restarted() { output_.reset(); }

  // What comes behind the output (an amplifier, a radio link) delays by so much: sound leaves us
  // earlier by it. Clamped to 0..5000 ms.
  void set_static_delay(Duration delay);
  // 0 to 100, perceived loudness: amplitude (v/100)^1.5. Reached over 20 ms, as is mute.
  void set_volume(int volume);
  void set_mute(bool mute);

  Report report() const;

 private:
  enum class Phase : std::uint8_t { silent, sounding, leaving };

  // Each makes frames of `out` and returns how many, or changes the phase.
  std::size_t wait(std::span<float> out, double target_us);
  std::size_t sound(std::span<float> out, double target_us);
  std::size_t leave(std::span<float> out);
  std::size_t silence(std::span<float> out);

  // Decodes until `frames` frames lie ready. False: nothing joins on.
  bool refill(std::size_t frames);
  // Another shape comes next and all of this one has been played.
  bool turn_to_next_shape();
  // What is next is due; whether that is enough to begin with.
  bool ready(double target_us);
  void silent_for(std::size_t frames);
  // The next `frames` frames are the last before silence; the state follows.
  void begin_leaving(std::size_t frames, State then);
  // The state after the last frame that lies ready.
  State state_after_end() const;
  void plan_corrections(double error_us, std::size_t frames);
  void emit_corrected(std::span<float> out);
  std::size_t emit(std::span<float> out);
  std::size_t emit_correction(std::span<float> out);
  void update_volume();

  std::size_t width() const { return static_cast<std::size_t>(shape().channels); }
  std::size_t fade_frames() const { return static_cast<std::size_t>(shape().rate) / 200; }
  double frames_in(double us) const { return us * shape().rate * 1e-6; }

  JitterBuffer buffer_;
  Runway runway_;
  OutputClock output_;
  std::size_t asked_ = 0;  // frames of the last fill, which the output clock wants to know

  Phase phase_ = Phase::silent;
  State state_ = State::idle;
  State then_ = State::idle;    // after leaving
  std::size_t leaving_ = 0;     // frames until silence
  sound::Gain edge_{0};         // fades in and out of silence
  std::int64_t waited_us_ = 0;  // since an underrun

  double error_us_ = 0;      // positive: too late
  bool correcting_ = false;  // once at least in the last two seconds
  std::size_t calm_ = 0;     // frames since the last correction
  int pending_ = 0;          // frames to insert (positive) or drop
  std::size_t since_ = 0;    // frames since the last one
  std::vector<float> last_;  // the frame that sounded last, before any gain

  Duration static_delay_{};
  int volume_ = 100;
  bool mute_ = false;
  sound::Gain volume_gain_;
  std::uint64_t inserted_ = 0, dropped_ = 0, jumps_ = 0, underruns_ = 0;
};

}  // namespace tutti::player
