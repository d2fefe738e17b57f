#pragma once
// ChannelMix: from the channels of a source to those of the output. Channels stand in the order of
// WAVE_FORMAT_EXTENSIBLE: FL FR FC LFE BL BR SL SR; layouts by number: 3 is FL FR FC, 4 FL FR BL
// BR, 5 FL FR FC BL BR, 6 5.1, 7 6.1 (FL FR FC LFE BC SL SR), 8 7.1.

#include <array>
#include <span>
#include <vector>

namespace tutti::render {

// Down to stereo and mono by ITU-R BS.775-3 annex 4 (centre and surrounds at 1/sqrt 2, no LFE),
// divided by the sum of a row, so that nothing clips that did not before. Mono goes to front left
// and right as it is; other missing channels are silent. The same number: bit for bit the same.
class ChannelMix {
 public:
  static constexpr int kMax = 8;
  // Both 1 to kMax.
  ChannelMix(int in, int out);
  bool identity() const { return in_ == out_; }
  // Appends in.size() / `in` frames to out.
  void process(std::span<const float> in, std::vector<float>& out) const;

 private:
  using Row = std::array<double, kMax>;
  static Row side(int in, int which);

  int in_;
  int out_;
  std::array<Row, kMax> rows_{};  // of the output channels
};

}  // namespace tutti::render
