#pragma once
// One run of a scenario: a fresh model, and somebody who decides. What was decided is written down,
// so that a run is its list of decisions. The engines and strategies stand on this.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore/model.hpp"

namespace tutti::explore {

struct Decision {
  std::uint32_t n = 1;
  std::uint32_t chosen = 0;
  friend bool operator==(Decision, Decision) = default;
};

inline constexpr std::uint32_t kStop = UINT32_MAX;

// Who decides: which of the choices is the next step, or kStop to leave the run, and what the model
// draws.
class Decider {
 public:
  virtual ~Decider() = default;
  virtual void start() {}  // of each run
  virtual std::uint32_t step(const Model& model, const Choices& choices) = 0;
  virtual std::uint32_t draw(std::uint32_t n, std::string_view tag) = 0;
};

struct Outcome {
  std::string broken;     // the first promise that did not hold; empty: none
  std::size_t steps = 0;  // taken
  bool cut = false;       // the bound of steps came first
  bool left = false;      // whoever decides or watches left it
};

// Whoever wants to see each step. False: leave this run.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void before(const Model&, const Choices&, std::uint32_t /*chosen*/) {}
  virtual bool after(const Model&) { return true; }
};

class Runner {
 public:
  explicit Runner(const Scenario& scenario);
  ~Runner();
  Runner(const Runner&) = delete;

  // At most `most` steps; fewer when nothing is left to happen, a promise breaks, or the watcher
  // leaves. A broken INVARIANT of a machine is a broken promise too, and so is a crash (a signal;
  // the sanitizers, which end the process themselves, are not caught).
  Outcome run(Decider& decider, std::size_t most, Watcher* watcher = nullptr);
  // Of the last run. Steps and draws in the order they were made.
  const std::vector<Decision>& decisions() const { return stream_.made; }
  // The model as the last run left it; null before the first.
  const Model* model() const { return model_.get(); }
  const Scenario& scenario() const { return scenario_; }

 private:
  struct Stream final : Choose {
    std::uint32_t choose(std::uint32_t n, std::string_view tag) override;
    Decider* decider = nullptr;
    std::vector<Decision> made;
    std::size_t before_step = 0;  // decisions made when the step began
  };
  Outcome guarded(Decider& decider, std::size_t most, Watcher* watcher);
  Outcome steps(Decider& decider, std::size_t most, Watcher* watcher);

  const Scenario& scenario_;
  Stream stream_;
  Choices choices_;
  std::unique_ptr<Model> model_;
};

// Follows a list of decisions; what comes after its end is option 0, or another's to decide.
class Follow final : public Decider {
 public:
  explicit Follow(const std::vector<Decision>& given, Decider* rest = nullptr)
      : given_(given), rest_(rest) {}
  void start() override;
  std::uint32_t step(const Model& model, const Choices& choices) override;
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override;
  // The decisions given have all been made.
  bool fresh() const { return at_ >= given_.size(); }
  // A decision had another number of options than when it was made first: the model draws from
  // somewhere else than its stream, or is not the same.
  bool changed() const { return changed_; }

 private:
  std::uint32_t take(std::uint32_t n);
  const std::vector<Decision>& given_;
  Decider* rest_;
  std::size_t at_ = 0;
  bool changed_ = false;
};

// Draws of one step: more is a step that never ends.
inline constexpr std::size_t kMostDraws = 100'000;
inline constexpr std::string_view kEndlessStep =
    "the model breaks its contract: a step that draws without end";
// For programs, not for tests: a step that takes 10 s of CPU time ends the process with a message
// that names scenario, step and decisions. Whether it would end, nobody can know.
void watch_for_endless_steps();

inline constexpr std::string_view kNotRepeatable =
    "the model breaks its contract: the same decisions lead to another run";

// 128 bits of the canonical state: with n states the chance that two are taken for one is below
// n^2 / 2^129.
struct Digest {
  std::uint64_t a = 0, b = 0;
  friend bool operator==(Digest, Digest) = default;
};
struct DigestHash {
  std::size_t operator()(Digest d) const { return d.a; }
};
std::string state_of(const Model& model);
Digest digest(std::string_view state);

}  // namespace tutti::explore
