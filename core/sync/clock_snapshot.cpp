#include "core/sync/clock_snapshot.hpp"

#include <algorithm>
#include <cmath>

namespace tutti::sync {
namespace {

// Far beyond any clock, and far enough from the ends of 64 bits that sums of three fit.
constexpr std::int64_t kFar = std::int64_t{1} << 60;

std::int64_t bounded(std::int64_t us) { return std::clamp(us, -kFar, kFar); }

std::int64_t rounded(double us) {
  constexpr double kMost = static_cast<double>(kFar);
  return std::llround(std::clamp(us, -kMost, kMost));
}

// How late the output still is, `since` microseconds after `at`.
double late(const ClockSnapshot& clock, double since) {
  if (since <= 0) return clock.late_us;
  return std::copysign(std::max(0.0, std::abs(clock.late_us) - clock.slew * since), clock.late_us);
}

}  // namespace

ServerTime ClockSnapshot::line(ClientTime t) const {
  std::int64_t client = bounded(t.us);
  auto since = static_cast<double>(client - at.us);
  return {client + base_us + rounded(offset_us + drift * since)};
}

double ClockSnapshot::unrounded(ClientTime t) const {
  auto since = static_cast<double>(bounded(t.us) - at.us);
  return offset_us + drift * since - late(*this, since);
}

ServerTime ClockSnapshot::to_server(ClientTime t) const {
  return {bounded(t.us) + base_us + rounded(unrounded(t))};
}

double ClockSnapshot::server_us(double client_us) const {
  double whole = std::floor(client_us);
  return whole + static_cast<double>(base_us) + unrounded({static_cast<std::int64_t>(whole)}) +
         (client_us - whole) * (1 + drift);
}

ClientTime ClockSnapshot::to_client(ServerTime t) const {
  // The output is three lines: before `at`, while the correction fades, and after.
  double target = static_cast<double>(bounded(t.us) - at.us - base_us) - offset_us;
  double fades = slew > 0 ? std::abs(late_us) / slew : 0;
  double since = (target + late_us) / (1 + drift);
  if (since > 0) since = (target + late_us) / (1 + drift + std::copysign(slew, late_us));
  if (target >= fades * (1 + drift)) since = target / (1 + drift);
  return {at.us + rounded(since)};
}

}  // namespace tutti::sync
