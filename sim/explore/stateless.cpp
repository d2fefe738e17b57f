// The stateless engine: source-DPOR with sleep sets, and plain search to compare it with.
//
// Which steps depend on each other must not depend on the state, or classes are lost: if p
// conflicts with r, and q does not conflict with p, then p must still conflict with r after q
// (property 7 of a happens-before assignment, POPL 2014, section 3). A step that reads another cell
// when a flag is set breaks that. So a step is taken to touch whatever it has touched in any run,
// and the search begins anew when one touches something new: it ends with a pass in which nothing
// was new.
#include <fmt/format.h>

#include <array>
#include <unordered_map>
#include <unordered_set>

#include "sim/explore/engine.hpp"
#include "sim/explore/footprint.hpp"
#include "sim/explore/strategies.hpp"

namespace tutti::explore {
namespace {

using Actors = std::uint32_t;  // a set of actors
using Clock = std::array<std::uint16_t, kMaxActors>;

constexpr Actors set_of(ActorId actor) { return Actors{1} << actor; }

void join(Clock& into, const Clock& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], other[i]);
}

struct Sleeper {
  ActorId actor;
  Footprint footprint;
};

// A place in the current run: what could happen there, and the event that did.
struct Node {
  Actors enabled = 0;
  Actors backtrack = 0;
  std::vector<Sleeper> sleep;  // those already explored from here included
  ActorId actor = 0;
  Footprint touched;    // in this run
  Footprint footprint;  // in all runs up to then: what decides on dependence
  Clock clock{};        // of the event; clock[a]: how many events of a happen before or are it
};

class Search final : public Decider, public FootprintWatcher {
 public:
  Search(const Scenario& scenario, Bounds bounds, StatelessOptions options)
      : bounds_(bounds),
        options_(options),
        runner_(scenario),
        tally_(scenario, name_of(options.reduction),
               fmt::format("depth {}, runs {}", bounds.depth, bounds.runs)) {}

  Report go() {
    Report& report = tally_.report;
    do {
      Outcome outcome = runner_.run(*this, bounds_.depth, this);
      finish_run(outcome);
      if (!fault_.empty() || (report.failure && options_.stop_at_failure)) return tally_.done();
      if (report.runs >= bounds_.runs) return tally_.done();
    } while (grew_ ? begin_anew() : next_branch());
    report.complete = true;
    return tally_.done();
  }

  void start() override {
    start_run();
    depth_ = 0;
    asleep_ = false;
    counts_.fill(0);
    clocks_.fill({});
  }
  std::uint32_t draw(std::uint32_t, std::string_view) override {
    fault_ = "the stateless engine takes no models that draw: use the stateful one";
    return 0;
  }
  std::uint32_t step(const Model& model, const Choices& choices) override;
  bool after(const Model& model) override;
  void before(const Model& model, const Choices& choices, std::uint32_t chosen) override {
    FootprintWatcher::before(model, choices, chosen);
    operation_ = operation_key(choices[chosen].actor, choices[chosen].operation);
  }

 private:
  static std::string name_of(Reduction reduction) {
    switch (reduction) {
      case Reduction::source_dpor: return "stateless, source-DPOR";
      case Reduction::none: return "stateless, every run";
      default: return "stateless, sabotaged";
    }
  }
  bool reduced() const { return options_.reduction != Reduction::none; }
  Node& new_node(const Choices& choices);
  static std::uint32_t index_of(const Choices& choices, ActorId actor);
  void record_event();
  struct Event {
    ActorId actor;
    const Footprint& footprint;
    const Footprint& waited_for;
    const Clock& before;  // what happens before it by its own actor's steps
  };
  void find_races(const Event& event, std::size_t events);
  Actors initials(std::size_t from, std::size_t events, ActorId actor, const Clock& clock) const;
  void finish_run(const Outcome& outcome);
  void races_of_waiting(const Model& model);
  std::uint64_t class_of_run() const;
  bool next_branch();
  bool begin_anew();

  Bounds bounds_;
  StatelessOptions options_;
  Runner runner_;
  Tally tally_;
  std::vector<Node> path_;
  std::size_t depth_ = 0;  // events of this run
  std::size_t known_ = 0;  // nodes of the path whose events were analysed in an earlier run
  std::array<std::uint16_t, kMaxActors> counts_{};
  std::array<Clock, kMaxActors> clocks_{};  // of each actor's last event
  bool asleep_ = false;
  std::string_view fault_;
  std::unordered_set<Digest, DigestHash> visited_;        // sabotage only
  std::uint64_t operation_ = 0;                           // that runs
  std::unordered_map<std::uint64_t, Footprint> touches_;  // by operation
  std::array<Footprint, kMaxActors> waits_for_;           // by actor, while it waits
  bool grew_ = false;
};

std::uint32_t Search::index_of(const Choices& choices, ActorId actor) {
  for (std::uint32_t i = 0; i < choices.size(); ++i) {
    if (choices[i].actor == actor) return i;
  }
  return UINT32_MAX;
}

Node& Search::new_node(const Choices& choices) {
  Node node;
  for (const Choice& choice : choices) {
    if (choice.actor >= kMaxActors || (node.enabled & set_of(choice.actor)) != 0)
      fault_ = "the stateless engine takes at most 16 actors with one next step each";
    else node.enabled |= set_of(choice.actor);
  }
  if (!path_.empty() && reduced()) {
    const Node& parent = path_.back();
    for (const Sleeper& sleeper : parent.sleep) {
      bool woken = options_.reduction != Reduction::sleep_forever &&
                   sleeper.footprint.conflicts(parent.footprint);
      if (sleeper.actor != parent.actor && !woken) node.sleep.push_back(sleeper);
    }
  }
  path_.push_back(std::move(node));
  return path_.back();
}

std::uint32_t Search::step(const Model&, const Choices& choices) {
  if (depth_ < path_.size()) {  // repeated, the last of them to a new branch
    std::uint32_t i = index_of(choices, path_[depth_].actor);
    if (i != UINT32_MAX) return i;
    fault_ = kNotRepeatable;
    return kStop;
  }
  Node& node = new_node(choices);
  Actors awake = node.enabled;
  for (const Sleeper& sleeper : node.sleep) awake &= ~set_of(sleeper.actor);
  if (!fault_.empty()) return kStop;
  if (awake == 0) {
    asleep_ = true;  // every way on was seen from elsewhere
    return kStop;
  }
  // Whoever ran last goes on: the first run is FIFO's.
  ActorId actor = depth_ > 0 ? path_[depth_ - 1].actor : ActorId{0};
  while ((awake & set_of(actor)) == 0) actor = static_cast<ActorId>((actor + 1) % kMaxActors);
  node.actor = actor;
  node.backtrack = reduced() ? set_of(actor) : node.enabled;
  return index_of(choices, actor);
}

bool Search::after(const Model& model) {
  FootprintWatcher::after(model);
  Node& node = path_[depth_];
  if (depth_ >= known_) {
    node.touched = node.footprint = last;
    if (reduced()) {
      Footprint& all = touches_[operation_];
      grew_ = all.merge(last) || grew_;
      node.footprint = all;
      grew_ = waits_for_[node.actor].merge(waited_for) || grew_;
    }
  }
  record_event();
  ++depth_;
  if (options_.reduction == Reduction::visited_set && depth_ > known_ &&
      !visited_.insert(digest(state_of(model))).second)
    return false;
  return true;
}

// Clocks of the event that was just taken; for a new one also its races with earlier ones.
void Search::record_event() {
  Node& node = path_[depth_];
  ActorId actor = node.actor;
  if (depth_ >= known_) {
    Clock before = clocks_[actor];
    node.clock = before;
    for (std::size_t i = 0; i < depth_; ++i) {
      if (path_[i].footprint.conflicts(node.footprint)) join(node.clock, path_[i].clock);
    }
    node.clock[actor] = static_cast<std::uint16_t>(counts_[actor] + 1);
    if (reduced()) find_races({actor, node.footprint, waits_for_[actor], before}, depth_);
  }
  ++counts_[actor];
  clocks_[actor] = node.clock;
}

// Races of a next event with the `events` first events, from the last. A race counts as turned
// round, and hides those before it, unless the earlier event may be what the later one waited for:
// an unlock cannot come after the lock that it enables, but the lock before it can.
void Search::find_races(const Event& event, std::size_t events) {
  Clock covered = event.before;
  Clock clock = event.before;
  std::vector<bool> conflict(events);
  for (std::size_t i = 0; i < events; ++i) {
    conflict[i] = path_[i].footprint.conflicts(event.footprint);
    if (conflict[i]) join(clock, path_[i].clock);
  }
  for (std::size_t i = events; i-- > 0;) {
    Node& node = path_[i];
    if (!conflict[i] || node.actor == event.actor) continue;
    if (covered[node.actor] >= node.clock[node.actor]) continue;
    if (!node.footprint.conflicts(event.waited_for)) join(covered, node.clock);
    if (options_.reduction == Reduction::naive) {
      node.backtrack |= set_of(event.actor) & node.enabled;
      continue;
    }
    Actors first = initials(i, events, event.actor, clock) & node.enabled;
    if (first == 0 || (first & node.backtrack) != 0) continue;
    bool own = (first & set_of(event.actor)) != 0;
    node.backtrack |= own ? set_of(event.actor) : first & (~first + 1);
  }
}

// The actors that can come first in v: the events after the `from`-th that do not happen after it,
// then the next event of `actor`, whose clock is given.
Actors Search::initials(std::size_t from, std::size_t events, ActorId actor,
                        const Clock& clock) const {
  const Node& first = path_[from];
  std::uint16_t own = first.clock[first.actor];
  Actors in_v = 0;  // actors with an event in v so far
  Actors out = 0;
  auto consider = [&](ActorId who, const Clock& when) {
    if ((in_v & set_of(who)) != 0) return;
    in_v |= set_of(who);
    // Initial when nothing in v happens before it: no event of another actor of v.
    for (std::size_t j = from + 1; j < events; ++j) {
      const Node& other = path_[j];
      if (&when == &other.clock) break;
      if (other.clock[first.actor] >= own) continue;
      if (when[other.actor] >= other.clock[other.actor]) return;
    }
    out |= set_of(who);
  };
  for (std::size_t j = from + 1; j < events; ++j) {
    if (path_[j].clock[first.actor] < own) consider(path_[j].actor, path_[j].clock);
  }
  // The later event itself only when nothing else can be first: without the earlier event it may
  // read and write something else than it did, so what it depends on there is not known.
  if (out == 0) consider(actor, clock);
  return out;
}

// Who waits for ever was perhaps too late: its pending step races like one that was taken.
void Search::races_of_waiting(const Model& model) {
  for (ActorId actor = 0; actor < model.actors(); ++actor) {
    prints.begin(model);
    Ready ready = model.ready(actor);
    Footprint& waits_for = waits_for_[actor];
    grew_ = waits_for.merge(prints.end()) || grew_;
    if (ready == Ready::waits) find_races({actor, waits_for, waits_for, clocks_[actor]}, depth_);
  }
}

std::uint64_t Search::class_of_run() const {
  std::uint64_t sum = 0;  // of the events with what happens before each: no order among them
  std::array<Clock, kMaxActors> latest{};
  std::vector<Clock> clocks(depth_);
  for (std::size_t i = 0; i < depth_; ++i) {
    ActorId actor = path_[i].actor;
    Clock clock = latest[actor];
    for (std::size_t j = 0; j < i; ++j) {
      if (path_[j].touched.conflicts(path_[i].touched)) join(clock, clocks[j]);
    }
    ++clock[actor];
    clocks[i] = latest[actor] = clock;
    std::uint64_t h = hash_mix(actor + 1);
    for (std::uint16_t n : clock) h = hash_mix(h + n);
    sum += hash_mix(h);
  }
  return sum;
}

void Search::finish_run(const Outcome& outcome) {
  Report& report = tally_.report;
  if (fault_.empty() && runner_.model() != nullptr && runner_.model()->actors() == 0)
    fault_ = "the stateless engine takes only models that say their actors";
  Outcome counted = outcome;
  if (!fault_.empty()) counted.broken = fault_;
  tally_.add(runner_, counted);
  if (!fault_.empty()) return;
  // Also of a run that fell asleep: where it goes on, in another run, they have executed.
  if (reduced() && runner_.model() != nullptr) races_of_waiting(*runner_.model());
  if (outcome.left) return;
  ++report.classes;
  if (options_.classes != nullptr) options_.classes->insert(class_of_run());
  if (options_.failures != nullptr && !outcome.broken.empty())
    options_.failures->insert(outcome.broken);
}

bool Search::begin_anew() {
  grew_ = false;
  path_.clear();
  known_ = 0;
  visited_.clear();
  tally_.report.classes = 0;
  if (options_.classes != nullptr) options_.classes->clear();
  return true;
}

// To the last place where another actor is still to be tried. False: there is none.
bool Search::next_branch() {
  path_.resize(depth_);  // the last node may have taken no event
  while (!path_.empty()) {
    Node& node = path_.back();
    node.sleep.push_back({node.actor, node.footprint});
    Actors left = node.backtrack & node.enabled;
    for (const Sleeper& sleeper : node.sleep) left &= ~set_of(sleeper.actor);
    if (left != 0) {
      node.actor = static_cast<ActorId>(__builtin_ctz(left));
      known_ = path_.size() - 1;
      return true;
    }
    path_.pop_back();
  }
  return false;
}

}  // namespace

Report stateless(const Scenario& scenario, Bounds bounds, StatelessOptions options) {
  return Search(scenario, bounds, options).go();
}

}  // namespace tutti::explore
