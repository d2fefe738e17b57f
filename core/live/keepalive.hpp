#pragma once
// Keepalive: when to ping, when a peer is late, when it is dead. A value beside each WebSocket; one
// timer serves all.

#include "core/base/limits.hpp"
#include "core/base/state.hpp"
#include "core/base/time.hpp"

namespace tutti::live {

class Keepalive {
 public:
  explicit Keepalive(ServerTime now)
      : heard_(now), message_(now), ping_at_(now + limits::kHeartbeat) {}

  // Any byte proves that the peer lives; a message (not a heartbeat) also ends idleness.
  void heard(ServerTime now) {
    heard_ = now;
    waiting_ = false;
  }
  void message(ServerTime now) { message_ = now; }
  bool waiting() const { return waiting_; }

  struct Verdict {
    bool dead = false;   // nothing for 75 s
    bool late = false;   // a ping was not answered within a heartbeat
    bool quiet = false;  // no message for 30 s
    bool ping = false;   // send one now
  };
  Verdict tick(ServerTime now) {
    Verdict verdict;
    verdict.dead = now - heard_ >= limits::kDead;
    verdict.quiet = now - message_ >= limits::kIdle;
    if (now < ping_at_ || verdict.dead) return verdict;
    verdict.late = waiting_;
    verdict.ping = true;
    waiting_ = true;
    ping_at_ = now + limits::kHeartbeat;
    return verdict;
  }
  // When tick has something to say next.
  ServerTime next(ServerTime now) const {
    ServerTime at = ping_at_;
    if (heard_ + limits::kDead < at) at = heard_ + limits::kDead;
    ServerTime idle = message_ + limits::kIdle;
    if (now < idle && idle < at) at = idle;
    return at;
  }

  void describe(StateWriter& out) const {
    out.time(heard_);
    out.time(message_);
    out.time(ping_at_);
    out.number(waiting_);
  }

 private:
  ServerTime heard_;
  ServerTime message_;
  ServerTime ping_at_;
  bool waiting_ = false;  // for the answer to a ping
};

}  // namespace tutti::live
