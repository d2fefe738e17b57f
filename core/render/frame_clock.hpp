#pragma once
// FrameClock: how many output frames tracks of different rates make, one after the other, without
// ever losing or adding one. A track of n frames at rate r lasts n/r seconds; after tracks of
// together T seconds exactly ceil(T * output rate) frames are out, T being an exact fraction.

#include <cstdint>

namespace tutti::render {

class FrameClock {
 public:
  explicit FrameClock(int output_rate) : out_(output_rate) {}
  // Output frames from here to the end of `frames` frames at `rate`.
  std::int64_t until(std::int64_t frames, int rate) const;
  // Goes there.
  void advance(std::int64_t frames, int rate);

 private:
  std::int64_t out_;
  // The output is this much ahead of the exact time, in output frames: num_/den_ in [0, 1).
  std::int64_t num_ = 0;
  std::int64_t den_ = 1;
};

}  // namespace tutti::render
