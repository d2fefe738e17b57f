#pragma once
// How others find the server's time, as yardsticks: their methods, written afresh from what they
// do, not their programs.

#include <array>
#include <cstdint>
#include <vector>

#include "core/sync/trial.hpp"

namespace tutti::bench {

// The filter of Sendspin's reference clients: a Kalman filter of offset and drift that is fed the
// best of 8 probes every 10 s, R = (e/2)^2. Or as aioresonate 2.0.1 has it, one probe at a time and
// with four faults: it forgets only when the residual is positive, begins with a drift variance
// divided by dt instead of dt^2, R = e^2, and uses the drift before it means anything.
class KalmanMethod final : public sync::trial::Method {
 public:
  enum class Form : std::uint8_t { reference, aioresonate };
  explicit KalmanMethod(Form form) : faulty_(form == Form::aioresonate) {}

  sync::ClientTime next() override { return next_; }
  void answer(const sync::trial::Probe& probe) override;
  bool known() const override { return samples_ > 0; }
  double to_server(sync::ClientTime t) const override;

 private:
  struct Sample {
    double at, offset, error;  // t4, z, e, microseconds
  };
  void update(const Sample& sample);
  void predict(double dt);
  // The reference believes a drift that is twice its deviation.
  bool drift_counts() const { return faulty_ || drift_ * drift_ > 4 * p11_; }
  // Seconds to the next probe, by how well the time is known.
  double pause() const;

  bool faulty_;
  sync::ClientTime next_;
  std::vector<Sample> burst_;
  std::int64_t burst_began_ = 0;
  int samples_ = 0;
  double at_ = 0, offset_ = 0, drift_ = 0;
  double p00_ = 0, p01_ = 0, p11_ = 0;
};

// Snapcast: the median of the last 200 probes, one a second, no drift.
class MedianMethod final : public sync::trial::Method {
 public:
  sync::ClientTime next() override { return next_; }
  void answer(const sync::trial::Probe& probe) override;
  bool known() const override { return count_ > 0; }
  double to_server(sync::ClientTime t) const override {
    return static_cast<double>(t.us) + median_;
  }

 private:
  std::array<double, 200> offsets_{};
  std::size_t count_ = 0;
  double median_ = 0;
  sync::ClientTime next_;
};

}  // namespace tutti::bench
