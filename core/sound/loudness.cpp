#include "core/sound/loudness.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/check.hpp"

namespace tutti::sound {
namespace {

constexpr double kOffset = -0.691;     // BS.1770-5 annex 1, equation (2)
constexpr double kAbsoluteGate = -70;  // LUFS
constexpr double kRelativeGate = 10;   // LU
constexpr int kStepsOfBlock = 4;       // 400 ms that move by 100 ms
constexpr double kSurround = 1.41;

double channel_weight(int channels, int channel) {
  bool lfe = channels >= 6 && channel == 3;
  bool front = channel < (channels == 4 ? 2 : 3);
  if (lfe) return 0;
  return front ? 1 : kSurround;
}

// Mean over the blocks above the gate; 0 without any.
double gated_mean(const LoudnessMeter& meter, double gate) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < meter.blocks(); ++i) {
    double power = meter.block_power(i);
    if (power <= gate) continue;
    sum += power;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

}  // namespace

double power_to_lufs(double power) { return kOffset + 10 * std::log10(power); }
double lufs_to_power(double lufs) { return std::pow(10, (lufs - kOffset) / 10); }

// Parameters of the analog prototypes, found by inverting the bilinear transform on the tables.
KWeighting k_weighting(double rate) {
  KWeighting k;
  {
    constexpr double kHz = 1681.974450955533;
    constexpr double kGain = 3.999843853973347;  // dB
    constexpr double kQ = 0.7071752369554196;
    double w = std::tan(std::numbers::pi * kHz / rate);
    double high = std::pow(10, kGain / 20);
    double band = std::pow(high, 0.4996667741545416);
    double a0 = 1 + w / kQ + w * w;
    k.shelf = {(high + band * w / kQ + w * w) / a0, 2 * (w * w - high) / a0,
               (high - band * w / kQ + w * w) / a0, 2 * (w * w - 1) / a0,
               (1 - w / kQ + w * w) / a0};
  }
  {
    constexpr double kHz = 38.13547087602444;
    constexpr double kQ = 0.5003270373238773;
    double w = std::tan(std::numbers::pi * kHz / rate);
    double a0 = 1 + w / kQ + w * w;
    k.high_pass = {1, -2, 1, 2 * (w * w - 1) / a0, (1 - w / kQ + w * w) / a0};
  }
  return k;
}

LoudnessMeter::LoudnessMeter(int rate, int channels)
    : weighting_(k_weighting(rate)),
      channels_(static_cast<std::size_t>(channels)),
      delays_(channels_),
      sums_(channels_),
      step_frames_((rate + 5) / 10) {
  INVARIANT(rate > 0 && channels > 0 && channels <= 8);
  for (int c = 0; c < channels; ++c) weight_.push_back(channel_weight(channels, c));
}

void LoudnessMeter::add(std::span<const float> samples) {
  const BiquadCoefficients* stages[2] = {&weighting_.shelf, &weighting_.high_pass};
  for (std::size_t at = 0; at + channels_ <= samples.size(); at += channels_) {
    for (std::size_t c = 0; c < channels_; ++c) {
      double x = samples[at + c];
      if (!std::isfinite(x)) x = 0;
      peak_ = std::max(peak_, std::abs(x));
      for (std::size_t s = 0; s < 2; ++s) {  // transposed direct form II
        const BiquadCoefficients& b = *stages[s];
        Delay& d = delays_[c][s];
        double y = b.b0 * x + d.s1;
        d.s1 = b.b1 * x - b.a1 * y + d.s2;
        d.s2 = b.b2 * x - b.a2 * y;
        x = y;
      }
      sums_[c] += x * x;
    }
    if (++in_step_ == step_frames_) end_step();
  }
}

void LoudnessMeter::end_step() {
  double power = 0;
  for (std::size_t c = 0; c < channels_; ++c) {
    power += weight_[c] * sums_[c] / static_cast<double>(step_frames_);
    sums_[c] = 0;
    // What decays below any sound would else be computed as denormals, a hundred times slower.
    for (Delay& d : delays_[c]) {
      if (std::abs(d.s1) < 1e-30) d.s1 = 0;
      if (std::abs(d.s2) < 1e-30) d.s2 = 0;
    }
  }
  steps_.push_back(power);
  in_step_ = 0;
}

double LoudnessMeter::block_power(std::size_t i) const {
  return (steps_[i] + steps_[i + 1] + steps_[i + 2] + steps_[i + 3]) / kStepsOfBlock;
}

std::optional<double> LoudnessMeter::integrated() const {
  double mean = gated_mean(*this, lufs_to_power(kAbsoluteGate));
  if (mean <= 0) return {};
  double gate =
      std::max(lufs_to_power(kAbsoluteGate), lufs_to_power(power_to_lufs(mean) - kRelativeGate));
  mean = gated_mean(*this, gate);
  if (mean <= 0) return {};
  return power_to_lufs(mean);
}

}  // namespace tutti::sound
