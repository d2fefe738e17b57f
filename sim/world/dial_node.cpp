#include "sim/world/dial_node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tutti::world {
namespace {
constexpr Micros kDialTime = 5 * kSecond;
}

DialNode::DialNode(Sim& sim, const Clock& clock, std::uint32_t players, bool unreliable)
    : sim_(sim), clock_(clock), random_(sim.stream()), players_(players), unreliable_(unreliable) {
  for (std::uint32_t i = 0; i < players; ++i) {
    players_[i].key = fmt::format("player{}", i);
    players_[i].wish = true;
    next_wish(i);
    next_listener(i);
  }
}

void DialNode::start() {
  ++incarnation_;
  armed_ = kForever;
  dialer_ = std::make_unique<live::Dialer>(random_);
  for (Player& player : players_) {
    if (player.wish) wish(player, true);
  }
}

void DialNode::end() {
  dialer_.reset();
  for (Player& player : players_) {
    player.dialing.reset();
    player.alive.reset();
    player.lost = false;
  }
}

void DialNode::next_wish(std::uint32_t i) {
  if (!calm_) sim_.after(sim_.between(kSecond, 60 * kSecond, "wish"), What::wish, i);
}
void DialNode::next_listener(std::uint32_t i) {
  if (unreliable_ && !calm_)
    sim_.after(sim_.between(kSecond, 40 * kSecond, "listener"), What::listener, i);
}

void DialNode::wish(Player& player, bool wanted) {
  player.wish = wanted;
  player.may_dial = wanted;
  player.lost = false;
  if (wanted) dialer_->connect(player.key, "10.1.0.1:8928", time());
  else dialer_->disconnect(player.key, time());
  collect();
}

void DialNode::collect() {
  while (auto effect = dialer_->poll()) {
    if (const auto* what = std::get_if<live::Dialer::Dial>(&*effect)) dial(*what);
    if (const auto* what = std::get_if<live::Dialer::CancelDial>(&*effect)) hang_up(what->attempt);
    if (const auto* what = std::get_if<live::Dialer::Hangup>(&*effect)) hang_up(what->attempt);
  }
  Micros at = std::max(sim_.now, clock_.when(dialer_->deadline()));
  if (at >= armed_) return;
  armed_ = at;
  sim_.agenda.add(at, What::dial_timer, 0, incarnation_);
}

void DialNode::dial(const live::Dialer::Dial& dial) {
  ++dials_;
  auto found = std::find_if(players_.begin(), players_.end(),
                            [&](const Player& player) { return player.key == dial.key; });
  Player& player = *found;
  sim_.require(!player.dialing && !player.alive, "a second dial or connection of one key");
  sim_.require(player.may_dial, "a dial against the last goodbye or wish");
  if (player.lost) sim_.witness(Witness::redialled);
  player.lost = false;
  player.dialing = dial.attempt;
  Micros way = sim_.between(1000, 200'000, "dial");
  if (player.door == Door::silent) way = kDialTime;
  sim_.after(way, What::dial_outcome, about(player), pack(dial.attempt));
}

// Of a dial or of the connection it made. A dial may be answered before this is heard: its outcome
// comes all the same, and the dialler has to hang up again.
void DialNode::hang_up(Handle attempt) {
  for (Player& player : players_) {
    if (player.dialing == attempt) player.dialing.reset();
    if (player.alive == attempt) player.alive.reset();
  }
}

void DialNode::outcome(Player& player, Handle attempt) {
  bool current = player.dialing == attempt;
  if (!current && sim_.draw(2, "cancelled in time") == 0) return;
  if (current) player.dialing.reset();
  if (player.door != Door::open) {
    dialer_->failed(attempt, time());
    return collect();
  }
  if (current) {
    player.alive = attempt;
    if (unreliable_ && !calm_)
      sim_.after(sim_.between(kSecond, 90 * kSecond, "talk"), What::dial_over, about(player),
                 pack(attempt));
  }
  dialer_->dialed(attempt, time());
  collect();
}

void DialNode::over(Player& player) {
  using live::Goodbye;
  static constexpr Goodbye kAll[] = {Goodbye::lost, Goodbye::restart, Goodbye::shutdown,
                                     Goodbye::another_server, Goodbye::user};
  Goodbye goodbye = kAll[calm_ ? 0 : sim_.draw(5, "goodbye")];
  Handle attempt = *player.alive;
  player.alive.reset();
  player.lost = live::redials(goodbye);
  player.may_dial = player.lost;
  dialer_->ended(attempt, goodbye, time());
  if (!player.lost) {
    sim_.require(!dialer_->wanted(player.key), "a goodbye that means it and is still wanted");
    sim_.witness(Witness::goodbye_obeyed);
  }
  collect();
}

bool DialNode::stale(const Event& event) const {
  switch (event.what) {
    case What::dial_timer: return !dialer_ || event.b != incarnation_ || event.at != armed_;
    case What::dial_outcome: return !dialer_ || event.a / kPlayers != incarnation_;
    case What::dial_over:
      return !dialer_ || event.a / kPlayers != incarnation_ ||
             players_[event.a % kPlayers].alive != unpack(event.b);
    default: return calm_;
  }
}

void DialNode::handle(const Event& event) {
  switch (event.what) {
    case What::dial_timer:
      armed_ = kForever;
      while (auto key = dialer_->take_due(time())) dialer_->fire(*key, time());
      return collect();
    case What::dial_outcome: return outcome(players_[event.a % kPlayers], unpack(event.b));
    case What::dial_over: return over(players_[event.a % kPlayers]);
    case What::listener:
      players_[event.a].door = static_cast<Door>(sim_.draw(3, "door"));
      return next_listener(event.a);
    case What::wish:
      if (dialer_) wish(players_[event.a], sim_.draw(3, "wanted") != 2);
      return next_wish(event.a);
    default: return;
  }
}

void DialNode::calm() {
  calm_ = true;
  for (Player& player : players_) player.door = Door::open;
}

bool DialNode::settled() const {
  return dialer_ && std::all_of(players_.begin(), players_.end(), [&](const Player& player) {
           return !dialer_->wanted(player.key) || dialer_->connected(player.key);
         });
}

void DialNode::let_go() {
  for (Player& player : players_) wish(player, false);
}

std::string DialNode::left_over() const {
  std::string left;
  if (dialer_->deadline() != kNever) left += " a timer of the dialler";
  for (const Player& player : players_) {
    if (dialer_->in_flight(player.key) > 0 || player.dialing) left += " a dial";
    if (dialer_->connected(player.key) || player.alive) left += " a dialled connection";
  }
  return left;
}

}  // namespace tutti::world
