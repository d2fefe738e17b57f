#pragma once
// Explorer: runs a model through its interleavings and says which one breaks an invariant. See
// README.md beside.
//
// Everything is decided by one stream of `choose`: which step comes next, and whatever the model
// itself draws. A run is the list of its decisions; to go back is to run again from the start, so
// no model needs to be copied.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/choose.hpp"
#include "core/base/state.hpp"

namespace tutti::explore {

// One thing that may happen next: who does what. Equal texts in one state are one choice.
struct Choice {
  std::string actor;
  std::string operation;
  std::string text() const { return actor + " " + operation; }
};

class Model {
 public:
  virtual ~Model() = default;
  // What may happen now, in a fixed order; nothing: the run is over.
  virtual std::vector<Choice> enabled() const = 0;
  virtual void step(std::size_t choice) = 0;
  // What is broken now, asked after each step; `over`: and after the last.
  virtual std::optional<std::string> check() const = 0;
  virtual std::optional<std::string> over() const { return std::nullopt; }
  // The canonical state: two states that describe themselves alike have the same future.
  virtual void describe(StateWriter& out) const = 0;
  virtual ServerTime now() const { return {}; }
  // The situations this run has reached. A scenario that never reaches one it names proves nothing.
  const std::set<std::string>& witnessed() const { return witnessed_; }

 protected:
  void witness(std::string_view name) { witnessed_.emplace(name); }

 private:
  std::set<std::string> witnessed_;
};

// Makes the model as it is before the first step; `choose` is the run's stream and outlives the
// model.
using Factory = std::function<std::unique_ptr<Model>(Choose& choose)>;

struct Scenario {
  std::string name;
  Factory make;
  std::vector<std::string> witnesses;  // that its runs together must reach
};

struct Bounds {
  std::size_t depth = 60;        // steps of a run
  std::size_t states = 200'000;  // distinct states, then the search stops and says so
};

struct Failure {
  std::string what;
  std::string trace;  // for replay
};

struct Report {
  std::string scenario;
  std::string strategy;
  std::optional<Failure> failure;
  std::size_t runs = 0;
  std::size_t steps = 0;  // re-running included
  std::size_t states = 0;
  std::size_t deepest = 0;
  std::size_t cut = 0;               // runs that ended at the depth bound
  bool complete = false;             // every state within the bounds was seen
  std::vector<std::string> missing;  // witnesses never reached
  bool clean() const { return !failure && missing.empty(); }
  std::string text() const;  // the figures and bounds, and what was found
};

// Depth first over visited states; a state is left alone when it was seen at this depth or above.
// No partial order reduction. States are compared by a 128-bit hash.
Report exhaustive(const Scenario& scenario, Bounds bounds = {});
// Runs from seeds; the same seed gives the same runs.
Report random_walk(const Scenario& scenario, std::uint64_t seed, std::size_t schedules,
                   std::size_t depth = 200);

struct Replay {
  std::optional<std::string> diverged;  // "diverged at step 7: ..."; then nothing further was run
  std::optional<std::string> failure;
};
// Runs exactly what the trace says, or says where it cannot.
Replay replay(const Scenario& scenario, std::string_view trace);

}  // namespace tutti::explore
