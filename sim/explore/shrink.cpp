// Shrinking: fewer steps, benign draws, fewer changes of actor; each candidate is run.
#include <algorithm>

#include "sim/explore/explore.hpp"

namespace tutti::explore {
namespace {

// A step as a candidate wants it: by name, so that it keeps its meaning when others are gone.
struct Wish {
  std::string actor;
  std::string operation;
  std::vector<std::uint32_t> draws;
};
struct Candidate {
  std::vector<std::uint32_t> draws;  // of the making
  std::vector<Wish> steps;
};

Candidate candidate_of(const Trace& trace) {
  auto values = [](const std::vector<Draw>& draws) {
    std::vector<std::uint32_t> out;
    for (const Draw& draw : draws) out.push_back(draw.decision.chosen);
    return out;
  };
  Candidate out{values(trace.draws), {}};
  for (const TraceStep& step : trace.steps)
    out.steps.push_back({step.actor, step.operation, values(step.draws)});
  return out;
}

// Takes the wished steps that are possible, in their order; after the last, whoever is first.
class Wishing final : public Decider {
 public:
  explicit Wishing(const Candidate& wanted) : wanted_(wanted) {}
  void start() override {
    next_ = draw_ = 0;
    draws_ = &wanted_.draws;
  }
  std::uint32_t step(const Model& model, const Choices& choices) override {
    static const std::vector<std::uint32_t> kNone;
    draw_ = 0;
    for (; next_ < wanted_.steps.size(); ++next_) {
      const Wish& wish = wanted_.steps[next_];
      for (std::uint32_t i = 0; i < choices.size(); ++i) {
        if (choices[i].operation != wish.operation ||
            model.actor_name(choices[i].actor) != wish.actor)
          continue;
        ++next_;
        draws_ = &wish.draws;
        return i;
      }
    }
    draws_ = &kNone;
    return 0;
  }
  std::uint32_t draw(std::uint32_t n, std::string_view) override {
    return draw_ < draws_->size() ? std::min((*draws_)[draw_++], n - 1) : 0;
  }

 private:
  const Candidate& wanted_;
  const std::vector<std::uint32_t>* draws_ = nullptr;
  std::size_t next_ = 0;
  std::size_t draw_ = 0;
};

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, const Failure& failure, std::size_t most)
      : runner_(scenario), what_(failure.what), most_(most) {
    best_ = narrate(scenario, failure.decisions, most);
    best_.broken = failure.what;
  }
  Trace go() {
    try_once(candidate_of(best_));  // drops what was never taken
    for (bool better = true; better && tries_ < kMostTries;) {
      better = remove_steps();
      better = lower_draws() || better;
      better = fewer_changes() || better;
    }
    return best_;
  }

 private:
  static constexpr std::size_t kMostTries = 5000;

  // Shorter, then lower draws, then fewer changes of actor.
  static std::array<std::size_t, 3> size_of(const Trace& trace) {
    std::size_t draws = 0, changes = 0;
    auto add = [&](const std::vector<Draw>& list) {
      for (const Draw& draw : list) draws += draw.decision.chosen;
    };
    add(trace.draws);
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
      add(trace.steps[i].draws);
      changes += i > 0 && trace.steps[i].actor != trace.steps[i - 1].actor ? 1 : 0;
    }
    return {trace.steps.size(), draws, changes};
  }

  // Keeps the candidate when it fails alike and is smaller.
  bool try_once(const Candidate& candidate) {
    if (++tries_ > kMostTries) return false;
    Wishing decider(candidate);
    Outcome outcome = runner_.run(decider, most_);
    if (outcome.broken != what_) return false;
    Trace trace = narrate(runner_.scenario(), runner_.decisions(), most_);
    if (trace.broken != what_ || !(size_of(trace) < size_of(best_))) return false;
    best_ = std::move(trace);
    return true;
  }
  // ddmin: chunks of half the steps, then a quarter, down to single ones.
  bool remove_steps() {
    bool any = false;
    for (std::size_t chunk = std::max<std::size_t>(best_.steps.size() / 2, 1);; chunk /= 2) {
      for (std::size_t at = 0; at < best_.steps.size();) {
        Candidate candidate = candidate_of(best_);
        auto first = candidate.steps.begin() + static_cast<std::ptrdiff_t>(at);
        auto last =
            first + static_cast<std::ptrdiff_t>(std::min(chunk, candidate.steps.size() - at));
        candidate.steps.erase(first, last);
        if (try_once(candidate)) any = true;
        else at += chunk;
      }
      if (chunk == 1) return any;
    }
  }
  bool lower_draws() {
    bool any = false;
    auto lower = [&](auto list_of) {
      for (std::size_t i = 0;; ++i) {
        Candidate candidate = candidate_of(best_);
        std::vector<std::uint32_t>* list = list_of(candidate);
        if (list == nullptr || i >= list->size()) return;
        if ((*list)[i] == 0) continue;
        (*list)[i] = 0;
        any = try_once(candidate) || any;
      }
    };
    lower([](Candidate& c) { return &c.draws; });
    for (std::size_t s = 0; s < best_.steps.size(); ++s)
      lower([s](Candidate& c) { return s < c.steps.size() ? &c.steps[s].draws : nullptr; });
    return any;
  }
  // A step moves up to the last step of its actor.
  bool fewer_changes() {
    bool any = false;
    for (std::size_t i = 2; i < best_.steps.size(); ++i) {
      std::size_t to = i;
      while (to > 0 && best_.steps[to - 1].actor != best_.steps[i].actor) --to;
      if (to == 0 || to == i) continue;
      Candidate candidate = candidate_of(best_);
      auto steps = candidate.steps.begin();
      std::rotate(steps + static_cast<std::ptrdiff_t>(to), steps + static_cast<std::ptrdiff_t>(i),
                  steps + static_cast<std::ptrdiff_t>(i) + 1);
      any = try_once(candidate) || any;
    }
    return any;
  }

  Runner runner_;
  std::string what_;
  std::size_t most_;
  std::size_t tries_ = 0;
  Trace best_;
};

}  // namespace

Trace shrink(const Scenario& scenario, const Failure& failure, std::size_t most) {
  return Shrinker(scenario, failure, most).go();
}

}  // namespace tutti::explore
