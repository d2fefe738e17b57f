#pragma once
// Random schedulers, one object per schedule; not for users of the library.

#include <array>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "sim/explore/explore.hpp"
#include "sim/explore/footprint.hpp"

namespace tutti::explore {

// What some runs of the scenario were like: PCT and SURW need to know how long they are, and who
// touches what.
class Profile {
 public:
  Profile(const Scenario& scenario, std::uint64_t seed, std::size_t depth);

  std::size_t steps = 1;  // of the longest run
  struct Object {
    std::unordered_set<std::uint64_t> operations;  // that touch it: see operation_key
    std::vector<double> counts;                    // by actor: such steps in a run, on average
  };
  std::vector<Object> objects;  // touched by more than one actor and written by one
};
std::uint64_t operation_key(ActorId actor, std::string_view operation);

// Each choice as likely as another.
class Walk final : public Decider {
 public:
  explicit Walk(SeededChoose& random) : random_(random) {}
  std::uint32_t step(const Model&, const Choices& choices) override {
    return random_.choose(static_cast<std::uint32_t>(choices.size()), {});
  }
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override {
    return random_.choose(n, tag);
  }

 private:
  SeededChoose& random_;
};

// The actor of highest priority runs; at d - 1 steps drawn beforehand it falls below all others.
// A bug of depth d is hit with a chance of at least 1 / (n k^(d-1)).
class Pct final : public Decider {
 public:
  Pct(SeededChoose& random, std::size_t steps, unsigned depth, bool change_points = true);
  std::uint32_t step(const Model& model, const Choices& choices) override;
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override {
    return random_.choose(n, tag);
  }

 private:
  void rank(ActorId actor);
  SeededChoose& random_;
  std::vector<ActorId> order_;  // highest first
  std::vector<std::size_t> changes_;
  std::size_t at_ = 0;
};

// Steps that touch the object drawn come in an order drawn uniformly among all orders of them: who
// takes the next such step is drawn by how many each has left; the others wait before theirs. All
// other steps are a random walk.
class Surw final : public Decider {
 public:
  Surw(SeededChoose& random, const Profile::Object& object);
  std::uint32_t step(const Model& model, const Choices& choices) override;
  std::uint32_t draw(std::uint32_t n, std::string_view tag) override {
    return random_.choose(n, tag);
  }

 private:
  bool interesting(const Choice& choice) const;
  void intend();
  SeededChoose& random_;
  const Profile::Object& object_;
  std::vector<double> left_;
  std::size_t intended_ = SIZE_MAX;
};

}  // namespace tutti::explore
