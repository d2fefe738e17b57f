// Guards: an album's loudness from its tracks' histograms. How: programmes of noise bursts with
// drawn levels are measured as one and as parts; bytes that were cut or changed are refused.
#include "core/sound/loudness_histogram.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/base/random.hpp"
#include "core/sound/gain.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::sound;

namespace {

constexpr int kRate = 8000;
constexpr int kPart = kRate * 3 / 10;

// Noise around a level, which moves every 300 ms by up to 25 dB; silence now and then.
std::vector<float> music(Choose& choose, int parts) {
  std::vector<float> out;
  double around = -static_cast<double>(choose.choose(40, "around"));
  std::uint64_t noise = choose.choose(1000, "noise");
  for (int part = 0; part < parts; ++part) {
    bool silent = choose.choose(20, "silent") == 19;
    double level = silent ? 0 : from_db(around - choose.choose(25, "down"));
    for (int i = 0; i < kPart; ++i) {
      noise = hash_mix(noise + 1);
      out.push_back(static_cast<float>(level * (static_cast<double>(noise >> 40) / 0x1p23 - 1)));
    }
  }
  return out;
}

LoudnessMeter measured(const std::vector<float>& samples) {
  LoudnessMeter meter(kRate, 1);
  meter.add(samples);
  return meter;
}

}  // namespace

TEST_CASE("histogram: tracks joined are the concatenation within 0.05 LU, bytes and back") {
  double worst = 0;
  CHECK_FOR_ALL(3, 60, [&](Choose& choose) -> explore::Broken {
    LoudnessMeter whole(kRate, 1);
    LoudnessHistogram joined;
    std::uint32_t tracks = 1 + choose.choose(5, "tracks");
    for (std::uint32_t i = 0; i < tracks; ++i) {
      auto samples = music(choose, 150 + static_cast<int>(choose.choose(200, "parts")));
      whole.add(samples);
      auto back = LoudnessHistogram::from_bytes(LoudnessHistogram(measured(samples)).bytes());
      FAIL_UNLESS(back.has_value());
      joined.add(*back);
    }
    FAIL_UNLESS(joined.integrated().has_value() && whole.integrated().has_value());
    double off = std::abs(*joined.integrated() - *whole.integrated());
    worst = std::max(worst, off);
    FAIL_UNLESS(off < 0.05, std::to_string(off));
    return explore::kHolds;
  });
  MESSAGE("worst: ", worst, " LU");
}

TEST_CASE("histogram: an album is gated as one: a quiet track is not averaged in") {
  std::vector<float> loud(kRate * 10), quiet(kRate * 30);
  for (std::size_t i = 0; i < loud.size(); ++i) loud[i] = i % 8 < 4 ? 0.5F : -0.5F;
  for (std::size_t i = 0; i < quiet.size(); ++i) quiet[i] = i % 8 < 4 ? 0.005F : -0.005F;
  LoudnessHistogram album(measured(loud));
  double alone = album.integrated().value_or(0);
  album.add(LoudnessHistogram(measured(quiet)));
  CHECK(album.integrated().value_or(0) == doctest::Approx(alone).epsilon(1e-6));
  double mean = (10 * lufs_to_power(alone) + 30 * lufs_to_power(alone - 40)) / 40;
  CHECK(std::abs(power_to_lufs(mean) - alone) > 5);  // without its gate it would be elsewhere
}

TEST_CASE("histogram: silence is nothing; what was cut or changed is refused or stays in range") {
  LoudnessHistogram none(measured(std::vector<float>(kRate * 2)));
  CHECK(none.bytes().empty());
  CHECK_FALSE(none.integrated());
  CHECK_FALSE(LoudnessHistogram::from_bytes("")->integrated());
  CHECK_FOR_ALL(4, 300, [](Choose& choose) -> explore::Broken {
    std::string bytes = LoudnessHistogram(measured(music(choose, 8))).bytes();
    if (bytes.empty()) return explore::kHolds;
    if (choose.choose(2, "how") == 0)
      bytes.resize(choose.choose(static_cast<std::uint32_t>(bytes.size()), "cut"));
    else bytes = explore::draw_bytes(choose, 40);
    auto back = LoudnessHistogram::from_bytes(bytes);
    if (!back) return explore::kHolds;
    auto lufs = back->integrated();
    FAIL_UNLESS(lufs.has_value() != bytes.empty());
    if (lufs) FAIL_UNLESS(*lufs >= -70 && *lufs <= 30);
    return explore::kHolds;
  });
  CHECK_FALSE(LoudnessHistogram::from_bytes(std::string(1, '\x80')));
  CHECK_FALSE(LoudnessHistogram::from_bytes(std::string("\x01\x00\x01", 3)));  // a bin of none
  CHECK_FALSE(LoudnessHistogram::from_bytes("\xe8\x07\x01\x01"));              // bin 1000
}
