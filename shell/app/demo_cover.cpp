#include "shell/app/demo_cover.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace tutti::shell {
namespace {

using Colour = std::array<double, 3>;

constexpr std::array<Colour, 5> kStrings{{{0.98, 0.80, 0.42},
                                          {0.96, 0.58, 0.38},
                                          {0.90, 0.40, 0.45},
                                          {0.66, 0.42, 0.72},
                                          {0.42, 0.56, 0.86}}};
constexpr Colour kTop{0.06, 0.07, 0.14};
constexpr Colour kBottom{0.13, 0.09, 0.19};

// Light of one string at height y, where it swings between -reach and reach around its rest: a
// standing wave is brightest where it turns, 1 / sqrt(reach^2 - d^2), and thin at its nodes.
double glow(double y, double rest, double reach) {
  double d = std::abs(y - rest);
  double line = std::exp(-std::pow((d - reach) / 0.0022, 2));
  double inside = d < reach ? 0.16 / std::sqrt(1.02 - std::pow(d / reach, 2)) : 0;
  double haze = 0.16 * std::exp(-std::max(0.0, d - reach) / 0.02);
  return std::min(1.0, line + inside + haze);
}

}  // namespace

std::vector<std::uint8_t> draw_demo_cover(int size) {
  std::vector<std::uint8_t> rgb(3 * static_cast<std::size_t>(size) *
                                static_cast<std::size_t>(size));
  for (int column = 0; column < size; ++column) {
    double x = (column + 0.5) / size;
    double along = std::clamp((x - 0.08) / 0.84, 0.0, 1.0);
    // Beyond its ends only the light of a string is left.
    double ends = std::exp(-std::max({0.0, 0.08 - x, x - 0.92}) / 0.012);
    std::array<double, 5> reach;
    for (std::size_t k = 0; k < 5; ++k)
      reach[k] = 0.062 * std::abs(std::sin(std::numbers::pi * static_cast<double>(k + 1) * along));
    for (int row = 0; row < size; ++row) {
      double y = (row + 0.5) / size;
      Colour colour;
      for (std::size_t c = 0; c < 3; ++c) colour[c] = kTop[c] + (kBottom[c] - kTop[c]) * y;
      for (std::size_t k = 0; k < 5; ++k) {
        double light = ends * glow(y, 0.18 + 0.16 * static_cast<double>(k), reach[k]);
        for (std::size_t c = 0; c < 3; ++c) colour[c] += light * (kStrings[k][c] - colour[c]);
      }
      auto at = 3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(size) +
                     static_cast<std::size_t>(column));
      for (std::size_t c = 0; c < 3; ++c)
        rgb[at + c] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(colour[c], 0.0, 1.0)));
    }
  }
  return rgb;
}

}  // namespace tutti::shell
