// Guards: connect and disconnect in any order leave exactly what was asked last, with one dial per
// key and nothing orphaned; delays grow and jitter. How: every sequence up to length 5 with every
// interleaving of outcomes.
#include "core/live/dialer.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "core/base/choose.hpp"

using namespace tutti;
using namespace tutti::live;

namespace {

struct World {
  enum class Attempt { dialing, connected, over };
  SeededRandom random{5};
  Dialer dialer{random};
  Now now{{1'000'000}, {}};
  std::vector<std::pair<Handle, Attempt>> attempts;
  int hangups = 0;

  // What the shell does with effects: a dial begins; a cancelled one or a hung up connection is
  // over and says so.
  void drain() {
    while (auto effect = dialer.poll()) {
      if (auto* dial = std::get_if<Dialer::Dial>(&*effect))
        attempts.emplace_back(dial->attempt, Attempt::dialing);
      if (auto* hangup = std::get_if<Dialer::Hangup>(&*effect))
        ++hangups, end(hangup->attempt, Attempt::connected);
      // A cancelled dial may have succeeded meanwhile: its outcome still comes, `outcome` decides
      // which.
    }
  }
  void end(Handle handle, Attempt was) {
    for (auto& [attempt, state] : attempts) {
      if (attempt == handle && state == was) state = Attempt::over;
    }
  }
  std::vector<std::size_t> open(Attempt state) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (attempts[i].second == state) out.push_back(i);
    }
    return out;
  }
  void succeed(std::size_t i) {
    attempts[i].second = Attempt::connected;
    dialer.dialed(attempts[i].first, now);
    drain();
  }
  void fail(std::size_t i) {
    attempts[i].second = Attempt::over;
    dialer.failed(attempts[i].first, now);
    drain();
  }
  void end_with(std::size_t i, Goodbye goodbye) {
    attempts[i].second = Attempt::over;
    dialer.ended(attempts[i].first, goodbye, now);
    drain();
  }
  void fire() {
    now.mono = std::max(now.mono, dialer.deadline());
    while (auto key = dialer.take_due(now)) dialer.fire(*key, now);
    drain();
  }
};
using Attempt = World::Attempt;

// Every decision sequence, by counting: digits are choices, each with its own radix.
class AllChoices {
 public:
  std::size_t choose(std::size_t n) {
    if (at_ == digits_.size()) digits_.emplace_back(0, n);
    return digits_[at_++].first;
  }
  bool next() {
    at_ = 0;
    while (!digits_.empty() && ++digits_.back().first == digits_.back().second) digits_.pop_back();
    return !digits_.empty();
  }

 private:
  std::vector<std::pair<std::size_t, std::size_t>> digits_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE(
    "dialer: connect and disconnect in any order, outcomes at any time, leave exactly what was "
    "asked last") {
  AllChoices all;
  std::size_t runs = 0, merged = 0, late_successes = 0;
  do {
    World w;
    bool wanted = false;
    for (std::size_t asked = 0; asked < 5; ++asked) {
      // Before each request any outcome that is due, or none.
      auto dialing = w.open(Attempt::dialing);
      std::size_t pick = all.choose(2 * dialing.size() + 1);
      if (pick > 0 && pick <= dialing.size()) {
        if (!wanted) ++late_successes;
        w.succeed(dialing[pick - 1]);
      } else if (pick > 0) {
        w.fail(dialing[pick - 1 - dialing.size()]);
      }
      wanted = all.choose(2) == 0;
      if (wanted) w.dialer.connect("a", "ws://a", w.now);
      else w.dialer.disconnect("a", w.now);
      w.drain();
      REQUIRE(w.dialer.in_flight("a") <= 1);
      REQUIRE(w.dialer.wanted("a") == wanted);
      REQUIRE(w.open(Attempt::connected).size() <= 1);
    }
    merged += w.dialer.merged();
    // Let everything that is out come to its end, successfully.
    for (int i = 0; i < 20; ++i) {
      if (auto dialing = w.open(Attempt::dialing); !dialing.empty()) w.succeed(dialing.front());
      else if (w.dialer.deadline() != kNever) w.fire();
    }
    REQUIRE(w.open(Attempt::dialing).empty());
    REQUIRE(w.open(Attempt::connected).size() == (wanted ? 1U : 0U));
    REQUIRE(w.dialer.connected("a") == wanted);
    REQUIRE(w.dialer.in_flight("a") == 0);
    REQUIRE(w.dialer.deadline() == kNever);
    ++runs;
  } while (all.next());
  CHECK(runs > 200);
  CHECK(merged > 0);
  CHECK(late_successes > 0);
}

TEST_CASE("dialer: two keys do not disturb each other") {
  World w;
  w.dialer.connect("a", "ws://a", w.now);
  w.dialer.connect("b", "ws://b", w.now);
  w.drain();
  REQUIRE(w.attempts.size() == 2);
  w.succeed(1);
  w.dialer.disconnect("a", w.now);
  w.drain();
  CHECK(w.dialer.connected("b"));
  CHECK_FALSE(w.dialer.wanted("a"));
  w.succeed(0);  // too late: hung up
  CHECK(w.hangups == 1);
  CHECK(w.open(Attempt::connected).size() == 1);
}

TEST_CASE(
    "dialer: failures wait 1 s doubling to 300 s within 20 % of jitter, and success starts over") {
  World w;
  w.dialer.connect("a", "ws://a", w.now);
  w.drain();
  std::set<std::int64_t> jitters;
  for (int failures = 0; failures < 40; ++failures) {
    w.fail(w.attempts.size() - 1);
    std::int64_t base = std::min<std::int64_t>(1'000'000LL << std::min(failures, 20), 300'000'000);
    std::int64_t delay = (w.dialer.deadline() - w.now.mono).us;
    CHECK(delay >= base * 8 / 10);
    CHECK(delay <= base * 12 / 10 + 1);
    if (failures >= 9) jitters.insert(delay);
    w.fire();
  }
  CHECK(jitters.size() > 20);
  w.succeed(w.attempts.size() - 1);
  w.end_with(w.attempts.size() - 1, Goodbye::lost);
  CHECK((w.dialer.deadline() - w.now.mono).us <= 1'200'001);
}

TEST_CASE("dialer: the reason of a goodbye decides whether it is dialled again") {
  for (Goodbye goodbye : {Goodbye::lost, Goodbye::restart, Goodbye::shutdown,
                          Goodbye::another_server, Goodbye::user}) {
    World w;
    w.dialer.connect("a", "ws://a", w.now);
    w.drain();
    w.succeed(0);
    w.end_with(0, goodbye);
    bool again = goodbye == Goodbye::lost || goodbye == Goodbye::restart;
    CHECK(redials(goodbye) == again);
    CHECK(w.dialer.wanted("a") == again);
    CHECK((w.dialer.deadline() != kNever) == again);
    w.dialer.connect("a", "ws://a", w.now);  // asked again: at once, and the waiting is over
    w.drain();
    CHECK(w.attempts.size() == 2);
    CHECK(w.dialer.deadline() == kNever);
  }
}
