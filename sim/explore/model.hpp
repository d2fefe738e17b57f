#pragma once
// A model: what the explorer runs. It says what may happen next, lets it happen, and says what is
// broken. See README.md beside for an example of twenty lines.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/choose.hpp"
#include "core/base/recorder.hpp"
#include "core/base/state.hpp"

namespace tutti::explore {

using ActorId = std::uint16_t;
inline constexpr std::size_t kMaxActors = 16;  // of a model for the stateless engine

// One thing that may happen next: who does what. The text lives until the model's next step.
struct Choice {
  ActorId actor = 0;
  std::string_view operation;
};
using Choices = std::vector<Choice>;

enum class Ready : std::uint8_t { over, waits, ready };

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string_view actor_name(ActorId actor) const = 0;
  // Appends what may happen now, in a fixed order, the benign first; nothing: the run is over.
  virtual void enabled(Choices& out) const = 0;
  // Lets it happen: an index into what `enabled` gave, which was asked last. What it reads and
  // writes is recorded; looking through the other choices again would be recorded, too.
  virtual void step(std::size_t choice) = 0;
  // What is broken now, empty while all holds; asked after each step. `over`: and after the last.
  virtual std::string_view check() const = 0;
  virtual std::string_view over() const { return {}; }
  // The canonical state: two states that describe themselves alike have the same future.
  virtual void describe(StateWriter& out) const = 0;
  virtual ServerTime now() const { return {}; }

  // For the stateless engine only, which needs to know of each actor whether it waits: one next
  // step at most, none drawn. 0: this model is for the stateful engine.
  virtual std::size_t actors() const { return 0; }
  virtual Ready ready(ActorId) const { return Ready::over; }

  // The memory within which objects are told apart by their place (first, size), so that they are
  // the same in each run; others are numbered by first touch.
  virtual std::pair<const void*, std::size_t> extent() const { return {this, 0}; }

  // The situations this run has reached.
  const std::vector<const char*>& witnessed() const { return witnessed_; }

 protected:
  // Notes that a situation was reached. `name` is a literal.
  void witness(const char* name) {
    for (const char* known : witnessed_) {
      if (known == name) return;
    }
    witnessed_.push_back(name);
  }

 private:
  std::vector<const char*> witnessed_;
};

// Makes the model as it is before the first step; `choose` is the run's stream and outlives it.
using Factory = std::function<std::unique_ptr<Model>(Choose& choose)>;

struct Scenario {
  std::string name;
  Factory make;
  std::vector<std::string> witnesses;  // that its runs together must reach, else they prove nothing
};

// Who wants to know what is read and written, and what people call it.
class Recording : public Recorder {
 public:
  virtual void name(const void* object, std::string_view name) = 0;
};
// Events between the parts of a model, routed in one step until none is left: at most 1,000, more
// is a bug of the model, reported as one.
template <class Event>
class InternalEvents {
 public:
  static constexpr std::size_t kMost = 1000;
  void push(Event event) { waiting_.push_back(std::move(event)); }
  template <class Handle>
  void route(Handle handle) {
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      INVARIANT(i < kMost && "endless internal events");
      Event event = std::move(waiting_[i]);
      handle(event);
    }
    waiting_.clear();
  }

 private:
  std::vector<Event> waiting_;
};

namespace detail {
inline thread_local Recording* recording = nullptr;
}
// Null most of the time. Give it to machines that take a Recorder when a model is made; cells ask
// by themselves.
inline Recording* recorder() { return detail::recording; }
// What people call an object, in traces.
inline void call_it(const void* object, std::string_view name) {
  if (Recording* r = recorder()) r->name(object, name);
}

}  // namespace tutti::explore
