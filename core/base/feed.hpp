#pragma once
// The one delivery primitive: a bounded sequence of immutable frames at dense positions, read
// through cursors. Live delivery, replay after a reconnect and flushing a backlog are the same
// loop. What a slow reader gets is a rule on its cursor, never a second code path.

#include <compare>
#include <cstdint>
#include <optional>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/recorder.hpp"
#include "core/base/ring.hpp"
#include "core/base/time.hpp"

namespace tutti {

// Where a frame stands in its feed; dense from 0.
struct Position {
  std::uint64_t value = 0;
  friend auto operator<=>(Position, Position) = default;
};

enum class FrameClass : std::uint8_t { event, media };

struct Frame {
  Bytes bytes;  // the payload, without framing
  FrameClass frame_class = FrameClass::event;
  ServerTime deadline = kNever;  // worthless after this
  Epoch epoch;                   // of the stream it belongs to
  ServerTime used_at = kNever;   // when its reader has played it and holds it no more
};

// The window [base, head) of a sequence. Appending beyond a bound forgets from the front.
class Feed {
 public:
  Feed(std::size_t max_frames, std::size_t max_bytes, Recorder* recorder = nullptr)
      : frames_(max_frames + 1),
        max_frames_(max_frames),
        max_bytes_(max_bytes),
        recorder_(recorder) {}

  Position append(Frame frame);
  // A mirror starts where its house's feed stands.
  void start_at(Position head);
  // Null when the position is outside the window.
  const Frame* at(Position position) const;
  Position base() const { return {head_ - frames_.size()}; }
  Position head() const { return {head_}; }
  std::size_t bytes() const { return bytes_; }

 private:
  Ring<Frame> frames_;
  std::uint64_t head_ = 0;
  std::size_t bytes_ = 0;
  std::size_t max_frames_;
  std::size_t max_bytes_;
  Recorder* recorder_;
};

// What happens to a reader whose next frame has left the window.
enum class OnLag : std::uint8_t {
  restate,  // a topic: it is told the whole state again
  cut,      // a session: closed with a code that says resume
  skip,     // media: late frames are worthless
};

struct Cursor {
  FeedId feed;
  Position next;
  OnLag on_lag = OnLag::restate;
  bool parked = false;  // lagging was reported; it stands still until it is attached again
};

struct CursorStep {
  enum class Kind : std::uint8_t { frame, caught_up, lagging } kind = Kind::caught_up;
  const Frame* frame = nullptr;
  std::uint32_t skipped = 0;  // frames dropped because they were late or gone (rule skip)
};

// The next frame for this cursor and advances it; frames past their deadline are dropped and
// counted.
CursorStep advance(Cursor& cursor, const Feed& feed, ServerTime now);

}  // namespace tutti
