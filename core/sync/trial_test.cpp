// Guards: how exact the clock is, as a listener has it. How: the trial of `tutti bench clock` with
// fewer seeds; then a method that is known to be bad, which must miss what ours reaches.
#include "core/sync/trial.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using namespace tutti::sync;
using namespace tutti::sync::trial;

namespace {

#ifdef TUTTI_SANITIZED
constexpr int kSeeds = 1;
#else
constexpr int kSeeds = 2;
#endif
struct Target {
  Network network;
  double p99_us;
};
constexpr Target kTargets[] = {{Network::wired, 4}, {Network::wifi, 60}, {Network::wide, 240}};

// As if the last probe were the truth.
class LastProbe final : public Method {
 public:
  ClientTime next() override { return burst_.deadline(); }
  void sent(ClientTime at) override { burst_.due(at); }
  void answer(const Probe& probe) override {
    burst_.answered(probe.t1, probe.t4);
    apart_ = static_cast<double>((probe.t2.us - probe.t1.us) + (probe.t3.us - probe.t4.us)) / 2;
  }
  bool known() const override { return apart_ != 0; }
  double to_server(ClientTime t) const override { return static_cast<double>(t.us) + apart_; }

 private:
  Burst burst_{ClientTime{}};
  double apart_ = 0;
};

}  // namespace

TEST_CASE("trial: 4, 60 and 240 us at the 99th percentile, with at most 2.5 probes a second") {
  for (const Target& target : kTargets) {
    for (double ppm : {20.0, 100.0}) {
      std::vector<double> errors;
      for (int seed = 1; seed <= kSeeds; ++seed) {
        Ours ours;
        Outcome outcome =
            Run({.network = target.network, .ppm = ppm, .seed = static_cast<std::uint64_t>(seed)},
                ours)
                .all();
        errors.insert(errors.end(), outcome.errors.begin(), outcome.errors.end());
        CHECK(outcome.probes_per_second <= 2.5);
        CHECK(outcome.first_ms <= 500);
        CHECK(outcome.went_back == 0);
        CHECK(ours.filter().counters().steps == 0);
      }
      CHECK(errors.size() == kSeeds * 7800);
      CHECK(percentile(errors, 0.99) <= target.p99_us);
    }
  }
}

TEST_CASE("trial: a clock that is set by 50 ms is followed within two bursts, without going back") {
  double two = 2 * static_cast<double>(Burst::kEvery.us) / 1e6;
  for (const Target& target : kTargets) {
    for (std::int64_t step : {50'000, -50'000}) {
      Ours ours;
      Outcome outcome = Run({.network = target.network,
                             .ppm = 100,
                             .seconds = 200,
                             .step_us = step,
                             .step_at_us = 100'000'000},
                            ours)
                            .all();
      CHECK(outcome.recovered_s <= two);
      CHECK(outcome.recovered_s > 0);
      CHECK(outcome.went_back == 0);
      CHECK(ours.filter().counters().steps == 1);
    }
  }
}

TEST_CASE("trial: the error that is claimed holds what the error is") {
  for (const Target& target : kTargets) {
    int within = 0, all = 0;
    for (int seed = 1; seed <= 30 / (3 - kSeeds); ++seed) {
      Ours ours;
      Setup setup{.network = target.network,
                  .ppm = -40,
                  .seed = static_cast<std::uint64_t>(seed),
                  .seconds = 40};
      Run(setup, ours).all();
      const ClockSnapshot& clock = ours.filter().snapshot();
      double truth = World(setup).server(static_cast<double>(clock.at.us));
      double error = static_cast<double>(clock.line(clock.at).us) - truth;
      ++all;
      within += std::abs(error) <= clock.error_us + 1 ? 1 : 0;
    }
    CHECK(within >= all * 9 / 10);
  }
}

TEST_CASE("trial: the last probe alone misses every target, and goes back") {
  for (const Target& target : kTargets) {
    LastProbe last;
    Outcome outcome = Run({.network = target.network, .ppm = 100, .seconds = 200}, last).all();
    CHECK(percentile(outcome.errors, 0.99) > target.p99_us);
    // Readings are 5 ms apart and more: only an error above that can turn time back.
    CHECK((outcome.went_back > 0) == (target.network != Network::wired));
  }
}
