#include "bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tutti::bench {
namespace {

// Three digits that mean something.
std::string number(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string target_text(const Row& row) {
  std::string out;
  const char* sign = row.more_is_better ? ">=" : "<=";
  if (row.target) out = fmt::format("{} {}", sign, number(*row.target));
  if (row.target_ratio)
    out += fmt::format("{}{} {:g}x", out.empty() ? "" : ", ", sign, *row.target_ratio);
  return out;
}

std::string verdict(const Row& row) { return !row.has_target() ? "" : row.met() ? "ok" : "short"; }

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '&') out += "&amp;";
    else out += c;
  }
  return out;
}

Json samples(const std::vector<double>& values) {
  Json all = Json::array();
  for (double value : values) all.push(value);
  return all;
}

}  // namespace

double median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  std::size_t half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

double Row::ratio() const {
  return theirs.empty() || peer_value() == 0 ? 0 : value() / peer_value();
}

bool Row::met() const {
  if (target && (more_is_better ? value() < *target : value() > *target)) return false;
  return !target_ratio || theirs.empty() ||
         (more_is_better ? ratio() >= *target_ratio : ratio() <= *target_ratio);
}

std::string table_text(const Report& report) {
  std::string out = fmt::format("{:<42} {:>8} {:>8} {:>8} {:>7}  {:<17} {}\n", "", "unit", "tutti",
                                "peer", "ratio", "target", "");
  for (const Row& row : report.rows) {
    std::string peer = row.theirs.empty() ? "-" : number(row.peer_value());
    std::string ratio = row.theirs.empty() ? "-" : fmt::format("{:.2f}", row.ratio());
    std::string what = row.what + (row.peer.empty() ? "" : " (" + row.peer + ")");
    out += fmt::format("{:<42} {:>8} {:>8} {:>8} {:>7}  {:<17} {}\n", what, row.unit,
                       number(row.value()), peer, ratio, target_text(row), verdict(row));
  }
  for (const std::string& note : report.notes) out += "  " + note + "\n";
  return out;
}

Json report_json(const Report& report) {
  Json rows = Json::array();
  bool all = true;
  for (const Row& row : report.rows) {
    Json json = Json::object({{"name", Json(row.key)},
                              {"unit", Json(row.unit)},
                              {"tutti", Json(row.value())},
                              {"samples", samples(row.ours)}});
    if (!row.theirs.empty()) {
      json.set("peer", Json(row.peer));
      json.set("peer_value", Json(row.peer_value()));
      json.set("peer_samples", samples(row.theirs));
      json.set("ratio", Json(row.ratio()));
    }
    if (row.target) json.set("target", Json(*row.target));
    if (row.target_ratio) json.set("target_ratio", Json(*row.target_ratio));
    if (row.has_target()) json.set("ok", Json(row.met()));
    all = all && row.met();
    rows.push(std::move(json));
  }
  return Json::object({{"bench", Json(report.name)}, {"ok", Json(all)}, {"rows", std::move(rows)}});
}

// Each row has its own scale: units differ. A bar for us, one for the peer, a line for the target.
std::string chart_svg(const Report& report) {
  constexpr int kRow = 56, kLeft = 300, kBars = 360, kWidth = 760;
  int height = 40 + kRow * static_cast<int>(report.rows.size());
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{0}\" height=\"{1}\" "
      "fill=\"#fff\"/>\n",
      kWidth, height);
  int y = 24;
  for (const Row& row : report.rows) {
    double most = std::max({row.value(), row.peer_value(), row.target.value_or(0), 1e-9});
    auto width = [&](double value) { return kBars * value / most; };
    auto bar = [&](int top, double value, std::string_view name, std::string_view color) {
      out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"16\" fill=\"{}\"/>\n",
                         kLeft, top, width(value), color);
      out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#555\">{}</text>\n",
                         kLeft - 8, top + 13, escaped(name));
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{}</text>\n", kLeft + width(value) + 6,
                         top + 13, number(value));
    };
    out += fmt::format("<text x=\"12\" y=\"{}\">{}, {}</text>\n", y + 13, escaped(row.what),
                       escaped(row.unit));
    bar(y, row.value(), "tutti", "#2a6f97");
    if (!row.theirs.empty()) bar(y + 20, row.peer_value(), row.peer, "#a9b4bd");
    if (row.target) {
      out += fmt::format(
          "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#c0392b\" "
          "stroke-width=\"2\"/>\n",
          kLeft + width(*row.target), y - 3, y + 39);
    }
    y += kRow;
  }
  return out + "</svg>\n";
}

}  // namespace tutti::bench
