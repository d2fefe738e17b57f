#pragma once
// Dialer: outgoing connections by key. At most one dial in flight and one connection alive per key;
// a failed one is dialled again after a growing, jittered delay; connect and disconnect in any
// order leave exactly what was asked last.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "core/base/ids.hpp"
#include "core/base/limits.hpp"
#include "core/base/observed.hpp"
#include "core/base/random.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/base/table.hpp"
#include "core/base/timers.hpp"

namespace tutti::live {

// What ended a connection, as the peer gave it: decides whether it is dialled again.
enum class Goodbye : std::uint8_t { lost, restart, shutdown, another_server, user };
// Lost and restarting peers are dialled again; the others meant it.
bool redials(Goodbye goodbye);

class Dialer {
 public:
  struct Dial {
    Handle attempt;  // comes back with the outcome
    std::string key;
    std::string address;
  };
  struct CancelDial {
    Handle attempt;
  };
  struct Hangup {
    Handle attempt;  // of the dial that made the connection
  };
  using Effect = std::variant<Dial, CancelDial, Hangup>;

  explicit Dialer(Random& random, Recorder* recorder = nullptr)
      : random_(random), attempts_(recorder), timers_(recorder), recorder_(recorder) {}

  void connect(const std::string& key, const std::string& address, Now now);
  void disconnect(const std::string& key, Now now);
  // Outcomes. One of an attempt that is no longer the key's is dropped, and its connection hung up.
  void dialed(Handle attempt, Now now);
  void failed(Handle attempt, Now now);
  void ended(Handle attempt, Goodbye goodbye, Now now);

  std::optional<Effect> poll();
  ServerTime deadline() const { return timers_.deadline(); }
  std::optional<TimerKey> take_due(Now now) { return timers_.take_due(now.mono); }
  void fire(TimerKey key, Now now);

  bool wanted(const std::string& key) const;
  bool connected(const std::string& key) const;
  std::size_t in_flight(const std::string& key) const;  // 0 or 1
  std::uint64_t merged() const { return Projection::of(merged_); }
  void describe(StateWriter& out) const;

 private:
  enum class Phase : std::uint8_t { idle, dialing, connected, waiting };
  struct Attempt {
    std::string key;
  };
  struct Target {
    std::string address;
    bool wanted = false;
    Phase phase = Phase::idle;
    Handle attempt;
    int failures = 0;
    std::uint64_t number = 0;  // names its timer
  };

  static bool is_free(const Target& target);
  void dial(const std::string& key, Target& target);
  void wait(Target& target, Now now);
  void release(Target& target);
  Target* current(Handle attempt);
  TimerKey timer(const Target& target) const { return {2, 0, target.number}; }

  Random& random_;
  Table<Attempt> attempts_;
  std::unordered_map<std::string, Target> targets_;
  std::unordered_map<std::uint64_t, std::string> by_number_;
  std::uint64_t numbers_ = 0;
  Timers timers_;
  Ring<Effect> effects_{1 << 16};
  Observed<std::uint64_t> merged_;
  Recorder* recorder_;
};

}  // namespace tutti::live
