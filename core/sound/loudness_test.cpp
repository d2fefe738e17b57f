// Guards: the meter that levelling stands on. How: the coefficients in the standard's tables, the
// signals of EBU Tech 3341 cases 1 to 6 synthesized here, and meters with one rule left out.
#include "core/sound/loudness.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <numbers>
#include <vector>

#include "core/sound/crossfade.hpp"
#include "core/sound/gain.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::sound;

namespace {

struct Part {
  double seconds;
  double dbfs;
};

// A sine of 1 kHz, `levels` dBFS of peak in each channel, silence where it is 1.
void add_tone(LoudnessMeter& meter, int rate, double seconds,
              std::initializer_list<double> levels) {
  std::vector<float> block;
  auto frames = static_cast<std::int64_t>(std::llround(seconds * rate));
  for (std::int64_t i = 0; i < frames; ++i) {
    double x = std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / rate);
    for (double level : levels)
      block.push_back(level > 0 ? 0.0F : static_cast<float>(x * from_db(level)));
  }
  meter.add(block);
}

double stereo(int rate, std::initializer_list<Part> parts) {
  LoudnessMeter meter(rate, 2);
  for (const Part& part : parts) add_tone(meter, rate, part.seconds, {part.dbfs, part.dbfs});
  return meter.integrated().value_or(-999);
}

}  // namespace

TEST_CASE("K weighting: at 48 kHz it is the tables 1 and 2 of BS.1770-5") {
  KWeighting k = k_weighting(48'000);
  CHECK(k.shelf.b0 == doctest::Approx(1.53512485958697).epsilon(1e-10));
  CHECK(k.shelf.b1 == doctest::Approx(-2.69169618940638).epsilon(1e-10));
  CHECK(k.shelf.b2 == doctest::Approx(1.19839281085285).epsilon(1e-10));
  CHECK(k.shelf.a1 == doctest::Approx(-1.69065929318241).epsilon(1e-10));
  CHECK(k.shelf.a2 == doctest::Approx(0.73248077421585).epsilon(1e-10));
  CHECK(k.high_pass.b0 == 1.0);
  CHECK(k.high_pass.b1 == -2.0);
  CHECK(k.high_pass.b2 == 1.0);
  CHECK(k.high_pass.a1 == doctest::Approx(-1.99004745483398).epsilon(1e-10));
  CHECK(k.high_pass.a2 == doctest::Approx(0.99007225036621).epsilon(1e-10));
}

TEST_CASE("loudness: a tone of 1 kHz at 0 dBFS in one channel is -3.01 LUFS, at any rate") {
  for (int rate : {44'100, 48'000, 96'000, 192'000}) {
    LoudnessMeter meter(rate, 1);
    add_tone(meter, rate, 3, {0});
    CHECK(meter.integrated().value_or(0) == doctest::Approx(-3.01).epsilon(0.01));
    CHECK(meter.sample_peak() == doctest::Approx(1.0).epsilon(1e-3));
  }
}

TEST_CASE("loudness: EBU Tech 3341 cases 1 to 6 within 0.1 LU, at 44.1, 48, 96 and 192 kHz") {
  for (int rate : {44'100, 48'000, 96'000, 192'000}) {
    CAPTURE(rate);
    CHECK(std::abs(stereo(rate, {{20, -23}}) + 23) < 0.1);
    CHECK(std::abs(stereo(rate, {{20, -33}}) + 33) < 0.1);
    // Cases 3 to 5 want the relative gate, the absolute one, and both with unlike lengths.
    CHECK(std::abs(stereo(rate, {{10, -36}, {60, -23}, {10, -36}}) + 23) < 0.1);
    CHECK(std::abs(stereo(rate, {{10, -72}, {10, -36}, {60, -23}, {10, -36}, {10, -72}}) + 23) <
          0.1);
    CHECK(std::abs(stereo(rate, {{20, -26}, {20.1, -20}, {20, -26}}) + 23) < 0.1);
    LoudnessMeter surround(rate, 5);
    add_tone(surround, rate, 20, {-28, -28, -24, -30, -30});
    CHECK(std::abs(surround.integrated().value_or(0) + 23) < 0.1);
    LoudnessMeter with_lfe(rate, 6);  // the same with something in the LFE, which does not count
    add_tone(with_lfe, rate, 20, {-28, -28, -24, -1, -30, -30});
    CHECK(std::abs(with_lfe.integrated().value_or(0) + 23) < 0.1);
  }
}

TEST_CASE("loudness: without its gates case 3 would fail, so the case bites") {
  // The mean power of case 3 over all of its time, ungated.
  double power = (20 * std::pow(10, -3.6) + 60 * std::pow(10, -2.3)) / 80;
  CHECK(std::abs(10 * std::log10(power) + 23) > 1);
}

TEST_CASE("loudness: silence and less than 400 ms have none") {
  LoudnessMeter meter(48'000, 2);
  CHECK_FALSE(meter.integrated());
  meter.add(std::vector<float>(2 * 48'000));
  CHECK_FALSE(meter.integrated());
  LoudnessMeter brief(48'000, 1);
  add_tone(brief, 48'000, 0.39, {-10});
  CHECK_FALSE(brief.integrated());
  add_tone(brief, 48'000, 0.02, {-10});
  CHECK(brief.integrated());
}

TEST_CASE("loudness: any partition into blocks gives the same to the bit; NaN is silence") {
  CHECK_FOR_ALL(1, 30, [](Choose& choose) -> explore::Broken {
    std::size_t frames = 30'000 + choose.choose(9000, "frames");
    std::vector<float> samples(frames * 2);
    for (float& x : samples) x = static_cast<float>(choose.choose(2000, "sample")) / 1000.0F - 1;
    samples[choose.choose(2000, "where")] = std::nanf("");
    LoudnessMeter whole(44'100, 2);
    LoudnessMeter parts(44'100, 2);
    whole.add(samples);
    for (std::size_t at = 0; at < frames;) {
      std::size_t n = std::min<std::size_t>(frames - at, 1 + choose.choose(5000, "block"));
      parts.add(std::span(samples).subspan(at * 2, n * 2));
      at += n;
    }
    FAIL_UNLESS(whole.integrated().has_value());
    FAIL_UNLESS(whole.integrated() == parts.integrated());
    FAIL_UNLESS(whole.sample_peak() == parts.sample_peak());
    return explore::kHolds;
  });
}

TEST_CASE("crossfade: the squares of its gains sum to 1, and blocks change nothing") {
  std::vector<float> ones(1000, 1.0F);
  std::vector<float> zeros(1000, 0.0F);
  std::vector<float> rise = ones;
  std::vector<float> fall = zeros;
  Crossfade up(1000), down(1000), parts(1000);
  up.mix(rise, zeros, 1);
  down.mix(fall, ones, 1);
  for (std::size_t i = 0; i < 1000; ++i)
    CHECK(rise[i] * rise[i] + fall[i] * fall[i] == doctest::Approx(1).epsilon(1e-6));
  std::vector<float> cut = ones;
  for (std::size_t at : {0, 100, 200, 300, 400, 500, 600, 700, 800, 900})
    parts.mix(std::span(cut).subspan(at, 100), zeros, 1);
  CHECK(cut == rise);
  CHECK(parts.left() == 0);
}
