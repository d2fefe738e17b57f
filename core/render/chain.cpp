#include "core/render/chain.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace tutti::render {
namespace {

// Source frames read at a time. Always whole blocks from the deck's view, so that what has been
// read depends on the output's position alone, not on the sizes of slices.
constexpr std::size_t kBlock = 1024;

}  // namespace

Chain::Chain(std::unique_ptr<Deck> deck, PcmFormat output, std::int64_t first, FrameClock clock)
    : heard_(std::move(deck)),
      output_(output),
      rate_(heard_->info().sample_rate),
      first_(first),
      clock_(clock),
      position_(first),
      heard_from_(first),
      heard_source_(heard_->position()) {}

Result<std::unique_ptr<Chain>> Chain::create(std::unique_ptr<Deck> deck, PcmFormat output,
                                             std::int64_t first, FrameClock clock) {
  std::unique_ptr<Chain> chain(new Chain(std::move(deck), output, first, clock));
  if (chain->rate_ == output.sample_rate) return chain;
  auto resampler = Resampler::create(chain->rate_, output.sample_rate, output.channels);
  if (!resampler) return std::unexpected(resampler.error());
  chain->resampler_.emplace(std::move(*resampler));
  return chain;
}

std::int64_t Chain::ready_until() const {
  std::size_t frames = (ready_.size() - ready_at_) / static_cast<std::size_t>(output_.channels);
  return position_ + static_cast<std::int64_t>(frames);
}

void Chain::push(std::span<const float> frames) {
  if (ready_at_ > 0) {
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(ready_at_));
    ready_at_ = 0;
  }
  if (!resampler_) {
    ready_.insert(ready_.end(), frames.begin(), frames.end());
  } else {
    // soxr fails only where memory does: nothing a stream could go on with.
    INVARIANT(frames.empty() || resampler_->process(frames, ready_));
  }
}

bool Chain::fill(std::int64_t until) {
  if (end_) until = std::min(until, *end_);
  while (ready_until() < until) {
    block_.clear();
    if (end_) {
      // What the filter still holds comes out behind silence, exactly as much as the length asks.
      block_.resize(kBlock * static_cast<std::size_t>(output_.channels));
    } else {
      if (reading().ended()) return false;
      fed_ += static_cast<std::int64_t>(reading().read(kBlock, block_));
    }
    push(block_);
  }
  return true;
}

bool Chain::can_join(const Deck& next) const {
  return !joined_ && !end_ && next.info().sample_rate == rate_;
}

void Chain::join(std::unique_ptr<Deck> deck) {
  INVARIANT(can_join(*deck) && heard_->ended());
  joined_ = std::move(deck);
  joint_fed_ = fed_;
}

void Chain::close() {
  INVARIANT(!end_);
  end_ = first_ + clock_.until(fed_, rate_);
}

std::unique_ptr<Deck> Chain::cut() {
  INVARIANT(joined_);
  // What is ready beyond the joint is never taken; an earlier end than `fed_` says.
  end_ = joint();
  fed_ = joint_fed_;
  return std::move(joined_);
}

std::size_t Chain::take(std::span<float> out) {
  auto width = static_cast<std::size_t>(output_.channels);
  std::int64_t until = end_ ? std::min(ready_until(), *end_) : ready_until();
  std::size_t frames = std::min(
      out.size() / width, static_cast<std::size_t>(std::max<std::int64_t>(0, until - position_)));
  auto from = ready_.begin() + static_cast<std::ptrdiff_t>(ready_at_);
  std::copy_n(from, frames * width, out.begin());
  ready_at_ += frames * width;
  position_ += static_cast<std::int64_t>(frames);
  return frames;
}

std::unique_ptr<Deck> Chain::pass_joint() {
  INVARIANT(joined_ && position_ == *joint());
  heard_from_ = position_;
  heard_source_ = 0;
  std::swap(heard_, joined_);
  return std::move(joined_);
}

std::unique_ptr<Deck> Chain::release() { return std::move(heard_); }

std::optional<std::int64_t> Chain::joint() const {
  if (!joined_) return {};
  return first_ + clock_.until(joint_fed_, rate_);
}

std::optional<std::int64_t> Chain::end() const { return end_; }

std::optional<std::int64_t> Chain::expected_end() const {
  if (end_) return end_;
  std::int64_t left = 0;
  if (!reading().ended()) {
    if (reading().info().frames < 0) return {};
    left = std::max<std::int64_t>(0, reading().info().frames - reading().position());
  }
  return first_ + clock_.until(fed_ + left, rate_);
}

FrameClock Chain::clock_at_end() const {
  FrameClock clock = clock_;
  clock.advance(fed_, rate_);
  return clock;
}

std::int64_t Chain::source_frame(std::int64_t output_frame) const {
  return heard_source_ + (output_frame - heard_from_) * rate_ / output_.sample_rate;
}

}  // namespace tutti::render
