#include "core/player/runway.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace tutti::player {

void Runway::reshape(Shape shape) {
  clear();
  shape_ = shape;
  samples_.clear();
  head_ = 0;
}

void Runway::append(const JitterBuffer::Block& block, std::size_t fade) {
  INVARIANT(block.shape == shape_);
  compact();
  std::size_t added = block.samples.size() / width();
  if (block.gap > 0 && !empty()) {
    std::size_t out = std::min(fade, frames());
    ramp(head_ + frames() - out, out, false);
    // The silence needs no anchor of its own: it goes on from the one before it.
    samples_.resize(samples_.size() + block.gap * width());
  }
  anchors_.push_back({gone_ + static_cast<std::int64_t>(frames()), block.at.us, block.first});
  samples_.insert(samples_.end(), block.samples.begin(), block.samples.end());
  if (block.gap > 0) ramp(head_ + frames() - added, std::min(fade, added), true);
}

double Runway::due_us() const {
  INVARIANT(!anchors_.empty());
  const Anchor& anchor = anchors_.front();
  auto frame = gone_ - anchor.frame + static_cast<std::int64_t>(anchor.first);
  return static_cast<double>(anchor.at_us) + static_cast<double>(frame) * 1e6 / shape_.rate;
}

std::span<const float> Runway::front(std::size_t count) const {
  return std::span(samples_).subspan(head_ * width(), count * width());
}

void Runway::drop(std::size_t count) {
  INVARIANT(count <= frames());
  head_ += count;
  gone_ += static_cast<std::int64_t>(count);
  while (anchors_.size() > 1 && anchors_[1].frame <= gone_) anchors_.pop_front();
  if (empty()) anchors_.clear();
}

void Runway::truncate(std::size_t count) {
  if (count >= frames()) return;
  samples_.resize((head_ + count) * width());
  std::int64_t end = gone_ + static_cast<std::int64_t>(count);
  while (!anchors_.empty() && anchors_.back().frame >= end) anchors_.pop_back();
}

void Runway::compact() {
  if (head_ < frames()) return;
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(head_ * width()));
  head_ = 0;
}

void Runway::ramp(std::size_t first, std::size_t count, bool up) {
  for (std::size_t i = 0; i < count; ++i) {
    float level = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    if (!up) level = 1 - level;
    for (std::size_t c = 0; c < width(); ++c) samples_[(first + i) * width() + c] *= level;
  }
}

}  // namespace tutti::player
