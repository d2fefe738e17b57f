// Samples pairs of steps that are called independent, and runs them in both orders.
#include <fmt/format.h>

#include "sim/explore/engine.hpp"
#include "sim/explore/strategies.hpp"

namespace tutti::explore {
namespace {

// Goes along given decisions, then takes named steps in turn, all draws 0, and stops.
class Then final : public Decider, public FootprintWatcher {
 public:
  struct Want {
    std::string actor;
    std::string operation;
  };
  Then(const std::vector<Decision>& prefix, std::vector<Want> then)
      : follow_(prefix), then_(std::move(then)) {}
  void start() override {
    start_run();
    follow_.start();
    next_ = 0;
    going_ = false;
  }
  std::uint32_t step(const Model& model, const Choices& choices) override {
    if (!follow_.fresh()) return follow_.step(model, choices);
    going_ = true;
    const Want& want = then_[next_++];
    for (std::uint32_t i = 0; i < choices.size(); ++i) {
      if (choices[i].operation == want.operation &&
          model.actor_name(choices[i].actor) == want.actor)
        return i;
    }
    impossible = true;
    return kStop;
  }
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override {
    return follow_.draw(n, tag);
  }
  bool after(const Model& model) override {
    FootprintWatcher::after(model);
    if (!going_) return !(follow_.fresh() && then_.empty());
    if (first.accesses.empty() && next_ == 1) first = last;
    return next_ < then_.size();
  }
  bool impossible = false;
  Footprint first;  // of the first of the named steps

 private:
  Follow follow_;
  std::vector<Want> then_;
  std::size_t next_ = 0;
  bool going_ = false;
};

struct Pair {
  std::vector<Decision> prefix;
  Then::Want a, b;
};

// A random run, left at a random place, and two next steps of different actors.
std::optional<Pair> pick(Runner& runner, SeededChoose& random, std::size_t depth) {
  Walk walk(random);
  std::size_t steps = runner.run(walk, depth).steps;
  if (steps == 0) return std::nullopt;
  std::vector<Decision> made = runner.decisions();
  Follow follow(made);
  auto length = random.choose(static_cast<std::uint32_t>(steps), {});
  if (!runner.run(follow, length).broken.empty()) return std::nullopt;
  Pair pair{runner.decisions(), {}, {}};
  const Model& model = *runner.model();
  Choices choices;
  model.enabled(choices);
  auto n = static_cast<std::uint32_t>(choices.size());
  const Choice& a = choices[random.choose(n, {})];
  const Choice& b = choices[random.choose(n, {})];
  if (a.actor == b.actor) return std::nullopt;
  pair.a = {std::string(model.actor_name(a.actor)), std::string(a.operation)};
  pair.b = {std::string(model.actor_name(b.actor)), std::string(b.operation)};
  return pair;
}

struct End {
  bool possible = true;
  std::string broken;
  std::string state;
  Footprint first;
  std::vector<Decision> decisions;
};

End run_then(const Scenario& scenario, const Pair& pair, std::vector<Then::Want> then) {
  Then decider(pair.prefix, then);
  Runner runner(scenario);  // after the footprints: its machines record into them
  Outcome outcome = runner.run(decider, SIZE_MAX, &decider);
  End end{!decider.impossible, outcome.broken, {}, decider.first, runner.decisions()};
  if (runner.model() != nullptr) end.state = state_of(*runner.model());
  return end;
}

}  // namespace

Report check_footprints(const Scenario& scenario, std::uint64_t seed, std::size_t samples,
                        std::size_t depth) {
  Tally tally(scenario, "footprints", fmt::format("seed {}, {} samples", seed, samples));
  Report& report = tally.report;
  report.missing.clear();
  SeededChoose random(seed);
  Runner runner(scenario);
  for (std::size_t i = 0; i < samples && !report.failure; ++i) {
    std::optional<Pair> pair = pick(runner, random, depth);
    if (!pair) continue;
    End ab = run_then(scenario, *pair, {pair->a, pair->b});
    End ba = run_then(scenario, *pair, {pair->b, pair->a});
    if (ab.first.conflicts(ba.first)) continue;
    ++report.runs;
    // A run ends at the first promise that breaks, so then the states are not of the same steps.
    bool broke = !ab.broken.empty();
    bool same = broke == !ba.broken.empty() && (broke || ab.state == ba.state);
    if (ab.possible && ba.possible && same) continue;
    report.failure = Failure{
        fmt::format("footprint wrong: \"{} {}\" and \"{} {}\" are said to be independent, but "
                    "their order shows",
                    pair->a.actor, pair->a.operation, pair->b.actor, pair->b.operation),
        ab.possible ? ab.decisions : ba.decisions};
  }
  return tally.done();
}

}  // namespace tutti::explore
