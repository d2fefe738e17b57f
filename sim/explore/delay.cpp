// Delay-bounded search: all runs that depart from FIFO a few times.
#include <fmt/format.h>

#include <algorithm>

#include "sim/explore/engine.hpp"

namespace tutti::explore {
namespace {

// Follows a list of delays, one for each decision, then none.
class Delayed final : public Decider {
 public:
  void start() override {
    at_ = 0;
    last_.reset();
    options.clear();
  }
  std::uint32_t step(const Model&, const Choices& choices) override {
    auto n = static_cast<std::uint32_t>(choices.size());
    std::uint32_t first = fifo(choices);
    std::uint32_t chosen = (first + take(n)) % n;
    last_ = choices[chosen].actor;
    return chosen;
  }
  std::uint32_t draw(std::uint32_t n, std::string_view) override { return take(n); }

  std::vector<std::uint32_t> delays;   // to follow
  std::vector<std::uint32_t> options;  // there were, at each decision

 private:
  // Whoever ran last goes on; if it cannot, the next actor in turn.
  std::uint32_t fifo(const Choices& choices) const {
    if (!last_) return 0;
    std::uint32_t best = 0;
    unsigned nearest = UINT32_MAX;
    for (std::uint32_t i = 0; i < choices.size(); ++i) {
      auto distance = static_cast<std::uint16_t>(choices[i].actor - *last_);
      if (distance < nearest) nearest = distance, best = i;
    }
    return best;
  }
  std::uint32_t take(std::uint32_t n) {
    options.push_back(n);
    std::size_t i = at_++;
    return i < delays.size() ? std::min(delays[i], n - 1) : 0;
  }
  std::size_t at_ = 0;
  std::optional<ActorId> last_;
};

}  // namespace

Report delay_bounded(const Scenario& scenario, unsigned delays, Bounds bounds) {
  Tally tally(scenario, "delay bounded",
              fmt::format("{} delays, depth {}, runs {}", delays, bounds.depth, bounds.runs));
  Report& report = tally.report;
  Runner runner(scenario);
  Delayed decider;
  while (report.runs < bounds.runs) {
    tally.add(runner, runner.run(decider, bounds.depth));
    if (report.failure) break;
    // The next list of delays: the last that can be raised is, what follows is dropped.
    auto& list = decider.delays;
    list.resize(decider.options.size(), 0);
    unsigned spent = 0;
    for (std::uint32_t delay : list) spent += delay;
    while (!list.empty() &&
           (spent >= delays || list.back() + 1 >= decider.options[list.size() - 1])) {
      spent -= list.back();
      list.pop_back();
    }
    report.complete = list.empty();
    if (list.empty()) break;
    ++list.back();
  }
  return tally.done();
}

}  // namespace tutti::explore
