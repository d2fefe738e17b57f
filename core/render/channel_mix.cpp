#include "core/render/channel_mix.hpp"

#include <numbers>
#include <string_view>

#include "core/base/check.hpp"

namespace tutti::render {
namespace {

// What each channel is to the downmix: l, r, c(entre), f (low frequencies), surrounds a (left), b
// (right), m (back centre).
constexpr std::array<std::string_view, ChannelMix::kMax> kLayouts{
    "c", "lr", "lrc", "lrab", "lrcab", "lrcfab", "lrcfmab", "lrcfabab"};

void normalise(std::array<double, ChannelMix::kMax>& row) {
  double sum = 0;
  for (double x : row) sum += x;
  if (sum <= 1) return;
  for (double& x : row) x /= sum;
}

}  // namespace

ChannelMix::Row ChannelMix::side(int in, int which) {
  constexpr double kHalf = 1 / std::numbers::sqrt2;
  Row row{};
  std::string_view layout = kLayouts[static_cast<std::size_t>(in - 1)];
  for (std::size_t c = 0; c < layout.size(); ++c) {
    char role = layout[c];
    if (role == (which == 0 ? 'l' : 'r')) row[c] = 1;
    if (role == 'c') row[c] = in == 1 ? 1 : kHalf;
    if (role == (which == 0 ? 'a' : 'b')) row[c] = kHalf;
    if (role == 'm') row[c] = kHalf * kHalf;
  }
  return row;
}

ChannelMix::ChannelMix(int in, int out) : in_(in), out_(out) {
  INVARIANT(in >= 1 && in <= kMax && out >= 1 && out <= kMax);
  if (out == 1) {
    Row left = side(in, 0);
    Row right = side(in, 1);
    for (std::size_t c = 0; c < kMax; ++c) rows_[0][c] = left[c] + right[c];
    normalise(rows_[0]);
  } else if (out == 2 || in == 1) {
    for (int which : {0, 1}) {
      rows_[static_cast<std::size_t>(which)] = side(in, which);
      normalise(rows_[static_cast<std::size_t>(which)]);
    }
  } else {
    // Between layouts of speakers: what both have, the rest is silent.
    for (std::size_t c = 0; c < static_cast<std::size_t>(out < in ? out : in); ++c) rows_[c][c] = 1;
  }
}

void ChannelMix::process(std::span<const float> in, std::vector<float>& out) const {
  if (identity()) {
    out.insert(out.end(), in.begin(), in.end());
    return;
  }
  auto width = static_cast<std::size_t>(in_);
  for (std::size_t at = 0; at + width <= in.size(); at += width) {
    for (std::size_t o = 0; o < static_cast<std::size_t>(out_); ++o) {
      double sum = 0;
      for (std::size_t c = 0; c < width; ++c) sum += rows_[o][c] * in[at + c];
      out.push_back(static_cast<float>(sum));
    }
  }
}

}  // namespace tutti::render
