#pragma once
// Runway: the frames that sound next, decoded, and when each of them is due.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "core/player/jitter_buffer.hpp"

namespace tutti::player {

class Runway {
 public:
  // Empties it.
  void reshape(Shape shape);
  const Shape& shape() const { return shape_; }

  // Behind what is there; its shape is the runway's. A gap becomes silence, and what stands beside
  // it fades out and in over `fade` frames.
  void append(const JitterBuffer::Block& block, std::size_t fade);
  std::size_t frames() const { return samples_.size() / width() - head_; }
  bool empty() const { return frames() == 0; }

  // When the first frame is due, server microseconds. It is counted from the time of the chunk it
  // came in, so nothing adds up. Not for an empty runway.
  double due_us() const;
  // The samples of frames from the first on, at most frames().
  std::span<const float> front(std::size_t frames) const;
  void drop(std::size_t frames);
  // Keeps the first `frames`.
  void truncate(std::size_t frames);
  void clear() { truncate(0); }

 private:
  struct Anchor {
    std::int64_t frame;  // of all that ever were appended
    std::int64_t at_us;  // of the chunk
    std::size_t first;   // frame of the chunk that this is
  };

  std::size_t width() const { return static_cast<std::size_t>(shape_.channels); }
  // Frames that are long gone are cut off the vector's front.
  void compact();
  // From 0 to 1 over the frames, or back.
  void ramp(std::size_t first, std::size_t frames, bool up);

  Shape shape_;
  std::vector<float> samples_;
  std::size_t head_ = 0;   // frames of samples_ that are gone
  std::int64_t gone_ = 0;  // frames that are gone at all
  std::deque<Anchor> anchors_;
};

}  // namespace tutti::player
