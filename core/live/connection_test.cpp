// Guards: one table of transitions, live exactly when all latches are set, one reason however often
// and from wherever a connection is closed. How: all pairs of states, all orders of latches, random
// sequences of everything.
#include "core/live/connection.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::live;

namespace {

constexpr Now at(std::int64_t s) { return {{s * 1'000'000}, {s * 1'000'000}}; }
constexpr Latch kLatches[] = {Latch::accepted, Latch::authenticated, Latch::services_ready,
                              Latch::attached};
constexpr State kStates[] = {State::opening,  State::live,    State::idle,
                             State::degraded, State::closing, State::closed};

// A connection brought into a state by its public doors.
Connection in(State state) {
  Connection c;
  if (state == State::opening) return c;
  for (Latch latch : kLatches) c.set(latch, at(0));
  if (state == State::idle) c.on_quiet(at(0));
  if (state == State::degraded) c.on_degraded(Cause::backlog, at(0));
  if (state == State::closing || state == State::closed) c.close(CloseReason::done, at(0));
  if (state == State::closed) c.finish(at(0));
  return c;
}

}  // namespace

TEST_CASE(
    "connection: exactly the transitions of the table are allowed, for every pair of states") {
  const std::vector<std::pair<State, State>> table = {
      {State::opening, State::live},     {State::opening, State::closing},
      {State::opening, State::closed},   {State::live, State::idle},
      {State::live, State::degraded},    {State::live, State::closing},
      {State::live, State::closed},      {State::idle, State::live},
      {State::idle, State::degraded},    {State::idle, State::closing},
      {State::idle, State::closed},      {State::degraded, State::live},
      {State::degraded, State::closing}, {State::degraded, State::closed},
      {State::closing, State::closed}};
  for (State from : kStates) {
    for (State to : kStates) {
      bool listed = std::find(table.begin(), table.end(), std::pair(from, to)) != table.end();
      INFO(name(from), " to ", name(to));
      CHECK(allowed(from, to) == listed);
    }
  }
}

TEST_CASE("connection: every input in every state moves along the table or not at all") {
  for (State from : kStates) {
    for (int input = 0; input < 8; ++input) {
      Connection c = in(from);
      REQUIRE(c.state() == from);
      switch (input) {
        case 0: c.on_message(at(1)); break;
        case 1: c.on_quiet(at(1)); break;
        case 2: c.on_degraded(Cause::pong_late, at(1)); break;
        case 3: c.on_recovered(at(1)); break;
        case 4: c.close(CloseReason::internal, at(1)); break;
        case 5: c.finish(at(1)); break;
        case 6: c.set(Latch::accepted, at(1)); break;
        default: c.on_degraded(Cause::backlog, at(1)); break;
      }
      CHECK((c.state() == from || allowed(from, c.state())));
    }
  }
}

TEST_CASE("connection: latches in any order make it live exactly once all are set, and once only") {
  std::vector<int> order = {0, 1, 2, 3};
  do {
    Connection c;
    for (std::size_t i = 0; i < order.size(); ++i) {
      CHECK_FALSE(c.may_send());
      Latch latch = kLatches[order[i]];
      c.set(latch, at(1));
      c.set(latch, at(1));  // a second time changes nothing
      CHECK(c.has(latch));
      CHECK(c.may_send() == (i + 1 == order.size()));
    }
    CHECK(c.state() == State::live);
    CHECK(Projection::of(c.history()).total() == 1);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("connection: what is not known to be live may not send") {
  for (State state : kStates) {
    bool ready = state == State::live || state == State::idle || state == State::degraded;
    CHECK(in(state).may_send() == ready);
  }
  CHECK(name(State::kCount) == "unknown");
}

TEST_CASE("connection: closing from any state any number of times gives exactly one reason") {
  for (State state : {State::opening, State::live, State::idle, State::degraded}) {
    Connection c = in(state);
    CHECK_FALSE(c.ended());
    CHECK(c.close(CloseReason::slow_reader, at(1)) == CloseReason::slow_reader);
    CHECK(c.ended());
    CHECK_FALSE(c.close(CloseReason::done, at(2)).has_value());
    for (Latch latch : kLatches) c.set(latch, at(3));
    CHECK_FALSE(c.may_send());
    c.finish(at(4));
    c.finish(at(5));
    CHECK_FALSE(c.close(CloseReason::done, at(6)).has_value());
    CHECK(c.state() == State::closed);
  }
  Connection gone;
  gone.finish(at(1));  // the socket went before anything happened
  CHECK(gone.ended());
  CHECK_FALSE(gone.close(CloseReason::done, at(2)).has_value());
}

TEST_CASE(
    "connection: the history keeps the last 32 transitions with cause, time and a dense version") {
  Connection c = in(State::live);
  for (int i = 1; i <= 50; ++i) {
    if (i % 2 == 1) c.on_quiet(at(i));
    else c.on_message(at(i));
  }
  const auto& history = Projection::of(c.history());
  CHECK(history.total() == 51);
  REQUIRE(history.size() == 32);
  for (std::size_t i = 0; i < history.size(); ++i) {
    CHECK(history[i].version == 20 + i);
    CHECK(history[i].at == at(static_cast<std::int64_t>(19 + i)).wall);
    CHECK(history[i].cause == (i % 2 == 0 ? Cause::quiet : Cause::message));
    if (i > 0) CHECK(history[i].from == history[i - 1].to);
  }
}

TEST_CASE(
    "connection: any sequence of inputs gives one reason, follows the table and never comes back") {
  CHECK_FOR_ALL(1, 2000, [](Choose& draw) {
    Connection c;
    int reasons = 0;
    for (int step = 0; step < 30; ++step) {
      bool was_ended = c.ended();
      switch (draw.choose(7, "input")) {
        case 0: c.set(kLatches[draw.choose(4, "latch")], at(step)); break;
        case 1: c.on_message(at(step)); break;
        case 2: c.on_quiet(at(step)); break;
        case 3: c.on_degraded(Cause::backlog, at(step)); break;
        case 4: c.on_recovered(at(step)); break;
        case 5:
          if (draw.choose(4, "close") == 3) reasons += c.close(CloseReason::done, at(step)) ? 1 : 0;
          break;
        default:
          if (reasons > 0) c.finish(at(step));
      }
      FAIL_UNLESS(!was_ended || c.ended());
    }
    FAIL_UNLESS(reasons <= 1);
    const auto& history = Projection::of(c.history());
    for (std::size_t i = 0; i < history.size(); ++i)
      FAIL_UNLESS(allowed(history[i].from, history[i].to));
    return kHolds;
  });
}
