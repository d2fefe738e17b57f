// The stateful engine: depth first over visited states.
#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "sim/explore/engine.hpp"

namespace tutti::explore {
namespace {

// States are kept whole up to so much; beyond, their hashes alone tell them apart.
constexpr std::size_t kKeptBytes = std::size_t{256} << 20;

class Seen final : public Watcher {
 public:
  explicit Seen(const Runner& runner) : runner_(runner) {}

  // Before a run that repeats all but the last of `given`.
  void start(const std::vector<Decision>& given) {
    while (!path_.empty() && path_.back().made >= given.size()) path_.pop_back();
    repeated_ = path_.size();
    depth_ = 0;
  }
  bool after(const Model& model) override {
    if (++depth_ < repeated_) return true;
    std::string state = state_of(model);
    Digest d = digest(state);
    if (depth_ == repeated_) {  // the same decisions must have led to the same state
      if (path_.back().state == d) return true;
      fault = kNotRepeatable;
      return false;
    }
    path_.push_back({runner_.decisions().size(), d});
    return visit(d, std::move(state));
  }
  std::size_t size() const { return seen_.size(); }
  std::string_view fault;

 private:
  struct Entry {
    std::size_t depth;
    std::string state;
  };
  struct Mark {
    std::size_t made;  // decisions up to here
    Digest state;
  };
  bool visit(Digest d, std::string state) {
    auto [entry, fresh] = seen_.try_emplace(d, Entry{depth_, {}});
    if (fresh) {
      if (kept_ + state.size() > kKeptBytes) return true;
      kept_ += state.size();
      entry->second.state = std::move(state);
      return true;
    }
    if (!entry->second.state.empty() && entry->second.state != state) {
      fault = "two states have one hash";
      return false;
    }
    bool nearer = depth_ < entry->second.depth;
    if (nearer) entry->second.depth = depth_;
    return nearer;
  }
  const Runner& runner_;
  std::unordered_map<Digest, Entry, DigestHash> seen_;
  std::vector<Mark> path_;  // after each step of the current run
  std::size_t repeated_ = 0;
  std::size_t depth_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace

Report stateful(const Scenario& scenario, Bounds bounds) {
  Tally tally(scenario, "stateful",
              fmt::format("depth {}, states {}", bounds.depth, bounds.states));
  Report& report = tally.report;
  Runner runner(scenario);
  Seen seen(runner);
  for (std::vector<Decision> path;;) {
    Follow follow(path);
    seen.start(path);
    Outcome outcome = runner.run(follow, bounds.depth, &seen);
    if (follow.changed()) seen.fault = kNotRepeatable;
    if (!seen.fault.empty()) outcome.broken = seen.fault;
    tally.add(runner, outcome);
    if (report.failure || seen.size() >= bounds.states) break;
    path = runner.decisions();
    while (!path.empty() && path.back().chosen + 1 >= path.back().n) path.pop_back();
    report.complete = path.empty();
    if (path.empty()) break;
    ++path.back().chosen;
  }
  report.states = seen.size();
  report.collision = std::ldexp(std::pow(static_cast<double>(report.states), 2), -129);
  return tally.done();
}

}  // namespace tutti::explore
