#pragma once
// Figures as a table for people, a line of JSON for scripts, and a chart.

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace tutti::bench {

double median(std::vector<double> samples);  // 0 when there are none

// One figure of ours, what the peer needed for the same, and what is aimed at.
struct Row {
  std::string key;   // in JSON
  std::string what;  // for people
  std::string unit;
  std::string peer;                    // its name
  std::vector<double> ours;            // one sample a run
  std::vector<double> theirs;          // of the peer, same order
  std::optional<double> target;        // in the row's unit
  std::optional<double> target_ratio;  // ours / theirs
  bool more_is_better = false;

  double value() const { return median(ours); }
  double peer_value() const { return median(theirs); }
  double ratio() const;  // of the medians; 0 without a peer
  bool has_target() const { return target || target_ratio; }
  bool met() const;  // every target it has
};

struct Report {
  std::string name;
  std::vector<Row> rows;
  std::vector<std::string> notes;  // how it was measured
};

std::string table_text(const Report& report);
Json report_json(const Report& report);
std::string chart_svg(const Report& report);

}  // namespace tutti::bench
