#pragma once
// DialNode: the shipped dialler of the server, and players that listen, refuse, fall silent, hang
// up with any goodbye, while what is wanted changes.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/live/dialer.hpp"
#include "sim/world/clock.hpp"
#include "sim/world/sim.hpp"

namespace tutti::world {

class DialNode {
 public:
  DialNode(Sim& sim, const Clock& clock, std::uint32_t players, bool unreliable);

  // With the server it lives in.
  void start();
  void end();
  // Every player listens from here on and nobody changes their mind.
  void calm();
  // Every player that is wanted is connected.
  bool settled() const;
  void let_go();
  std::string left_over() const;

  bool stale(const Event& event) const;
  void handle(const Event& event);
  std::uint64_t dials() const { return dials_; }

 private:
  enum class Door : std::uint8_t { open, refuses, silent };
  struct Player {
    std::string key;
    Door door = Door::open;
    bool wish = false;              // what was asked for last
    bool may_dial = false;          // false after a goodbye that means it
    bool lost = false;              // it was connected and is to be dialled again
    std::optional<Handle> dialing;  // in flight
    std::optional<Handle> alive;
  };

  Now time() const { return clock_.at(sim_.now); }
  static std::uint64_t pack(Handle h) {
    return (std::uint64_t{h.slot} << 32) | h.generation.number();
  }
  static Handle unpack(std::uint64_t id) {
    return {static_cast<std::uint32_t>(id >> 32), Generation(static_cast<std::uint32_t>(id))};
  }
  // Attempts of different lives of the server have the same handles: events name the life too.
  static constexpr std::uint32_t kPlayers = 256;
  std::uint32_t about(const Player& player) const {
    return incarnation_ * kPlayers + static_cast<std::uint32_t>(&player - players_.data());
  }
  void collect();
  void dial(const live::Dialer::Dial& dial);
  void hang_up(Handle attempt);
  void outcome(Player& player, Handle attempt);
  void over(Player& player);
  void wish(Player& player, bool wanted);
  void next_wish(std::uint32_t i);
  void next_listener(std::uint32_t i);

  Sim& sim_;
  const Clock& clock_;
  DrawnRandom random_;
  std::unique_ptr<live::Dialer> dialer_;
  std::vector<Player> players_;
  std::uint32_t incarnation_ = 0;
  Micros armed_ = kForever;
  bool unreliable_;
  bool calm_ = false;
  std::uint64_t dials_ = 0;
};

}  // namespace tutti::world
