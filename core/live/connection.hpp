#pragma once
// The life of one connection, as one machine: a phase and four latches before live, one table of
// allowed transitions, one way to close. Nobody keeps a copy of its state; who wants to send asks
// it.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/observed.hpp"
#include "core/base/state.hpp"
#include "core/base/time.hpp"
#include "core/live/close_reason.hpp"

namespace tutti::live {

enum class State : std::uint8_t { opening, live, idle, degraded, closing, closed, kCount };
std::string_view name(State state);

// Set in any order; live is all of them. `attached`: the house has registered it.
enum class Latch : std::uint8_t {
  accepted = 1,
  authenticated = 2,
  services_ready = 4,
  attached = 8
};
inline constexpr std::uint8_t kAllLatches = 15;

enum class Cause : std::uint8_t {
  latched,  // the last latch was set
  message,  // the peer sent one
  quiet,    // none for 30 s
  pong_late,
  backlog,  // its outbox is over half full
  recovered,
  close,     // this side, for the reason noted beside
  finished,  // the socket is gone
};
std::string_view name(Cause cause);

struct Transition {
  State from = State::opening;
  State to = State::opening;
  Cause cause = Cause::latched;
  std::uint32_t version = 0;  // counts the transitions of this connection, from 1
  WallTime at;
};

class Connection {
 public:
  using History = Recent<Transition, 32>;

  // Sets a latch; setting it twice, or when closing, changes nothing.
  void set(Latch latch, Now now);
  bool has(Latch latch) const { return (latches_ & static_cast<std::uint8_t>(latch)) != 0; }

  // True in live, idle and degraded only: unknown is never ready.
  bool may_send() const;
  // True once close or finish was called.
  bool ended() const;
  State state() const { return state_; }

  void on_message(Now now);
  void on_quiet(Now now);
  void on_degraded(Cause cause, Now now);
  void on_recovered(Now now);

  // From anywhere, any number of times: the reason the first time, nothing after.
  std::optional<CloseReason> close(CloseReason reason, Now now);
  // The socket is gone; ends closing. Idempotent.
  void finish(Now now);

  void describe(StateWriter& out) const;
  const Observed<History>& history() const { return history_; }

 private:
  void move_to(State to, Cause cause, Now now);

  State state_ = State::opening;
  std::uint8_t latches_ = 0;
  std::uint32_t version_ = 0;
  Observed<History> history_;
};

// Whether the table allows this step; for tests and the machine itself.
bool allowed(State from, State to);

}  // namespace tutti::live
