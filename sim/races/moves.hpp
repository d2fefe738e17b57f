#pragma once
// A model written as a list of moves: what may happen, and what happens then, in one place. For the
// shipped machines, whose choices depend on what they say.

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/explore/model.hpp"

namespace tutti::races {

class Moves {
 public:
  void add(std::string_view actor, std::string_view operation, std::function<void()> happen) {
    if (moves_.empty()) moves_.reserve(24);
    if (used_ == moves_.size()) moves_.emplace_back();
    Move& move = moves_[used_++];
    move.actor = actor;
    move.operation = operation;
    move.happen = std::move(happen);
  }
  bool empty() const { return used_ == 0; }

 private:
  friend class MoveModel;
  struct Move {
    std::string actor;
    std::string operation;
    std::function<void()> happen;
  };
  std::vector<Move> moves_;  // kept, so that their texts need no new memory
  std::size_t used_ = 0;
};

class MoveModel : public explore::Model {
 public:
  std::string_view actor_name(explore::ActorId actor) const override { return names_[actor]; }
  void enabled(explore::Choices& out) const override {
    list();
    for (std::size_t i = 0; i < moves_.used_; ++i)
      out.push_back({number_of(moves_.moves_[i].actor), moves_.moves_[i].operation});
  }
  void step(std::size_t choice) override {
    list();
    std::function<void()> happen = std::move(moves_.moves_[choice].happen);
    listed_ = false;
    happen();
  }
  std::string_view check() const override { return broken_; }

 protected:
  virtual void moves(Moves& out) = 0;
  // The first promise that was broken ends the run.
  void require(bool holds, std::string_view otherwise) {
    if (!holds && broken_.empty()) broken_ = otherwise;
  }

 private:
  // Once for each state. Moves capture the model to change it; listing them changes nothing.
  void list() const {
    if (listed_) return;
    moves_.used_ = 0;
    const_cast<MoveModel*>(this)->moves(moves_);
    listed_ = true;
  }
  explore::ActorId number_of(std::string_view name) const {
    auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) found = names_.emplace(names_.end(), name);
    return static_cast<explore::ActorId>(found - names_.begin());
  }
  std::string broken_;
  mutable Moves moves_;
  mutable bool listed_ = false;
  mutable std::vector<std::string> names_;  // of actors, by first appearance
};

}  // namespace tutti::races
