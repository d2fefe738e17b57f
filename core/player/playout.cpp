#include "core/player/playout.hpp"

#include <algorithm>
#include <cmath>

namespace tutti::player {
namespace {

// Longer gaps between chunks are not filled with silence frame by frame; their end is waited for.
constexpr std::int64_t kGapFilledUs = 200'000;
constexpr double kClockKnownUs = 50'000;

}  // namespace

std::size_t Playout::fill(std::span<float> out, sync::ClientTime when,
                          const sync::ClockSnapshot& clock) {
  double heard_us = output_.observe(when.us, asked_, shape().rate);
  double target_us = clock.server_us(heard_us) + static_cast<double>(static_delay_.us);
  bool known = clock.known() && clock.error_us <= kClockKnownUs;
  std::size_t frames = out.size() / width();
  std::size_t made = 0;
  while (made < frames && !turn_to_next_shape()) {
    std::span<float> rest = out.first(frames * width()).subspan(made * width());
    double at_us = target_us + static_cast<double>(made) * 1e6 / shape().rate;
    if (phase_ == Phase::sounding) made += sound(rest, at_us);
    else if (phase_ == Phase::leaving) made += leave(rest);
    else if (known) made += wait(rest, at_us);
    else made += silence(rest);
  }
  asked_ = made;
  return made;
}

bool Playout::turn_to_next_shape() {
  if (!runway_.empty() || phase_ == Phase::leaving) return false;
  auto next = buffer_.peek();
  if (!next || next->shape == shape()) return false;
  runway_.reshape(next->shape);
  output_.reset();
  phase_ = Phase::silent;
  update_volume();
  return true;
}

bool Playout::refill(std::size_t frames) {
  while (runway_.frames() < frames) {
    auto next = buffer_.peek();
    if (!next || next->shape != shape()) return false;
    if (!runway_.empty() && next->gap_us > kGapFilledUs) return false;
    JitterBuffer::Block block;
    if (buffer_.take(block)) runway_.append(block, fade_frames());
  }
  return true;
}

std::size_t Playout::wait(std::span<float> out, double target_us) {
  std::size_t frames = out.size() / width();
  if (runway_.empty()) buffer_.drop_before({static_cast<std::int64_t>(target_us)});
  double ahead = static_cast<double>(frames);
  while (refill(1)) {
    ahead = frames_in(runway_.due_us() - target_us);
    if (ahead > -0.5) break;
    runway_.drop(std::min(runway_.frames(), static_cast<std::size_t>(0.5 - ahead)));
    ahead = static_cast<double>(frames);
  }
  bool begins = ahead < static_cast<double>(frames) - 0.5 && ready(target_us);
  std::size_t silent =
      begins ? static_cast<std::size_t>(std::lround(std::max(ahead, 0.0))) : frames;
  silence(out.first(silent * width()));
  if (!begins) {
    silent_for(frames);
    return frames;
  }
  phase_ = Phase::sounding;
  state_ = State::synchronized;
  edge_.set(1, fade_frames());
  last_.assign(width(), 0.0F);
  correcting_ = false;
  since_ = calm_ = 0;
  return silent;
}

// A volume that was on its way when the sound ended arrives.
std::size_t Playout::silence(std::span<float> out) {
  std::ranges::fill(out, 0.0F);
  volume_gain_.process(out, shape().channels);
  return out.size() / width();
}

bool Playout::ready(double target_us) {
  if (!buffer_.streaming()) return true;
  // Less than two fades would be the next underrun.
  if (!refill(2 * fade_frames())) return false;
  if (state_ != State::error || waited_us_ >= kPatience.us) return true;
  auto last = buffer_.last();
  return last && static_cast<double>(last->us) >= target_us + static_cast<double>(kRebuffer.us);
}

void Playout::silent_for(std::size_t frames) {
  waited_us_ += static_cast<std::int64_t>(frames) * 1'000'000 / shape().rate;
  if (buffer_.streaming()) {
    if (state_ == State::idle) state_ = State::buffering;
  } else if (runway_.empty() && buffer_.size() == 0) {
    state_ = State::idle;
  }
}

std::size_t Playout::sound(std::span<float> out, double target_us) {
  std::size_t frames = out.size() / width();
  error_us_ = target_us - runway_.due_us();
  if (std::abs(error_us_) > kJumpUs) {
    ++jumps_;
    begin_leaving(fade_frames(), State::synchronized);
    return 0;
  }
  if (!refill(frames + frames / kCorrectionSpacing + 1 + fade_frames())) {
    begin_leaving(runway_.frames(), state_after_end());
    return 0;
  }
  plan_corrections(error_us_, frames);
  emit_corrected(out);
  edge_.process(out, shape().channels);
  volume_gain_.process(out, shape().channels);
  return frames;
}

Playout::State Playout::state_after_end() const {
  auto next = buffer_.peek();
  if (!buffer_.streaming() && !next) return State::idle;
  if (next ? next->begins : buffer_.fresh()) return State::buffering;
  if (next && next->shape != shape()) return State::synchronized;
  return State::error;
}

void Playout::begin_leaving(std::size_t frames, State then) {
  phase_ = Phase::leaving;
  leaving_ = std::min(frames, runway_.frames());
  then_ = then;
  if (then == State::error) ++underruns_;
}

std::size_t Playout::leave(std::span<float> out) {
  std::size_t frames = std::min(out.size() / width(), leaving_);
  std::size_t fade = fade_frames();
  if (leaving_ > fade) frames = std::min(frames, leaving_ - fade);
  else if (edge_.target() != 0) edge_.set(0, leaving_);
  std::span<float> part = out.first(frames * width());
  std::ranges::copy(runway_.front(frames), part.begin());
  runway_.drop(frames);
  edge_.process(part, shape().channels);
  volume_gain_.process(part, shape().channels);
  leaving_ -= frames;
  if (leaving_ == 0) {
    edge_.set(0, 0);
    phase_ = Phase::silent;
    state_ = then_;
    waited_us_ = 0;
  }
  return frames;
}

void Playout::clear() {
  buffer_.clear();
  if (phase_ == Phase::sounding) begin_leaving(fade_frames(), State::buffering);
  if (phase_ == Phase::leaving) {
    leaving_ = std::min(leaving_, fade_frames());
    then_ = State::buffering;
    runway_.truncate(leaving_);
  } else {
    runway_.clear();
  }
}

void Playout::plan_corrections(double error_us, std::size_t frames) {
  double one_us = 1e6 / shape().rate;
  // Once an output is known to drift it is held closer, so that its frames are corrected one by one
  // and evenly, and not some in a row each time the edge is reached.
  double limit_us = std::max(correcting_ ? kDeadBandUs / 4 : kDeadBandUs / 2, 0.6 * one_us);
  pending_ = 0;
  if (std::abs(error_us) > limit_us) {
    pending_ = -static_cast<int>(std::lround(error_us / one_us));
    correcting_ = true;
    calm_ = 0;
  } else if (calm_ += frames; calm_ > 2 * static_cast<std::size_t>(shape().rate)) {
    correcting_ = false;
  }
}

void Playout::emit_corrected(std::span<float> out) {
  while (!out.empty()) {
    bool due = pending_ != 0 && since_ >= kCorrectionSpacing;
    std::size_t made = due ? emit_correction(out) : emit(out);
    out = out.subspan(made * width());
  }
}

std::size_t Playout::emit(std::span<float> out) {
  std::size_t frames = out.size() / width();
  if (pending_ != 0) frames = std::min(frames, kCorrectionSpacing - since_);
  std::span<const float> from = runway_.front(frames);
  std::ranges::copy(from, out.begin());
  std::ranges::copy(from.last(width()), last_.begin());
  runway_.drop(frames);
  since_ = std::min(since_ + frames, kCorrectionSpacing);
  return frames;
}

// Between two frames their mean, or in place of two frames their mean.
std::size_t Playout::emit_correction(std::span<float> out) {
  bool insert = pending_ > 0;
  std::span<const float> from = runway_.front(insert ? 1 : 2);
  for (std::size_t c = 0; c < width(); ++c) {
    float other = insert ? last_[c] : from[width() + c];
    out[c] = last_[c] = (from[c] + other) / 2;
  }
  if (!insert) runway_.drop(2);
  ++(insert ? inserted_ : dropped_);
  pending_ += insert ? -1 : 1;
  since_ = 0;
  return 1;
}

void Playout::set_static_delay(Duration delay) {
  static_delay_ = std::clamp(delay, Duration{}, seconds(5));
}

void Playout::set_volume(int volume) {
  volume_ = std::clamp(volume, 0, 100);
  update_volume();
}

void Playout::set_mute(bool mute) {
  mute_ = mute;
  update_volume();
}

void Playout::update_volume() {
  double amplitude = mute_ ? 0 : std::pow(volume_ / 100.0, 1.5);
  // Silence is not heard moving: what sounds next begins at the new volume.
  bool silent = phase_ == Phase::silent;
  volume_gain_.set(amplitude, silent ? 0 : static_cast<std::size_t>(shape().rate) / 50);
}

Playout::Report Playout::report() const {
  bool sounds = phase_ == Phase::sounding;
  return {.state = state_,
          .error_us = sounds ? error_us_ : 0,
          .device_ppm = output_.ppm(),
          .jitter_us = output_.jitter_us(),
          .inserted = inserted_,
          .dropped = dropped_,
          .jumps = jumps_,
          .underruns = underruns_,
          .chunks = buffer_.counters(),
          .buffer_bytes = buffer_.bytes()};
}

}  // namespace tutti::player
