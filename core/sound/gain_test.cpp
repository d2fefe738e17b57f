// Guards: what a gain does to samples, whatever the blocks it gets. How: properties over random
// samples, targets and partitions.
#include "core/sound/gain.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::sound;

TEST_CASE("gain: decibels and factors are each other's inverse") {
  for (double db : {-120.0, -6.0, 0.0, 3.5, 24.0}) CHECK(to_db(from_db(db)) == doctest::Approx(db));
  CHECK(from_db(0) == 1.0);
  CHECK(std::isinf(to_db(0)));
}

TEST_CASE("gain: at 1 the samples stay bit for bit") {
  std::vector<float> samples{0.1F, -1.0F, 1e-30F, 0.999F};
  std::vector<float> before = samples;
  Gain gain(0.5);
  gain.set(1.0, 0);
  gain.process(samples, 2);
  CHECK(samples == before);
}

TEST_CASE("gain: a ramp is the same for any block partition, ends at its target, and never steps") {
  CHECK_FOR_ALL(1, 200, [](Choose& choose) -> explore::Broken {
    std::size_t frames = 1 + choose.choose(200, "frames");
    std::size_t ramp = choose.choose(150, "ramp");
    std::vector<float> whole(frames * 2, 1.0F);
    std::vector<float> parts = whole;
    Gain one(1.0), two(1.0);
    one.set(0.25, ramp);
    two.set(0.25, ramp);
    one.process(whole, 2);
    for (std::size_t at = 0; at < frames;) {
      std::size_t n = std::min<std::size_t>(frames - at, 1 + choose.choose(40, "block"));
      two.process(std::span(parts).subspan(at * 2, n * 2), 2);
      at += n;
    }
    FAIL_UNLESS(whole == parts);
    if (frames > ramp) FAIL_UNLESS(whole.back() == 0.25F);
    for (std::size_t i = 2; i < whole.size() && ramp > 0; ++i)
      FAIL_UNLESS(std::abs(whole[i] - whole[i - 2]) <= 0.76 / static_cast<double>(ramp));
    return explore::kHolds;
  });
}
