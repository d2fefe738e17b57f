#include "core/sync/clock_filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

namespace tutti::sync {
namespace {

// Stamps beyond this are no clock's; below it no difference of two overflows.
constexpr std::int64_t kAbsurd = std::int64_t{1} << 59;
constexpr std::int64_t kUnderWayMost = 60'000'000;

// How far off a probe is that spent x more than the smallest delay: queues on both ways share the x
// evenly for exponential delays (0.58 x), more nearly half and half for sums of such (0.45 x).
constexpr double kWrongPerExcess = 0.5;
// e_min lies above the true floor: the more, the wider the delays are spread and the fewer were
// seen. The spread itself is not known at first; then it is guessed from the delay.
constexpr double kUnsurePerMedian = 0.15;
constexpr double kUnsureAtFirst = 4;  // divided by the number of probes
constexpr double kUnsurePerDelay = 0.4;
// Stamps are whole microseconds.
constexpr double kGrainUs = 0.5;

// A crystal's drift before anything is known, and how it wanders: 0.007 ppm in a second, growing
// with the square root of time (5e-17 per second, here per microsecond).
constexpr double kDriftFirst = 100e-6;
constexpr double kWander = 5e-23;
// Behind a step: the drift may have changed a little; when steps come one after the other it is not
// the offset that is set but the speed (a client's clock being slewed: at most 500 ppm).
constexpr double kDriftAfterStep = 2e-6;
constexpr double kDriftWhenSlewed = 500e-6;
constexpr std::int64_t kStepsApart = 60'000'000;
// A suspect is beyond four standard deviations of the estimate and this.
constexpr double kSigmas = 4;
constexpr double kSuspectUs = 20;
constexpr double kNudgeUs = 1e-4;

bool absurd(std::int64_t us) { return us < -kAbsurd || us > kAbsurd; }

}  // namespace

ClockFilter::Verdict ClockFilter::probe(ClientTime t1, ServerTime t2, ServerTime t3,
                                        ClientTime t4) {
  bool nonsense = absurd(t1.us) || absurd(t2.us) || absurd(t3.us) || absurd(t4.us) ||
                  t4.us < t1.us || t3.us < t2.us || t4.us - t1.us > kUnderWayMost;
  // Its time at the server may exceed the whole only by what the clocks' speeds differ.
  std::int64_t held = nonsense ? 0 : t3.us - t2.us;
  std::int64_t under_way = nonsense ? 0 : t4.us - t1.us - held;
  if (nonsense || under_way < -(held / 1000 + 2)) {
    ++counters_.nonsense;
    return Verdict::nonsense;
  }
  if (t4.us <= last_t4_) {
    ++counters_.out_of_order;
    return Verdict::out_of_order;
  }
  last_t4_ = t4.us;
  std::int64_t twice = (t2.us - t1.us) + (t3.us - t4.us);
  if (count_ == 0) base_ = twice / 2;
  Probe probe{.at = t4.us,
              .offset = static_cast<double>(twice - 2 * base_) / 2,
              .delay = static_cast<float>(std::max(0.0, static_cast<double>(under_way) / 2))};
  if (count_ > 0 && is_suspect(probe)) return suspect(probe);
  counters_.discarded += suspected_;
  suspected_ = 0;
  remember(probe);
  estimate();
  publish(t4);
  return Verdict::used;
}

void ClockFilter::remember(const Probe& probe) {
  ++counters_.used;
  if (count_ < kWindow) ++count_;
  else first_ = (first_ + 1) % kWindow;
  ring_[(first_ + count_ - 1) % kWindow] = probe;
}

bool ClockFilter::is_suspect(const Probe& probe) const {
  auto since = static_cast<double>(probe.at - nth(count_ - 1).at);
  double expected = state_.offset + state_.drift * since;
  double variance = state_.p00 + 2 * state_.p01 * since + state_.p11 * since * since;
  double excess = std::abs(static_cast<double>(probe.delay) - delay_us_);
  double allowed = excess + spread_us_ + unsure_us_ + kSigmas * std::sqrt(variance) + kSuspectUs;
  return std::abs(probe.offset - expected) > allowed;
}

ClockFilter::Verdict ClockFilter::suspect(const Probe& probe) {
  auto side = [&](const Probe& one) { return one.offset > state_.offset; };
  if (suspected_ > 0 && side(suspects_[0]) != side(probe)) {
    counters_.discarded += suspected_;
    suspected_ = 0;
  }
  suspects_[suspected_++] = probe;
  if (suspected_ < kConfirm) return Verdict::suspect;
  bool again = last_step_ != INT64_MIN && probe.at - last_step_ < kStepsApart;
  suspects_[0].begin = again ? kOffsetAndDrift : kOffset;
  last_step_ = probe.at;
  for (const Probe& one : suspects_) remember(one);
  suspected_ = 0;
  ++counters_.steps;
  estimate();
  publish({probe.at});
  return Verdict::stepped;
}

// e - e_min of every probe, e_min being the smallest of its bucket and of four on each side: about
// four minutes, so that a path that became longer for good is believed after two.
void ClockFilter::find_excess() {
  constexpr std::size_t kReach = 4;
  std::array<float, kBuckets> least{};
  std::size_t buckets = (count_ + kPerBucket - 1) / kPerBucket;
  for (std::size_t i = 0; i < count_; ++i) {
    float& bucket = least[i / kPerBucket];
    float delay = nth(i).delay;
    bucket = i % kPerBucket == 0 ? delay : std::min(bucket, delay);
  }
  float floor = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    std::size_t bucket = i / kPerBucket;
    if (i % kPerBucket == 0) {
      std::size_t from = bucket < kReach ? 0 : bucket - kReach;
      std::size_t to = std::min(buckets, bucket + kReach + 1);
      floor = *std::min_element(&least[from], &least[0] + to);
    }
    excess_[i] = nth(i).delay - floor;
  }
  delay_us_ = static_cast<double>(floor);
  std::copy_n(excess_.begin(), count_, sorted_.begin());
  auto middle = sorted_.begin() + static_cast<std::ptrdiff_t>(count_ / 2);
  std::nth_element(sorted_.begin(), middle, sorted_.begin() + static_cast<std::ptrdiff_t>(count_));
  spread_us_ = static_cast<double>(*middle);
  auto n = static_cast<double>(count_);
  unsure_us_ = std::max(spread_us_ * (kUnsurePerMedian + kUnsureAtFirst / n),
                        kUnsurePerDelay * delay_us_ / n);
}

// The Kalman filter over the window.
void ClockFilter::estimate() {
  find_excess();
  State s;
  for (std::size_t i = 0; i < count_; ++i) {
    const Probe& probe = nth(i);
    double wrong = kWrongPerExcess * (static_cast<double>(excess_[i]) + unsure_us_);
    double noise = wrong * wrong + kGrainUs * kGrainUs;
    if (i == 0) {
      s = {.offset = probe.offset, .p00 = noise, .p11 = kDriftFirst * kDriftFirst};
      continue;
    }
    auto dt = static_cast<double>(probe.at - nth(i - 1).at);
    s.offset += s.drift * dt;
    s.p00 += 2 * s.p01 * dt + s.p11 * dt * dt;
    s.p01 += s.p11 * dt;
    s.p11 += kWander * dt;
    if (probe.begin != kNothing) {
      double more = probe.begin == kOffset ? kDriftAfterStep : kDriftWhenSlewed;
      s = {.offset = probe.offset, .drift = s.drift, .p00 = noise, .p11 = s.p11 + more * more};
      continue;
    }
    double innovation = probe.offset - s.offset;
    double sum = s.p00 + noise;
    s.offset += s.p00 / sum * innovation;
    s.drift += s.p01 / sum * innovation;
    s.p11 = std::max(0.0, s.p11 - s.p01 * s.p01 / sum);
    s.p01 *= noise / sum;
    s.p00 *= noise / sum;
  }
  state_ = s;
}

// The output goes over to the new line from where it is now; or a trifle ahead, so that what a
// double cannot tell never turns it back.
void ClockFilter::publish(ClientTime at) {
  double late = 0;
  std::uint64_t epoch = snapshot_.epoch;
  if (snapshot_.known()) {
    late = state_.offset - (snapshot_.unrounded(at) + kNudgeUs);
    if (std::abs(late) > kJumpUs) {
      ++epoch;
      late = 0;
      rebase();
    }
  }
  double size = std::abs(late);
  bool gentle = size <= kSlewGentleUs && count_ >= kSettled;
  snapshot_ = {.at = at,
               .base_us = base_,
               .offset_us = state_.offset,
               .drift = std::clamp(state_.drift, -kDriftMost, kDriftMost),
               .late_us = late,
               .slew = gentle ? size / kSlewTimeUs : kSlewMost,
               .error_us = 3 * std::sqrt(state_.p00) + unsure_us_ / 2,
               .updates = counters_.used,
               .epoch = epoch};
}

// Numbers stay small enough for a double to tell nanoseconds, wherever the server's clock went.
void ClockFilter::rebase() {
  std::int64_t by = std::llround(std::clamp(state_.offset, -0x1p59, 0x1p59));
  base_ = std::clamp(base_ + by, -2 * kAbsurd, 2 * kAbsurd);
  for (Probe& probe : ring_) probe.offset -= static_cast<double>(by);
  state_.offset -= static_cast<double>(by);
}

void ClockFilter::describe(StateWriter& out) const {
  auto put = [&](const Probe& probe) {
    out.number(static_cast<std::uint64_t>(probe.at));
    out.number(std::bit_cast<std::uint64_t>(probe.offset));
    out.number(std::bit_cast<std::uint32_t>(probe.delay));
    out.number(probe.begin);
  };
  out.number(count_);
  for (std::size_t i = 0; i < count_; ++i) put(nth(i));
  out.number(suspected_);
  for (std::size_t i = 0; i < suspected_; ++i) put(suspects_[i]);
  for (std::int64_t each : {base_, last_t4_, last_step_, snapshot_.at.us})
    out.number(static_cast<std::uint64_t>(each));
  // What else there is follows from the probes, except where the output is on its way.
  for (double each : {snapshot_.late_us, snapshot_.slew})
    out.number(std::bit_cast<std::uint64_t>(each));
  out.number(snapshot_.epoch);
}

}  // namespace tutti::sync
