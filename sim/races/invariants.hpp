#pragma once
// What rows of the table and the shipped machines are both held to, as objects that are told what
// happens and say what is broken. Ids are small numbers that the model gives: a connection's
// generation, a key, a producer. Each call depends on each other call of the same object.

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/explore/actors.hpp"

namespace tutti::races {

class Invariant : public explore::Observer {
 public:
  using Observer::Observer;
  // What is broken since the start, empty while all holds.
  std::string_view broken() const { return broken_; }

 protected:
  // The first promise that was broken stays.
  void require(bool holds, const char* otherwise) {
    touch();
    if (!holds && broken_.empty()) broken_ = otherwise;
  }

 private:
  std::string_view broken_;
};

// The first of several that says something.
template <class... Texts>
std::string_view first_broken(std::string_view first, Texts... rest) {
  if constexpr (sizeof...(rest) == 0) return first;
  else return first.empty() ? first_broken(rest...) : first;
}

// Ids of one object are below this.
inline constexpr std::size_t kIds = 8;

// Nothing is sent on a connection that is not open yet or has ended (report 000, RC-1, RC-4;
// report 004, pattern 1). `gen` is one life of a connection.
class SentOnlyWhileOpen : public Invariant {
 public:
  SentOnlyWhileOpen() : Invariant("sent only while open") {}
  void opened(std::size_t gen) { touch(), phase_.at(gen) = Phase::open; }
  void ended(std::size_t gen) { touch(), phase_.at(gen) = Phase::ended; }
  void sent(std::size_t gen) {
    require(phase_.at(gen) != Phase::fresh, "sent before the connection was open");
    require(phase_.at(gen) != Phase::ended, "sent on a connection that had ended");
  }
  void state(StateWriter& out) const {
    for (Phase each : phase_) out.number(static_cast<std::uint64_t>(each));
  }

 private:
  enum class Phase : std::uint8_t { fresh, open, ended };
  std::array<Phase, kIds> phase_{};
};

// A connection is cleaned up once, and who asked for it goes on afterwards (report 000, RC-2,
// RC-7).
class ClosedOnce : public Invariant {
 public:
  ClosedOnce() : Invariant("closed once") {}
  void closed(std::size_t gen) { require(++closed_.at(gen) == 1, "cleaned up twice"); }
  // A caller of `disconnect` goes on.
  void returned(std::size_t gen) {
    require(closed_.at(gen) > 0, "a disconnect returned before the cleanup");
  }
  int times(std::size_t gen) const { return look(), closed_.at(gen); }
  void state(StateWriter& out) const {
    for (std::uint8_t each : closed_) out.number(each);
  }

 private:
  std::array<std::uint8_t, kIds> closed_{};
};

// What was accepted for sending is delivered or reported as lost, by the end (report 000, RC-5).
class DeliveredOrReported : public Invariant {
 public:
  DeliveredOrReported() : Invariant("delivered or reported") {}
  void accepted(std::size_t id) { touch(), set(accepted_, id); }
  void delivered(std::size_t id) {
    require((accepted_ >> id & 1) != 0, "delivered, though it was never accepted");
    set(settled_, id);
  }
  void reported(std::size_t id) { touch(), set(settled_, id); }
  // To be asked when nothing is left to happen.
  std::string_view missing() const {
    return (accepted_ & ~settled_) == 0 ? "" : "an accepted message was lost without a word";
  }
  void state(StateWriter& out) const { out.number(accepted_ << 16 | settled_); }

 private:
  static void set(std::uint32_t& bits, std::size_t id) { bits |= 1U << id; }
  std::uint32_t accepted_ = 0, settled_ = 0;
};

// Of each key at most one lives: dials of one URL, runs of one session, registrations of one
// connection (report 000, RC-9, RC-10; report 001, 3; report 003, test 1).
class OneLivePerKey : public Invariant {
 public:
  OneLivePerKey() : Invariant("one live per key") {}
  void began(std::size_t key) { require(++live_.at(key) == 1, "two live ones of one key"); }
  void ended(std::size_t key) { require(live_.at(key)-- > 0, "ended, though none lived"); }
  int live(std::size_t key) const { return look(), live_.at(key); }
  void state(StateWriter& out) const {
    for (std::uint8_t each : live_) out.number(each);
  }

 private:
  std::array<std::uint8_t, kIds> live_{};
};

// What a producer gave, numbered from 1, is delivered once and in its order; what it was told to be
// refused is not missed (report 004, pattern 3 and suite 2).
class ExactlyOnceInOrder : public Invariant {
 public:
  ExactlyOnceInOrder() : Invariant("exactly once, in order") {}
  void produced(std::size_t producer) { touch(), ++produced_.at(producer); }
  void delivered(std::size_t producer, std::uint8_t n) {
    require(n <= produced_.at(producer), "delivered, though it was never produced");
    require(n != last_.at(producer), "delivered twice");
    require(n >= last_.at(producer), "delivered out of order");
    last_.at(producer) = n;
    ++settled_.at(producer);
  }
  void refused(std::size_t producer) { touch(), ++settled_.at(producer); }
  // To be asked when nothing is left to happen.
  std::string_view missing() const {
    return produced_ == settled_ ? "" : "something was never delivered";
  }
  void state(StateWriter& out) const {
    for (std::size_t i = 0; i < kIds; ++i)
      out.number(std::uint64_t{produced_[i]} << 16 | settled_[i] << 8 | last_[i]);
  }

 private:
  std::array<std::uint8_t, kIds> produced_{}, settled_{}, last_{};
};

// An answer "ready" is given exactly for what is registered and live (report 003, tests 4 and 5).
class ReadyIfLive : public Invariant {
 public:
  ReadyIfLive() : Invariant("ready if live") {}
  void registered(std::size_t id) { touch(), phase_.at(id) = Phase::registered; }
  void live(std::size_t id) { touch(), phase_.at(id) = Phase::live; }
  void ended(std::size_t id) { touch(), phase_.at(id) = Phase::unknown; }
  bool is_live(std::size_t id) const { return look(), phase_.at(id) == Phase::live; }
  void answered(std::size_t id, bool ready) {
    require(!ready || phase_.at(id) != Phase::unknown, "ready, though nothing is registered");
    require(!ready || phase_.at(id) == Phase::live, "ready, though it is not live yet");
    require(ready || phase_.at(id) != Phase::live, "not ready, though it is live");
  }
  void state(StateWriter& out) const {
    for (Phase each : phase_) out.number(static_cast<std::uint64_t>(each));
  }

 private:
  enum class Phase : std::uint8_t { unknown, registered, live };
  std::array<Phase, kIds> phase_{};
};

// Who reads a state gets the one there is (report 004, pattern 4 and suite 4).
class ReadsAgree : public Invariant {
 public:
  ReadsAgree() : Invariant("reads agree") {}
  void became(int state) { touch(), state_ = state; }
  void read(int state) { require(state == state_, "a reader acts on a state that is over"); }
  void state(StateWriter& out) const { out.number(static_cast<std::uint64_t>(state_)); }

 private:
  int state_ = 0;
};

// What is meant for one reaches that one only (report 004, suites 1 and 3).
class OwnOnly : public Invariant {
 public:
  OwnOnly() : Invariant("own only") {}
  void reached(std::size_t who, std::size_t meant_for) {
    require(who == meant_for, "it reached somebody else");
  }
  void state(StateWriter&) const {}
};

}  // namespace tutti::races
