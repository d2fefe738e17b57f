#pragma once
// Crossfade: one stream into another at constant power. And a fade to silence.

#include <cstdint>
#include <span>

namespace tutti::sound {

// Over `frames` frames the old falls as cos(t pi/2) and the new rises as sin(t pi/2), t in the
// middle of each frame: the squares sum to 1, so two unrelated pieces keep their loudness together.
class Crossfade {
 public:
  explicit Crossfade(std::int64_t frames) : frames_(frames) {}
  // into = into * sin + old * cos, frame by frame; both interleaved. `old` may be shorter (it is
  // over: silence).
  void mix(std::span<float> into, std::span<const float> old, int channels);
  std::int64_t left() const { return frames_ - at_; }

 private:
  std::int64_t frames_;
  std::int64_t at_ = 0;
};

// A gain of cos(p pi/2) whose p moves between 0 (full, and then bit for bit the same) and 1
// (silence).
class Fade {
 public:
  // From where it is to silence or to full, in so many frames; 0: at once.
  void out(std::int64_t frames) { move(1, frames); }
  void in(std::int64_t frames) { move(0, frames); }
  void process(std::span<float> samples, int channels);
  std::int64_t left() const { return left_; }
  bool silent() const { return left_ == 0 && target_ == 1; }
  bool idle() const { return left_ == 0 && target_ == 0; }

 private:
  void move(double target, std::int64_t frames);

  double p_ = 0;
  double target_ = 0;
  std::int64_t left_ = 0;
};

}  // namespace tutti::sound
