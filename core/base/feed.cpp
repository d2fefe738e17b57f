#include "core/base/feed.hpp"

namespace tutti {

Position Feed::append(Frame frame) {
  if (recorder_ != nullptr) recorder_->wrote(this, Recorder::kWhole);
  bytes_ += frame.bytes.size();
  INVARIANT(frames_.push(std::move(frame)));
  ++head_;
  // The newest frame always stays, however large: a reader that is caught up must be able to have
  // it.
  while (frames_.size() > max_frames_ || (bytes_ > max_bytes_ && frames_.size() > 1))
    bytes_ -= frames_.pop().bytes.size();
  return {head_ - 1};
}

void Feed::start_at(Position head) {
  if (recorder_ != nullptr) recorder_->wrote(this, Recorder::kWhole);
  frames_.clear();
  bytes_ = 0;
  head_ = head.value;
}

const Frame* Feed::at(Position position) const {
  if (recorder_ != nullptr) recorder_->read(this, Recorder::kWhole);
  if (position < base() || position >= head()) return nullptr;
  return &frames_[position.value - base().value];
}

CursorStep advance(Cursor& cursor, const Feed& feed, ServerTime now) {
  CursorStep step;
  if (cursor.next < feed.base()) {
    if (cursor.on_lag != OnLag::skip) return {CursorStep::Kind::lagging};
    step.skipped = static_cast<std::uint32_t>(feed.base().value - cursor.next.value);
    cursor.next = feed.base();
  }
  while (const Frame* frame = feed.at(cursor.next)) {
    ++cursor.next.value;
    if (frame->deadline < now) {
      ++step.skipped;
      continue;
    }
    step.kind = CursorStep::Kind::frame;
    step.frame = frame;
    return step;
  }
  return step;
}

}  // namespace tutti
