#include "bench/clock_methods.hpp"

#include <algorithm>
#include <cmath>

namespace tutti::bench {

using sync::trial::Probe;

namespace {

double offset_of(const Probe& probe) {
  return static_cast<double>((probe.t2.us - probe.t1.us) + (probe.t3.us - probe.t4.us)) / 2;
}
double error_of(const Probe& probe) {
  return static_cast<double>((probe.t4.us - probe.t1.us) - (probe.t3.us - probe.t2.us)) / 2;
}

}  // namespace

void KalmanMethod::answer(const Probe& probe) {
  constexpr std::size_t kBurst = 8;
  constexpr std::int64_t kEvery = 10'000'000;
  Sample sample{static_cast<double>(probe.t4.us), offset_of(probe), error_of(probe)};
  if (faulty_) {
    update(sample);
    next_ = {probe.t4.us + static_cast<std::int64_t>(1e6 * pause())};
    return;
  }
  if (burst_.empty()) burst_began_ = probe.t1.us;
  burst_.push_back(sample);
  next_ = probe.t4;
  if (burst_.size() < kBurst) return;
  update(*std::min_element(burst_.begin(), burst_.end(),
                           [](const Sample& a, const Sample& b) { return a.error < b.error; }));
  burst_.clear();
  next_ = {burst_began_ + kEvery};
}

double KalmanMethod::pause() const {
  double deviation = std::sqrt(p00_);
  if (samples_ < 2 || deviation >= 5'000) return 0.2;
  if (deviation >= 2'000) return 0.5;
  return deviation >= 1'000 ? 1 : 3;
}

void KalmanMethod::predict(double dt) {
  constexpr double kDriftNoise = 1e-22;  // (1e-11)^2
  offset_ += drift_ * dt;
  p00_ += 2 * p01_ * dt + p11_ * dt * dt;
  p01_ += p11_ * dt;
  p11_ += kDriftNoise * dt;
}

void KalmanMethod::update(const Sample& sample) {
  if (samples_ > 0 && sample.at <= at_) return;
  double noise = faulty_ ? sample.error * sample.error : sample.error * sample.error / 4;
  double dt = sample.at - at_;
  at_ = sample.at;
  if (++samples_ == 1) {
    offset_ = sample.offset;
    p00_ = noise;
    return;
  }
  if (samples_ == 2) {
    drift_ = (sample.offset - offset_) / dt;
    offset_ = sample.offset;
    p11_ = (p00_ + noise) / (faulty_ ? dt : dt * dt);
    p00_ = noise;
    return;
  }
  predict(dt);
  double residual = sample.offset - offset_;
  double surprise = faulty_ ? residual : std::abs(residual);
  if (samples_ > 100 && surprise > 3 * sample.error) p00_ *= 4, p01_ *= 4, p11_ *= 4;
  double sum = p00_ + noise, gain0 = p00_ / sum, gain1 = p01_ / sum;
  offset_ += gain0 * residual;
  drift_ += gain1 * residual;
  p11_ -= gain1 * p01_;
  p01_ *= 1 - gain0;
  p00_ *= 1 - gain0;
}

double KalmanMethod::to_server(sync::ClientTime t) const {
  auto at = static_cast<double>(t.us);
  return at + offset_ + (drift_counts() ? drift_ * (at - at_) : 0);
}

void MedianMethod::answer(const Probe& probe) {
  offsets_[count_++ % offsets_.size()] = offset_of(probe);
  std::array<double, 200> sorted = offsets_;
  auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count_, sorted.size()));
  auto middle = sorted.begin() + (end - sorted.begin()) / 2;
  std::nth_element(sorted.begin(), middle, end);
  median_ = *middle;
  next_ = {probe.t1.us + 1'000'000};
}

}  // namespace tutti::bench
