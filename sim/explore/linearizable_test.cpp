// Guards: a history is called linearizable if and only if some order of its calls keeps real time
// and gives its results. How: examples from the papers, and generated histories against a search
// through all permutations.
#include "sim/explore/linearizable.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;

namespace {

constexpr int kNone = -1;  // the result of taking from what is empty

struct Op {
  std::string name;
  int argument = 0;
  std::optional<int> result = std::nullopt;
  std::string text() const {
    return name + "(" + std::to_string(argument) + ")" +
           (result ? " -> " + std::to_string(*result) : "");
  }
};

// What the object answers; the base of each specification below.
template <class Object>
struct Spec {
  Object object;
  bool apply(const Op& op) {
    int answer = object.answer(op);
    return !op.result || *op.result == answer;
  }
  friend bool operator==(const Spec&, const Spec&) = default;
};

struct RegisterObject {
  int value = 0;
  int answer(const Op& op) { return op.name == "write" ? (value = op.argument, 0) : value; }
  friend bool operator==(const RegisterObject&, const RegisterObject&) = default;
};
template <bool kLast>
struct LineObject {
  std::deque<int> items;
  int answer(const Op& op) {
    if (op.name == "put") return items.push_back(op.argument), 0;
    if (items.empty()) return kNone;
    int item = kLast ? items.back() : items.front();
    if (kLast) items.pop_back();
    else items.pop_front();
    return item;
  }
  friend bool operator==(const LineObject&, const LineObject&) = default;
};
struct SetObject {
  std::set<int> items;
  int answer(const Op& op) {
    if (op.name == "put") return items.insert(op.argument).second ? 1 : 0;
    if (op.name == "take") return items.erase(op.argument) != 0 ? 1 : 0;
    return items.contains(op.argument) ? 1 : 0;
  }
  friend bool operator==(const SetObject&, const SetObject&) = default;
};
using Register = Spec<RegisterObject>;
using Queue = Spec<LineObject<false>>;
using Stack = Spec<LineObject<true>>;
using Set = Spec<SetObject>;

// "a put 1", "a = 0" (a's call returns), one event a line: as the papers draw them.
struct Drawn {
  History<Op> history;
  std::map<std::string, std::size_t> open;
  Drawn& call(const std::string& actor, std::string name, int argument = 0) {
    open[actor] = history.invoke(actor, {std::move(name), argument});
    return *this;
  }
  Drawn& back(const std::string& actor, int result = 0) {
    history.returned(open.at(actor), result);
    return *this;
  }
};

template <class S>
bool fits(const Drawn& drawn) {
  return bool(linearizable(drawn.history, S{}));
}

// Every order of every set of calls that holds all that returned.
template <class S>
bool by_brute_force(const History<Op>& history) {
  const auto& calls = history.calls();
  std::vector<std::size_t> order(calls.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  // A pending call that did not happen stands behind the others: so prefixes are enough.
  do {
    S state{};
    std::size_t returned = 0, all = 0;
    for (const auto& call : calls) all += call.returned ? 1 : 0;
    std::size_t i = 0;
    for (; i < order.size() && returned < all; ++i) {
      bool early = true;
      for (std::size_t k = i + 1; k < order.size(); ++k) {
        const auto& later = calls[order[k]];
        early = early && !(later.returned && *later.returned < calls[order[i]].invoked);
      }
      if (!early || !state.apply(calls[order[i]].op)) break;
      returned += calls[order[i]].returned ? 1 : 0;
    }
    if (returned == all) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

// A history of a real object whose calls take effect at some moment between invocation and return,
// in which some results are then changed; some calls stay pending, with effect or without.
template <class Object>
History<Op> draw_history(Choose& choose, std::initializer_list<const char*> names,
                         std::uint32_t calls_max) {
  struct Actor {
    std::optional<std::size_t> id;
    std::optional<int> answer;
  } actors[3];
  History<Op> history;
  Object object;
  std::uint32_t calls = choose.choose(calls_max + 1, "calls");
  for (std::uint32_t step = 0; step < 3 * calls; ++step) {
    std::uint32_t who = choose.choose(3, "actor");
    Actor& actor = actors[who];
    if (!actor.id) {
      if (history.calls().size() == calls) continue;
      Op op{pick(choose, names, "operation"), static_cast<int>(choose.choose(3, "argument"))};
      actor.id = history.invoke(std::string(1, static_cast<char>('a' + who)), op);
    } else if (!actor.answer) {
      actor.answer = object.answer(history.calls()[*actor.id].op);
    } else {
      bool lie = choose.choose(6, "lie") == 5;
      history.returned(*actor.id,
                       lie ? static_cast<int>(choose.choose(4, "result")) + kNone : *actor.answer);
      actor = {};
    }
  }
  return history;
}

// The same calls with another idea of time: what a checker would see that does not keep real time,
// that leaves pending calls out, or that takes them for done.
History<Op> retold(const History<Op>& history, bool overlap, bool drop_pending,
                   bool force_pending) {
  History<Op> out;
  std::vector<std::size_t> id(history.calls().size());
  for (std::size_t event = 0; event < history.events(); ++event) {
    for (std::size_t i = 0; i < id.size(); ++i) {
      const auto& call = history.calls()[i];
      if (call.invoked == event && (call.returned || !drop_pending))
        id[i] = out.invoke(call.actor, call.op);
      if (call.returned == event && !overlap) out.returned(id[i], *call.op.result);
    }
  }
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto& call = history.calls()[i];
    if (call.returned && overlap) out.returned(id[i], *call.op.result);
    if (!call.returned && force_pending) out.returned(id[i], std::optional<int>());
  }
  return out;
}

// A specification whose memo forgets the state.
template <class S>
struct Blind : S {
  friend bool operator==(const Blind&, const Blind&) { return true; }
};

struct Counts {
  int yes = 0, no = 0, out_of_time = 0, out_of_pending = 0, out_of_blind = 0;
};

// Returns how often each wrong variant disagrees with all permutations; the checker never may.
template <class Object>
Counts compared(std::uint64_t seed, std::initializer_list<const char*> names) {
  using S = Spec<Object>;
  Counts n;
  CHECK_FOR_ALL(seed, 3000, [&](Choose& choose) {
    History<Op> history = draw_history<Object>(choose, names, 6);
    bool expected = by_brute_force<S>(history);
    LinearizableReport report = linearizable(history, S{});
    FAIL_UNLESS(bool(report) == expected, report.text);
    if (expected) {  // and the order that it names is one
      S state{};
      for (std::size_t id : report.order) FAIL_UNLESS(state.apply(history.calls()[id].op));
    }
    ++(expected ? n.yes : n.no);
    n.out_of_time += bool(linearizable(retold(history, true, false, false), S{})) != expected;
    n.out_of_pending += bool(linearizable(retold(history, false, true, false), S{})) != expected;
    n.out_of_blind += bool(linearizable(history, Blind<S>{})) != expected;
    return kHolds;
  });
  return n;
}

}  // namespace

TEST_CASE("linearizable: it agrees with all permutations, and three wrong checkers do not") {
  for (const Counts& n : {compared<RegisterObject>(1, {"read", "write"}),
                          compared<LineObject<false>>(2, {"put", "take"}),
                          compared<LineObject<true>>(3, {"put", "take"}),
                          compared<SetObject>(4, {"put", "take", "has"})}) {
    CHECK(n.yes > 500);
    CHECK(n.no > 300);
    CHECK(n.out_of_time > 0);     // ignores real time
    CHECK(n.out_of_pending > 0);  // a pending call never took effect
    CHECK(n.out_of_blind > 0);    // remembers the calls taken without the state
  }
}

TEST_CASE("linearizable: a pending call that must happen last may as well not have happened") {
  // That is why "takes pending calls for done" is no wrong checker where every operation is always
  // possible; with one that is not, it is.
  struct Once : Spec<RegisterObject> {
    bool apply(const Op& op) {
      return (op.name != "write" || object.value == 0) && Spec::apply(op);
    }
  };
  Drawn d;
  d.call("a", "write", 1).call("b", "write", 2).back("a").call("c", "read").back("c", 1);
  CHECK(bool(linearizable(d.history, Once{})));
  CHECK_FALSE(bool(linearizable(retold(d.history, false, false, true), Once{})));
}

TEST_CASE("linearizable: the queues of Herlihy and Wing's figure 1") {
  // (a) overlapping puts, takes in the other order; (b) a put before another, taken after it;
  // (c) an unreturned put that is taken; (d) one item taken twice.
  CHECK(fits<Queue>(Drawn()
                        .call("a", "put", 1)
                        .call("b", "put", 2)
                        .back("b")
                        .back("a")
                        .call("a", "take")
                        .back("a", 2)
                        .call("b", "take")
                        .back("b", 1)));
  CHECK_FALSE(fits<Queue>(Drawn()
                              .call("a", "put", 1)
                              .back("a")
                              .call("b", "put", 2)
                              .call("a", "take")
                              .back("b")
                              .back("a", 2)));
  CHECK(fits<Queue>(Drawn().call("a", "put", 1).call("b", "take").back("b", 1)));
  CHECK_FALSE(fits<Queue>(Drawn()
                              .call("a", "put", 1)
                              .call("b", "put", 2)
                              .back("a")
                              .back("b")
                              .call("a", "take")
                              .call("c", "take")
                              .back("a", 2)
                              .back("c", 2)));
}

TEST_CASE("linearizable: registers, stacks and sets, by hand") {
  // Two readers who see a write in different orders; the same with the reads overlapping.
  CHECK_FALSE(fits<Register>(Drawn()
                                 .call("a", "write", 1)
                                 .call("b", "read")
                                 .back("b", 1)
                                 .call("c", "read")
                                 .back("c", 0)
                                 .back("a")));
  CHECK(fits<Register>(Drawn()
                           .call("a", "write", 1)
                           .call("b", "read")
                           .call("c", "read")
                           .back("b", 1)
                           .back("c", 0)
                           .back("a")));
  // The last put is taken first, unless the puts overlap.
  CHECK_FALSE(fits<Stack>(Drawn()
                              .call("a", "put", 1)
                              .back("a")
                              .call("a", "put", 2)
                              .back("a")
                              .call("b", "take")
                              .back("b", 1)));
  CHECK(fits<Stack>(Drawn()
                        .call("a", "put", 1)
                        .call("c", "put", 2)
                        .back("a")
                        .back("c")
                        .call("b", "take")
                        .back("b", 1)));
  // Check, then act: both are told that they were the first.
  CHECK_FALSE(fits<Set>(Drawn().call("a", "put", 1).call("b", "put", 1).back("a", 1).back("b", 1)));
  CHECK(fits<Set>(Drawn().call("a", "put", 1).call("b", "put", 1).back("a", 0).back("b", 1)));
}

TEST_CASE("linearizable: a pending call may have happened, at any time since, or not at all") {
  for (int seen : {0, 1})
    CHECK(fits<Register>(Drawn().call("a", "write", 1).call("b", "read").back("b", seen)));
  CHECK_FALSE(fits<Register>(
      Drawn().call("a", "write", 1).call("b", "read").back("b", 1).call("b", "read").back("b", 0)));
  CHECK_FALSE(fits<Register>(Drawn().call("b", "read").back("b", 1).call("a", "write", 1)));
  CHECK(fits<Register>(Drawn()));
  CHECK(fits<Register>(Drawn().call("a", "read")));
}

TEST_CASE(
    "linearizable: what does not fit is told with the longest prefix and what cannot follow") {
  Drawn d;
  d.call("anna", "put", 1).back("anna").call("ben", "put", 2).back("ben");
  d.call("anna", "take").call("ben", "take").call("carl", "put", 3);
  d.back("anna", 1).back("ben", 1);
  LinearizableReport report = linearizable(d.history, Queue{});
  CHECK(report.verdict == Linearizable::no);
  CHECK(report.text ==
        "not linearizable: at most 4 of 5 calls fit in an order\n"
        "  anna put(1) -> 0\n  ben put(2) -> 0\n  anna take(0) -> 1\n  carl put(3) (pending)\n"
        "and none of these can follow\n"
        "  ben take(0) -> 1\n");
  Drawn first;
  first.call("anna", "read").back("anna", 5);
  CHECK(linearizable(first.history, Register{}).text ==
        "not linearizable: at most 0 of 1 calls fit in an order\n"
        "and none of these can follow\n  anna read(0) -> 5\n");
}

TEST_CASE("linearizable: the memo keeps overlapping calls cheap, and the bound says undecided") {
  Drawn d;
  for (int i = 0; i < 12; ++i) d.call(std::to_string(i), "write", i % 2);
  for (int i = 0; i < 12; ++i) d.back(std::to_string(i));
  d.call("r", "read").back("r", 7);
  LinearizableReport report = linearizable(d.history, Register{});
  CHECK(report.verdict == Linearizable::no);
  CHECK(report.states <= 2 * 4096);  // subsets and values, not 12! orders
  CHECK(linearizable(d.history, Register{}, 100).verdict == Linearizable::undecided);
}
