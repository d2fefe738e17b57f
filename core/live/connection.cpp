#include "core/live/connection.hpp"

#include "core/base/check.hpp"

namespace tutti::live {
namespace {

constexpr std::uint8_t bit(State state) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(state));
}

// Row: from. What is not here is a bug.
constexpr std::uint8_t kAllowed[] = {
    /* opening  */ bit(State::live) | bit(State::closing) | bit(State::closed),
    /* live     */ bit(State::idle) | bit(State::degraded) | bit(State::closing) |
        bit(State::closed),
    /* idle     */ bit(State::live) | bit(State::degraded) | bit(State::closing) |
        bit(State::closed),
    /* degraded */ bit(State::live) | bit(State::closing) | bit(State::closed),
    /* closing  */ bit(State::closed),
    /* closed   */ 0,
};
static_assert(sizeof kAllowed == static_cast<std::size_t>(State::kCount));

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::opening: return "opening";
    case State::live: return "live";
    case State::idle: return "idle";
    case State::degraded: return "degraded";
    case State::closing: return "closing";
    case State::closed: return "closed";
    case State::kCount: break;
  }
  return "unknown";
}

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::latched: return "latched";
    case Cause::message: return "message";
    case Cause::quiet: return "quiet";
    case Cause::pong_late: return "pong_late";
    case Cause::backlog: return "backlog";
    case Cause::recovered: return "recovered";
    case Cause::close: return "close";
    case Cause::finished: return "finished";
  }
  return "unknown";
}

bool allowed(State from, State to) {
  return (kAllowed[static_cast<std::size_t>(from)] & bit(to)) != 0;
}

void Connection::move_to(State to, Cause cause, Now now) {
  INVARIANT(allowed(state_, to));
  history_.note(Transition{state_, to, cause, ++version_, now.wall});
  state_ = to;
}

bool Connection::ended() const {
  switch (state_) {
    case State::closing:
    case State::closed: return true;
    default: return false;
  }
}

bool Connection::may_send() const {
  switch (state_) {
    case State::live:
    case State::idle:
    case State::degraded: return true;
    default: return false;
  }
}

void Connection::set(Latch latch, Now now) {
  if (ended()) return;
  latches_ |= static_cast<std::uint8_t>(latch);
  switch (state_) {
    case State::opening:
      if (GUARD("connection.all_latches", latches_ == kAllLatches))
        move_to(State::live, Cause::latched, now);
      return;
    default: return;
  }
}

void Connection::on_message(Now now) {
  switch (state_) {
    case State::idle: move_to(State::live, Cause::message, now); return;
    default: return;
  }
}

void Connection::on_quiet(Now now) {
  switch (state_) {
    case State::live: move_to(State::idle, Cause::quiet, now); return;
    default: return;
  }
}

void Connection::on_degraded(Cause cause, Now now) {
  switch (state_) {
    case State::live:
    case State::idle: move_to(State::degraded, cause, now); return;
    default: return;
  }
}

void Connection::on_recovered(Now now) {
  switch (state_) {
    case State::degraded: move_to(State::live, Cause::recovered, now); return;
    default: return;
  }
}

std::optional<CloseReason> Connection::close(CloseReason reason, Now now) {
  if (!GUARD("connection.close_once", !ended())) return std::nullopt;
  if (allowed(state_, State::closing)) move_to(State::closing, Cause::close, now);
  return reason;
}

void Connection::finish(Now now) {
  if (allowed(state_, State::closed)) move_to(State::closed, Cause::finished, now);
}

void Connection::describe(StateWriter& out) const {
  out.number(static_cast<std::uint64_t>(state_));
  out.number(latches_);
}

}  // namespace tutti::live
