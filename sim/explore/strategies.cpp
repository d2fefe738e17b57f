#include "sim/explore/strategies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/explore/engine.hpp"

namespace tutti::explore {
namespace {

constexpr std::size_t kProfileRuns = 8;

// Footprints of random runs, by who and what.
class Profiler final : public FootprintWatcher, public Decider {
 public:
  explicit Profiler(SeededChoose& random) : walk_(random) {}
  void start() override { start_run(); }
  std::uint32_t step(const Model& model, const Choices& choices) override {
    return walk_.step(model, choices);
  }
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override { return walk_.draw(n, tag); }
  void before(const Model& model, const Choices& choices, std::uint32_t chosen) override {
    FootprintWatcher::before(model, choices, chosen);
    actor_ = choices[chosen].actor;
    key_ = operation_key(actor_, choices[chosen].operation);
  }
  bool after(const Model& model) override {
    FootprintWatcher::after(model);
    for (const Access& access : last.accesses) {
      Touches& touches = places[access.place];
      touches.written = touches.written || access.write;
      touches.object.operations.insert(key_);
      if (touches.object.counts.size() <= actor_) touches.object.counts.resize(actor_ + 1U);
      touches.object.counts[actor_] += 1.0 / kProfileRuns;
    }
    return true;
  }
  struct Touches {
    bool written = false;
    Profile::Object object;
  };
  std::map<std::uint64_t, Touches> places;

 private:
  Walk walk_;
  ActorId actor_ = 0;
  std::uint64_t key_ = 0;
};

}  // namespace

std::uint64_t operation_key(ActorId actor, std::string_view operation) {
  std::uint64_t h = actor;
  for (char c : operation) h = h * 1099511628211ULL + static_cast<std::uint8_t>(c);
  return h;
}

Profile::Profile(const Scenario& scenario, std::uint64_t seed, std::size_t depth) {
  SeededChoose random(hash_mix(seed + 0x5eed));
  Profiler profiler(random);
  Runner runner(scenario);
  for (std::size_t i = 0; i < kProfileRuns; ++i)
    steps = std::max(steps, runner.run(profiler, depth, &profiler).steps);
  for (auto& [place, touches] : profiler.places) {
    auto busy = std::count_if(touches.object.counts.begin(), touches.object.counts.end(),
                              [](double count) { return count > 0; });
    if (touches.written && busy > 1) objects.push_back(std::move(touches.object));
  }
}

Pct::Pct(SeededChoose& random, std::size_t steps, unsigned depth, bool change_points)
    : random_(random) {
  for (unsigned i = 1; change_points && i < depth; ++i)
    changes_.push_back(random_.choose(static_cast<std::uint32_t>(steps), {}));
}

// A new actor gets a place drawn among those known: all orders are as likely.
void Pct::rank(ActorId actor) {
  if (std::find(order_.begin(), order_.end(), actor) != order_.end()) return;
  std::uint32_t place = random_.choose(static_cast<std::uint32_t>(order_.size() + 1), {});
  order_.insert(order_.begin() + place, actor);
}

std::uint32_t Pct::step(const Model&, const Choices& choices) {
  for (const Choice& choice : choices) rank(choice.actor);
  auto highest = [&] {
    for (ActorId actor : order_) {
      if (std::any_of(choices.begin(), choices.end(),
                      [&](const Choice& c) { return c.actor == actor; }))
        return actor;
    }
    return choices[0].actor;
  };
  if (std::find(changes_.begin(), changes_.end(), at_++) != changes_.end()) {
    auto fallen = std::find(order_.begin(), order_.end(), highest());
    std::rotate(fallen, fallen + 1, order_.end());
  }
  ActorId actor = highest();
  std::uint32_t options = 0, chosen = 0;
  for (std::uint32_t i = 0; i < choices.size(); ++i) {
    if (choices[i].actor == actor && random_.choose(++options, {}) == 0) chosen = i;
  }
  return chosen;
}

Surw::Surw(SeededChoose& random, const Profile::Object& object)
    : random_(random), object_(object), left_(object.counts) {
  intend();
}

bool Surw::interesting(const Choice& choice) const {
  return object_.operations.contains(operation_key(choice.actor, choice.operation));
}

void Surw::intend() {
  double sum = 0;
  for (double count : left_) sum += count;
  intended_ = SIZE_MAX;
  double place = sum * static_cast<double>(random_.next() >> 11) * 0x1p-53;
  for (std::size_t i = 0; i < left_.size(); ++i) {
    if (left_[i] <= 0) continue;
    intended_ = i;
    if ((place -= left_[i]) < 0) break;
  }
}

std::uint32_t Surw::step(const Model&, const Choices& choices) {
  std::uint32_t options = 0, chosen = 0;
  for (std::uint32_t i = 0; i < choices.size(); ++i) {
    if (choices[i].actor != intended_ && interesting(choices[i])) continue;
    if (random_.choose(++options, {}) == 0) chosen = i;
  }
  // Whoever is intended waits or is over: the estimate was wrong, anybody goes.
  if (options == 0) chosen = random_.choose(static_cast<std::uint32_t>(choices.size()), {});
  if (interesting(choices[chosen])) {
    ActorId actor = choices[chosen].actor;
    if (actor < left_.size()) left_[actor] = std::max(0.0, left_[actor] - 1);
    intend();
  }
  return chosen;
}

namespace {

// The strategy of one schedule, drawn from its seed.
class Drawn {
 public:
  Drawn(Strategy strategy, const Profile* profile, std::uint64_t seed) : random(seed) {
    if (strategy == Strategy::portfolio) {
      std::uint32_t part = random.choose(4, {});
      strategy = part < 2 ? Strategy::surw : part == 2 ? Strategy::pct : Strategy::walk;
    }
    if (strategy == Strategy::surw && profile->objects.empty()) strategy = Strategy::walk;
    if (strategy == Strategy::surw) {
      auto object = random.choose(static_cast<std::uint32_t>(profile->objects.size()), {});
      decider = &surw.emplace(random, profile->objects[object]);
    } else if (strategy == Strategy::pct) {
      decider = &pct.emplace(random, profile->steps, 1 + random.choose(3, {}));
    } else {
      decider = &walk.emplace(random);
    }
  }
  SeededChoose random;
  std::optional<Walk> walk;
  std::optional<Pct> pct;
  std::optional<Surw> surw;
  Decider* decider = nullptr;
};

// Now and then a run is repeated from its decisions: it must end in the same state.
constexpr std::size_t kRepeatEvery = 1024;

bool repeats(Runner& runner, const Outcome& outcome, std::size_t depth) {
  std::vector<Decision> made = runner.decisions();
  if (runner.model() == nullptr) return true;
  Digest state = digest(state_of(*runner.model()));
  Follow follow(made);
  Outcome again = runner.run(follow, depth);
  return !follow.changed() && again.steps == outcome.steps && again.broken == outcome.broken &&
         runner.decisions() == made && digest(state_of(*runner.model())) == state;
}

}  // namespace

Report sample(const Scenario& scenario, Strategy strategy, std::uint64_t seed,
              std::size_t schedules, std::size_t depth, OnFailure on_failure) {
  Tally tally(scenario, std::string(name(strategy)),
              fmt::format("seed {}, {} schedules, depth {}", seed, schedules, depth));
  std::optional<Profile> profile;
  if (strategy != Strategy::walk) profile.emplace(scenario, seed, depth);
  Runner runner(scenario);
  SeededChoose seeds(seed);
  for (std::size_t i = 0; i < schedules; ++i) {
    if (tally.report.failure && on_failure == OnFailure::stop) break;
    Drawn drawn(strategy, profile ? &*profile : nullptr, seeds.next());
    Outcome outcome = runner.run(*drawn.decider, depth);
    tally.add(runner, outcome);
    if (i % kRepeatEvery != 0 || repeats(runner, outcome, depth)) continue;
    tally.report.failure = Failure{std::string(kNotRepeatable), runner.decisions()};
    break;
  }
  return tally.done();
}

}  // namespace tutti::explore
