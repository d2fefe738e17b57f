#pragma once
// Models written as actors: each a list of steps that run in order, with everybody else's steps
// between them. A step ends where the code that is modelled can be interrupted, and nowhere else.
//
//   struct Clerks : Actors<Clerks> {
//     Cell<int> total{"total", 0};
//     int read[2] = {};
//     Clerks() {
//       static constexpr Step kAdd[] = {
//           {"reads", [](Clerks& m) { m.read[m.self()] = m.total; }},
//           {"writes", [](Clerks& m) { m.total = m.read[m.self()] + 1; }},
//       };
//       actor("anna", kAdd);
//       actor("ben", kAdd);
//     }
//     std::string_view over() const override { return total == 2 ? "" : "one was lost"; }
//     void state(StateWriter& out) const { put(out, total, read); }
//   };
//
// What actors share is a Cell; what only one of them touches may be a plain member.

#include <array>
#include <concepts>
#include <span>
#include <type_traits>

#include "sim/explore/model.hpp"

namespace tutti::explore {

// A shared value. Reading and writing it is what makes steps depend on each other.
template <class T>
class Cell {
 public:
  Cell(const char* name, T value) : value_(std::move(value)), name_(name) {}
  explicit Cell(const char* name) : value_(), name_(name) {}
  Cell(const Cell&) = delete;

  const T& get() const {
    if (Recording* r = recorder()) r->name(this, name_), r->read(this, 0);
    return value_;
  }
  operator const T&() const { return get(); }  // NOLINT: reads like the value it is
  // To change a part of it; counts as a write.
  T& edit() {
    if (Recording* r = recorder()) r->name(this, name_), r->wrote(this, 0);
    return value_;
  }
  Cell& operator=(T value) {
    edit() = std::move(value);
    return *this;
  }
  Cell& operator=(const Cell& other) {
    if (this != &other) *this = other.get();
    return *this;
  }
  Cell& operator+=(const T& more) { return edit() += more, *this; }
  Cell& operator-=(const T& less) { return edit() -= less, *this; }
  const T& unrecorded() const { return value_; }  // for describing a state

 private:
  T value_;
  const char* name_;
};

// An object whose uses depend on each other as a whole: for a thing that observes, such as an
// invariant. `touch` where it changes, `look` where it is asked.
class Observer {
 public:
  explicit Observer(const char* name = "observer") : seen_(name, 0) {}
  void touch() { seen_.edit(); }
  void look() const { seen_.get(); }

 private:
  Cell<char> seen_;
};

template <class M>
class Actors : public Model {
  friend M;  // the only class to be made of this one
  Actors() = default;

 public:
  struct Step {
    const char* operation;
    void (*run)(M&);
    bool (*when)(const M&) = nullptr;  // waits until this holds
  };

  std::string_view actor_name(ActorId actor) const override { return slots_[actor].name; }
  std::size_t actors() const override { return count_; }
  Ready ready(ActorId actor) const override {
    if (Recording* r = recorder()) r->read(&slots_[actor], 0);
    const Slot& slot = slots_[actor];
    if (slot.at >= slot.steps) return Ready::over;
    auto when = slot.program[slot.at].when;
    if (when == nullptr) return Ready::ready;
    asked_ = actor;
    return when(static_cast<const M&>(*this)) ? Ready::ready : Ready::waits;
  }
  void enabled(Choices& out) const override {
    std::size_t n = 0;
    for (ActorId i = 0; i < count_; ++i) {
      if (ready(i) != Ready::ready) continue;
      listed_[n++] = i;
      out.push_back({i, slots_[i].program[slots_[i].at].operation});
    }
  }
  void step(std::size_t choice) override {
    // As listed: asking the others again would count what they wait for as read by this step.
    ActorId actor = self_ = asked_ = listed_[choice];
    Slot& slot = slots_[actor];
    const Step& step = slot.program[slot.at++];
    if (Recording* r = recorder()) r->wrote(&slot.at, 0);
    step.run(static_cast<M&>(*this));
  }
  std::string_view check() const override { return broken_; }
  void describe(StateWriter& out) const override {
    for (std::size_t i = 0; i < count_; ++i) out.number(slots_[i].at);
    static_cast<const M&>(*this).state(out);
  }
  std::pair<const void*, std::size_t> extent() const override {
    return {static_cast<const M*>(this), sizeof(M)};
  }

 protected:
  // A new actor, at the start or from within a step (a task that is spawned).
  template <std::size_t N>
  ActorId actor(const char* name, const Step (&program)[N]) {
    if (count_ == slots_.size()) return require(false, "the model has too many actors"), 0;
    slots_[count_] = {program, static_cast<std::uint8_t>(N), 0, name};
    touched(count_);
    if (Recording* r = recorder()) r->wrote(&count_, 0);  // two that spawn: the order shows
    return static_cast<ActorId>(count_++);
  }
  // The actor whose step runs, or whose `when` is asked.
  ActorId self() const { return asked_; }
  // From within a step: which step of its own comes next, or none.
  void jump(std::size_t step) { slots_[self_].at = static_cast<std::uint8_t>(step); }
  void finish() { slots_[self_].at = slots_[self_].steps; }
  // Another actor's remaining steps are not run, as when a task is cancelled while it is suspended.
  void cancel(ActorId actor) {
    slots_[actor].at = slots_[actor].steps;
    touched(actor);
  }
  // Whether an actor has come to its end; reading it makes the step depend on the actor's steps.
  bool finished(ActorId actor) const {
    if (Recording* r = recorder()) r->read(&slots_[actor].at, 0);
    return slots_[actor].at >= slots_[actor].steps;
  }
  // The first promise that was broken ends the run.
  void require(bool holds, const char* otherwise) {
    if (!holds && broken_.empty()) broken_ = otherwise;
  }

  // What a state consists of: cells, numbers, enums, arrays and ranges of these.
  template <class... Parts>
  static void put(StateWriter& out, const Parts&... parts) {
    (put_one(out, parts), ...);
  }

 private:
  struct Slot {
    const Step* program = nullptr;
    std::uint8_t steps = 0;
    std::uint8_t at = 0;
    const char* name = "";
  };
  void touched(std::size_t actor) {
    Recording* r = recorder();
    if (r == nullptr) return;
    r->wrote(&slots_[actor], 0);
    r->wrote(&slots_[actor].at, 0);
  }
  template <class T>
  static void put_one(StateWriter& out, const T& part) {
    if constexpr (requires { part.unrecorded(); }) put_one(out, part.unrecorded());
    else if constexpr (std::is_convertible_v<const T&, std::string_view>) out.text(part);
    else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
      out.number(static_cast<std::uint64_t>(part));
    else if constexpr (requires { part.has_value(); }) {
      out.number(part.has_value());
      if (part) put_one(out, *part);
    } else if constexpr (requires { part.state(out); }) part.state(out);
    else {
      out.number(static_cast<std::uint64_t>(std::size(part)));
      for (const auto& each : part) put_one(out, each);
    }
  }

  std::array<Slot, 8> slots_;
  std::size_t count_ = 0;
  ActorId self_ = 0;
  mutable ActorId asked_ = 0;
  mutable std::array<ActorId, 8> listed_{};  // by `enabled`
  std::string_view broken_;
};

// A scenario of one model type; the arguments are copied into each run.
template <class M, class... Args>
Scenario scenario(std::string name, std::vector<std::string> witnesses, Args... args) {
  return {std::move(name),
          [=](Choose&) -> std::unique_ptr<Model> { return std::make_unique<M>(args...); },
          std::move(witnesses)};
}

}  // namespace tutti::explore
