#pragma once
// Loudness: integrated programme loudness and sample peak, as ITU-R BS.1770-5 annex 1 defines them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tutti::sound {

// One second-order section, a0 = 1: y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2.
struct BiquadCoefficients {
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
};

// The two stages of the K weighting at any rate: the analog prototypes behind the standard's tables
// 1 and 2 (a shelf of +4 dB above 1,682 Hz for the head, a high pass at 38 Hz), by the bilinear
// transform; at 48 kHz they are the tables.
struct KWeighting {
  BiquadCoefficients shelf;
  BiquadCoefficients high_pass;
};
KWeighting k_weighting(double rate);

// A weighted mean square, summed over the channels, as LUFS and back (annex 1, equation 2).
double power_to_lufs(double power);
double lufs_to_power(double lufs);

// Measures as the samples come; memory grows by 8 bytes for each 100 ms. Layouts of 1 to 8 channels
// in the order of WAVE (5: FL FR FC BL BR, 6: 5.1): surrounds weigh 1.41 (+1.5 dB), LFE 0.
class LoudnessMeter {
 public:
  LoudnessMeter(int rate, int channels);
  // Interleaved. Any partition into blocks gives the same, to the bit.
  void add(std::span<const float> samples);
  // LUFS over blocks of 400 ms that overlap by 75 %, gated at -70 LUFS and at 10 LU below the mean
  // of what is left. None when nothing passes the gates: silence, or less than 400 ms.
  std::optional<double> integrated() const;
  // The whole blocks so far, and the power of each, from 0 on.
  std::size_t blocks() const { return steps_.size() < 4 ? 0 : steps_.size() - 3; }
  double block_power(std::size_t index) const;
  // The largest sample, linear; NaN counts as nothing.
  double sample_peak() const { return peak_; }

 private:
  struct Delay {
    double s1 = 0, s2 = 0;
  };
  void end_step();

  KWeighting weighting_;
  std::size_t channels_;
  std::vector<double> weight_;
  std::vector<std::array<Delay, 2>> delays_;
  std::vector<double> sums_;  // of squares in this step, a channel
  std::int64_t step_frames_;  // 100 ms, rounded
  std::int64_t in_step_ = 0;
  std::vector<double> steps_;  // weighted mean squares of each whole step
  double peak_ = 0;
};

}  // namespace tutti::sound
