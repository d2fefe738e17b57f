#pragma once
// Trial: two simulated clocks and the network between them, to measure by how much a method of
// finding the server's time is wrong. For tests and benchmarks only; nothing that is shipped
// includes it. The same seed gives the same figures, bit for bit.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/random.hpp"
#include "core/sync/burst.hpp"
#include "core/sync/clock_filter.hpp"

namespace tutti::sync::trial {

// One way of a path, each way drawn by itself, microseconds:
// wired  150 + exponential(30)
// wifi   800 + gamma(2, 400); 5 % of 5 to 30 ms more, 0.5 % of 50 to 300 ms more
// wide   20'000 + gamma(2, 1'500)
enum class Network : std::uint8_t { wired, wifi, wide };

struct Probe {
  ClientTime t1;
  ServerTime t2, t3;
  ClientTime t4;
};

// What is measured: it is asked when it wants to probe, and told what came back.
class Method {
 public:
  virtual ~Method() = default;
  // When the next probe should leave; called when none is under way.
  virtual ClientTime next() = 0;
  virtual void sent(ClientTime) {}
  virtual void answer(const Probe& probe) = 0;
  virtual bool known() const = 0;
  virtual double to_server(ClientTime t) const = 0;  // microseconds
};

struct Setup {
  Network network = Network::wired;
  double ppm = 0;  // the server's clock runs so much faster
  std::uint64_t seed = 1;
  int seconds = 900;
  int from = 120;            // errors count from this second on
  std::int64_t step_us = 0;  // the server's clock is set by so much
  std::int64_t step_at_us = 300'000'000;
};

struct Outcome {
  std::vector<double> errors;  // every 100 ms from Setup::from on, absolute, microseconds
  double probes_per_second = 0;
  // Since the first probe left: when the error went below 1 ms, to stay there for the first minute;
  // 60'000: it did not.
  double first_ms = 0;
  // Since the step: the same, to stay there for a minute; 60: it did not.
  double recovered_s = 0;
  int went_back = 0;  // readings that were before the one before
};

inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(rank, values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

class World {
 public:
  explicit World(const Setup& setup) : setup_(setup), random_(setup.seed) {}

  double server(double client_us) const {
    double step = setup_.step_us != 0 && client_us >= static_cast<double>(setup_.step_at_us)
                      ? static_cast<double>(setup_.step_us)
                      : 0;
    return client_us + kApart + setup_.ppm * 1e-6 * client_us + step;
  }
  Probe exchange(ClientTime t1) {
    double there = static_cast<double>(t1.us) + delay();
    double answered = there + 20 + exponential(30);
    double back = answered + delay();
    auto stamp = [](double us) { return static_cast<std::int64_t>(std::floor(us)); };
    return {t1, {stamp(server(there))}, {stamp(server(answered))}, {stamp(back)}};
  }

 private:
  static constexpr double kApart = 7'123'456'789.37;
  double unit() { return static_cast<double>(random_.bits() >> 11) * 0x1p-53; }
  double exponential(double mean) { return -mean * std::log(1 - unit()); }
  double gamma2(double scale) { return exponential(scale) + exponential(scale); }
  double delay() {
    if (setup_.network == Network::wired) return 150 + exponential(30);
    if (setup_.network == Network::wide) return 20'000 + gamma2(1'500);
    double calm = 800 + gamma2(400);
    double luck = unit();
    if (luck < 0.005) return calm + 50'000 + 250'000 * unit();
    return luck < 0.055 ? calm + 5'000 + 25'000 * unit() : calm;
  }
  Setup setup_;
  SeededRandom random_;
};

// Runs a method and reads it every 5 ms of the first two seconds and behind a step, else every
// 100 ms.
class Run {
 public:
  Run(const Setup& setup, Method& method) : setup_(setup), method_(method), world_(setup) {}
  Outcome all() {
    std::int64_t end = std::int64_t{setup_.seconds} * 1'000'000;
    std::int64_t probes = 0;
    for (std::int64_t now = 0;;) {
      now = std::max(now, method_.next().us);
      if (now >= end) break;
      method_.sent({now});
      ++probes;
      Probe probe = world_.exchange({now});
      read_until(std::min(probe.t4.us, end));
      method_.answer(probe);
      now = probe.t4.us;
      read(now);
    }
    read_until(end);
    outcome_.probes_per_second = static_cast<double>(probes) / setup_.seconds;
    outcome_.first_ms = static_cast<double>(good_since_.value_or(kMinute)) / 1e3;
    if (setup_.step_us != 0)
      outcome_.recovered_s = static_cast<double>(recovered_.value_or(setup_.step_at_us + kMinute) -
                                                 setup_.step_at_us) /
                             1e6;
    return std::move(outcome_);
  }

 private:
  static constexpr std::int64_t kMinute = 60'000'000;
  void read_until(std::int64_t end) {
    for (; next_read_ < end; next_read_ += fine(next_read_) ? 5'000 : 100'000) {
      double error = read(next_read_);
      if (next_read_ >= std::int64_t{setup_.from} * 1'000'000 && next_read_ % 100'000 == 0)
        outcome_.errors.push_back(error);
    }
  }
  bool fine(std::int64_t at) const {
    return at < 2'000'000 ||
           (setup_.step_us != 0 && at >= setup_.step_at_us && at < setup_.step_at_us + 20'000'000);
  }
  double read(std::int64_t at) {
    if (!method_.known()) return 0;
    double reading = method_.to_server({at});
    if (last_ && reading < *last_) ++outcome_.went_back;
    last_ = reading;
    double error = std::abs(reading - world_.server(static_cast<double>(at)));
    if (at < kMinute) note(good_since_, at, error);
    if (at >= setup_.step_at_us && at < setup_.step_at_us + kMinute) note(recovered_, at, error);
    return error;
  }
  static void note(std::optional<std::int64_t>& since, std::int64_t at, double error) {
    if (error >= 1000) since.reset();
    else if (!since) since = at;
  }
  Setup setup_;
  Method& method_;
  World world_;
  Outcome outcome_;
  std::int64_t next_read_ = 0;
  std::optional<double> last_;
  std::optional<std::int64_t> good_since_, recovered_;
};

// What is shipped: Burst and ClockFilter, read as a player reads them.
class Ours final : public Method {
 public:
  ClientTime next() override { return burst_.deadline(); }
  void sent(ClientTime at) override { burst_.due(at); }
  void answer(const Probe& probe) override {
    if (burst_.answered(probe.t1, probe.t4)) filter_.probe(probe.t1, probe.t2, probe.t3, probe.t4);
  }
  bool known() const override { return filter_.snapshot().known(); }
  double to_server(ClientTime t) const override {
    return static_cast<double>(filter_.to_server(t).us);
  }
  const ClockFilter& filter() const { return filter_; }

 private:
  Burst burst_{ClientTime{}};
  ClockFilter filter_;
};

}  // namespace tutti::sync::trial
