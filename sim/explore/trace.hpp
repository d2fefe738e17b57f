#pragma once
// Traces: one run as text, a line a step, that runs again exactly or says where it cannot.
//
//   tutti trace 1
//   scenario RC-9 wrong
//   build 3f0a12...
//   0 | first call | looks up the URL | entry
//   draw latency 2/5
//   1 | second call | inserts and dials | entry* dials*
//   broken two dials of one URL
//   end 3 8c7f00d1e6a2b495
//
// A step is: choice, actor, operation, the named objects it touched (* written). A draw belongs to
// the step above it, or to the making of the model. The last line has the number of steps and a
// hash of all lines above it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "sim/explore/run.hpp"

namespace tutti::explore {

struct Draw {
  std::string tag;
  Decision decision;
  friend bool operator==(const Draw&, const Draw&) = default;
};

struct TraceStep {
  std::uint32_t choice = 0;
  std::string actor;
  std::string operation;
  std::vector<std::string> reads;
  std::vector<std::string> writes;
  std::vector<Draw> draws;
};

struct Trace {
  std::string scenario;
  std::string build;        // what it was made by; empty: not said
  std::vector<Draw> draws;  // of the making
  std::vector<TraceStep> steps;
  std::string broken;  // empty: nothing

  std::string text() const;
  // Says what is wrong with a text that is no trace, or a damaged one, and in which line.
  static Result<Trace> parse(std::string_view text);
};

// The line of one step, as it stands in the text and as replay compares it.
std::string line_of(const TraceStep& step);

// Runs the decisions again and writes down what happens, at most `most` steps.
Trace narrate(const Scenario& scenario, const std::vector<Decision>& decisions, std::size_t most);

struct Replayed {
  // "diverged at step 7: ...", steps from 1; what stands there was not run.
  std::optional<std::string> diverged;
  std::string broken;  // what broke, as in the first run; empty: nothing
  std::size_t steps = 0;
};
// Runs exactly what the trace says, comparing each line, or says where it cannot.
Replayed replay(const Scenario& scenario, const Trace& trace);

}  // namespace tutti::explore
