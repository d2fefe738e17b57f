#include "sim/world/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json.hpp"

namespace tutti::world {
namespace {

constexpr double kWidth = 720;
constexpr double kHeight = 90;
constexpr double kLeft = 70;
constexpr double kGap = 34;

double rate(double amount, double seconds) { return seconds > 0 ? amount / seconds : 0; }

// One quantity as a line, with its largest value in the margin.
std::string row(const Report& report, int index, const char* title, double Sample::* what) {
  double top = 1;
  double end = 1e-9;
  for (const Sample& sample : report.samples) {
    top = std::max(top, sample.*what);
    end = std::max(end, sample.at);
  }
  double y = 40 + index * (kHeight + kGap);
  std::string points;
  for (const Sample& sample : report.samples)
    points += fmt::format("{:.1f},{:.1f} ", kLeft + sample.at / end * kWidth,
                          y + kHeight - sample.*what / top * kHeight);
  return fmt::format(
      "<text x='{0}' y='{1:.0f}'>{2}</text>"
      "<text x='{3}' y='{4:.0f}' text-anchor='end'>{5:.0f}</text>"
      "<path d='M{0} {6:.0f}h{7}' stroke='#999'/>"
      "<polyline points='{8}' fill='none' stroke='#2a6' stroke-width='1.5'/>\n",
      kLeft, y - 6, title, kLeft - 6, y + 10, top, y + kHeight, kWidth, points);
}

}  // namespace

std::string Report::json() const {
  JsonObject counts;
  for (const auto& [what, count] : counters) counts.push_back({what, Json(count)});
  JsonArray reached;
  for (std::size_t i = 0; i < witnessed.size(); ++i) {
    if (witnessed.test(i)) reached.emplace_back(name(static_cast<Witness>(i)));
  }
  std::string extra = write_json(Json::object(
      {{"counters", Json(std::move(counts))}, {"witnesses", Json(std::move(reached))}}));
  return fmt::format(
      R"({{"seed":{},"trace":"{}","violations":{},"steps":{},"virtual_seconds":{:.3f},)"
      R"("wall_seconds":{:.3f},"steps_per_second":{:.0f},"times_real_time":{:.0f},{})",
      seed, hash, violations.size(), steps, virtual_seconds, wall_seconds,
      rate(static_cast<double>(steps), wall_seconds), rate(virtual_seconds, wall_seconds),
      extra.substr(1));
}

std::string Report::text() const {
  std::string out = fmt::format(
      "seed {}: {} steps, {:.0f} s of virtual time in {:.2f} s ({:.0f} steps/s, {:.0f} x real "
      "time), trace {}, {}\n",
      seed, steps, virtual_seconds, wall_seconds, rate(static_cast<double>(steps), wall_seconds),
      rate(virtual_seconds, wall_seconds), hash,
      clean() ? "no violation" : fmt::format("{} VIOLATIONS", violations.size()));
  for (const std::string& violation : violations) out += "  violation: " + violation + "\n";
  if (clean()) return out;
  out += "  the last events before the first:\n";
  for (const std::string& line : last_events) out += "    " + line + "\n";
  return out;
}

std::string svg(const Report& report) {
  std::string out = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {} {}' font-family='sans-serif' "
      "font-size='12'>\n<rect width='100%' height='100%' fill='#fff'/>\n<text x='{}' y='18'>seed "
      "{}: {:.0f} s of virtual time, {} steps</text>\n",
      kLeft + kWidth + 20, 40 + 4 * (kHeight + kGap), kLeft, report.seed, report.virtual_seconds,
      report.steps);
  out += row(report, 0, "connections", &Sample::connections);
  out += row(report, 1, "steps per virtual second", &Sample::steps_per_second);
  out += row(report, 2, "bytes held by the edges", &Sample::held);
  out += row(report, 3, "faults", &Sample::faults);
  return out + "</svg>\n";
}

}  // namespace tutti::world
