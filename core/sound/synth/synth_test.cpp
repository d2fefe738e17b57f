// Guards: that the instruments are in tune and the demo album is sound music: loud enough, never
// clipped, without silence where two tracks join. How: autocorrelation of single notes, levels of
// whole recordings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/sound/loudness.hpp"
#include "core/sound/synth/piece.hpp"

using namespace tutti;
using namespace tutti::sound;
using namespace tutti::sound::synth;

namespace {

constexpr int kRate = 44'100;

double correlation(const std::vector<float>& x, std::size_t from, std::size_t count,
                   std::size_t lag) {
  double sum = 0;
  double a = 0;
  double b = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    sum += x[i] * x[i + lag];
    a += x[i] * x[i];
    b += x[i + lag] * x[i + lag];
  }
  return sum / std::sqrt(a * b + 1e-30);
}

// How far the note is off its key: the best lag near several periods, refined by a parabola.
double cents_off(const Note& note) {
  std::vector<float> x = play(note, kRate, Noise(5));
  double period = kRate / key_hz(note.key);
  double many = std::max(1.0, std::floor(1500 / period));
  auto middle = static_cast<std::size_t>(std::lround(many * period));
  auto reach = static_cast<std::size_t>(std::max(3.0, many * period * 0.02));
  std::size_t from = kRate / 5;
  std::size_t count = 6000;
  REQUIRE(x.size() > from + count + middle + reach + 1);
  std::size_t best = middle - reach;
  for (std::size_t lag = middle - reach; lag <= middle + reach; ++lag)
    if (correlation(x, from, count, lag) > correlation(x, from, count, best)) best = lag;
  double l = correlation(x, from, count, best - 1);
  double m = correlation(x, from, count, best);
  double r = correlation(x, from, count, best + 1);
  double exact = static_cast<double>(best) + 0.5 * (l - r) / (l - 2 * m + r);
  CHECK(m > 0.7);  // a tone, not noise
  return 1200 * std::log2(many * period / exact);
}

}  // namespace

TEST_CASE("instruments: in tune to 6 cents over the range they play") {
  struct Range {
    Instrument instrument;
    double low;
    double high;
  };
  for (Range range : {Range{Instrument::guitar, 40, 74},
                      {Instrument::harp, 38, 84},
                      {Instrument::bass, 34, 55},
                      {Instrument::marimba, 62, 81},
                      {Instrument::vibraphone, 57, 86},
                      {Instrument::kalimba, 65, 84},
                      {Instrument::glockenspiel, 79, 91},
                      {Instrument::clarinet, 62, 84},
                      {Instrument::air, 43, 66}}) {
    for (double key = range.low; key <= range.high; key += 5) {
      CAPTURE(static_cast<int>(range.instrument));
      CAPTURE(key);
      CHECK(std::abs(cents_off(
                {.length = 1, .key = key, .velocity = 0.7, .instrument = range.instrument})) < 6);
    }
  }
}

TEST_CASE(
    "demo album: every recording is loud enough, unclipped, without DC, and made of its seed") {
  double total = 0;
  std::set<std::string> titles;
  for (const Recording& recording : demo_recordings()) {
    CAPTURE(recording.titles.front());
    REQUIRE(recording.cuts.size() + 1 == recording.titles.size());
    titles.insert(recording.titles.begin(), recording.titles.end());
    double last = 0;
    auto samples = record(recording.piece, 22'050, 3, [&](double done) {
      CHECK(done >= last);
      last = done;
    });
    CHECK(last == 1);
    REQUIRE(samples.size() == 2 * static_cast<std::size_t>(recording.piece.seconds * 22'050));
    double dc = 0;
    std::size_t rounded = 0;
    for (float x : samples) {
      REQUIRE(std::isfinite(x));
      dc += x;
      rounded += std::abs(x) > 0.68F;
    }
    LoudnessMeter meter(22'050, 2);
    meter.add(samples);
    CHECK(meter.integrated().value_or(0) == doctest::Approx(-14.5).epsilon(0.03));
    CHECK(meter.sample_peak() < 0.92);
    CHECK(std::abs(dc / static_cast<double>(samples.size())) < 1e-4);
    CHECK(static_cast<double>(rounded) < 0.01 * static_cast<double>(samples.size()));
    CHECK(samples.back() == 0);
    total += recording.piece.seconds;
    for (double cut : recording.cuts) {
      // It sounds on both sides of the cut, without a step.
      auto at = 2 * static_cast<std::size_t>(cut * 22'050);
      double before = 0;
      double behind = 0;
      for (std::size_t i = 0; i < 2000; ++i) {
        before = std::max(before, static_cast<double>(std::abs(samples[at - 1 - i])));
        behind = std::max(behind, static_cast<double>(std::abs(samples[at + i])));
      }
      CHECK(before > 0.02);
      CHECK(behind > 0.02);
    }
  }
  CHECK(titles.size() == 5);
  CHECK(total > 200);
  CHECK(total < 450);
}

TEST_CASE("demo album: the same seed plays the same samples, another plays otherwise") {
  Piece piece = demo_recordings().back().piece;
  piece.seconds = 6;
  std::erase_if(piece.notes, [](const Note& note) { return note.at > 5; });
  auto none = [](double) {};
  CHECK(record(piece, kRate, 1, none) == record(piece, kRate, 1, none));
  CHECK(record(piece, kRate, 1, none) != record(piece, kRate, 2, none));
}
