#pragma once
// Explorer: runs a model through its interleavings and says which one breaks an invariant. See
// README.md beside.
//
// Everything is decided by one stream of `choose`: which step comes next, and whatever the model
// itself draws. A run is the list of its decisions; to go back is to run again from the start, so
// no model needs to be copied.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore/model.hpp"
#include "sim/explore/trace.hpp"

namespace tutti::explore {

struct Bounds {
  std::size_t depth = 60;        // steps of a run
  std::size_t states = 200'000;  // stateful: distinct states, then the search stops and says so
  std::size_t runs = 2'000'000;  // stateless and delay bounded: then it stops and says so
};

struct Failure {
  std::string what;
  std::vector<Decision> decisions;  // of the run that found it
};

struct Report {
  std::string scenario;
  std::string engine;  // stateful, stateless, delay bounded, portfolio, ...: named, never mixed
  std::string bounds;
  std::optional<Failure> failure;
  std::size_t runs = 0;
  std::size_t failures = 0;  // runs that broke a promise
  std::size_t steps = 0;     // re-running included
  std::size_t states = 0;    // stateful
  std::size_t classes = 0;   // stateless: complete runs, each of another class
  std::size_t deepest = 0;
  std::size_t cut = 0;               // runs that ended at the depth bound
  bool complete = false;             // all within the bounds was seen
  double collision = 0;              // stateful: bound of the chance that two states were one
  double seconds = 0;                // CPU time
  std::vector<std::string> missing;  // witnesses never reached
  bool clean() const { return !failure && missing.empty(); }
  std::string text() const;  // one line of figures and bounds, then what was found
};

// Depth first over visited states; a state is left alone when it was seen at this depth or above,
// so the depth bound hides nothing within it. No partial order reduction. While there is room for
// the states themselves they are compared whole, not only by hash.
Report stateful(const Scenario& scenario, Bounds bounds = {});

// Source-DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas: Optimal Dynamic Partial Order
// Reduction, POPL 2014, algorithm 1): each class of equivalent runs at least once, no visited set.
// For models of at most kMaxActors actors, one next step each, that draw nothing; others are
// refused with a failure that says so.
//
// Sabotage is for the explorer's own tests: each must be caught by comparing with plain search.
enum class Reduction : std::uint8_t {
  source_dpor,
  none,           // every run
  naive,          // the process of the later event instead of a member of the initials
  visited_set,    // mixed with state pruning
  sleep_forever,  // sleepers are not woken by dependent steps
};
struct StatelessOptions {
  Reduction reduction = Reduction::source_dpor;
  bool stop_at_failure = true;
  // Canonical hashes of the classes and the texts of the failures that were met, if wanted.
  std::set<std::uint64_t>* classes = nullptr;
  std::set<std::string>* failures = nullptr;
};
Report stateless(const Scenario& scenario, Bounds bounds = {}, StatelessOptions options = {});

// Runs that depart from FIFO at most `delays` times (Emmi, Qadeer, Rakamaric: Delay-bounded
// scheduling, POPL 2011). FIFO: an actor goes on until it ends or waits, then the next in turn;
// draws give option 0. Taking the k-th choice after FIFO's costs k delays, a drawn option k too.
Report delay_bounded(const Scenario& scenario, unsigned delays, Bounds bounds = {});

enum class Strategy : std::uint8_t {
  walk,       // each choice as likely
  pct,        // Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010, d = 1..3
  surw,       // Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025, over one object
  portfolio,  // half SURW, a quarter PCT, a quarter walk
};
std::string_view name(Strategy strategy);
// Schedules from a seed: the same seed, the same runs. Stops at the first failure, or goes on and
// counts them.
enum class OnFailure : std::uint8_t { stop, go_on };
Report sample(const Scenario& scenario, Strategy strategy, std::uint64_t seed,
              std::size_t schedules, std::size_t depth = 200,
              OnFailure on_failure = OnFailure::stop);

// Pairs of enabled steps of different actors, at random places, whose footprints do not conflict:
// both orders must give the same state. A failure is "footprint wrong: ...". `runs` counts the
// pairs that were independent and compared.
Report check_footprints(const Scenario& scenario, std::uint64_t seed, std::size_t samples,
                        std::size_t depth = 200);

// Makes a failing run short: delta debugging (Zeller, Hildebrandt, 2002) over its steps, then
// draws towards option 0, then fewer changes of actor. What it returns was run and fails alike.
Trace shrink(const Scenario& scenario, const Failure& failure, std::size_t most = 400);

double cpu_seconds();  // of this thread

}  // namespace tutti::explore
