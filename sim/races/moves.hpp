#pragma once
// A model written as a list of moves: what may happen, and what happens then, in one place.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/explore/explore.hpp"

namespace tutti::races {

class Moves {
 public:
  void add(std::string actor, std::string operation, std::function<void()> happen) {
    choices.push_back({std::move(actor), std::move(operation)});
    happens.push_back(std::move(happen));
  }
  std::vector<explore::Choice> choices;
  std::vector<std::function<void()>> happens;
};

class MoveModel : public explore::Model {
 public:
  std::vector<explore::Choice> enabled() const override { return list().choices; }
  void step(std::size_t choice) override { list().happens.at(choice)(); }
  std::optional<std::string> check() const override {
    return broken_.empty() ? std::nullopt : std::optional(broken_);
  }

 protected:
  virtual void moves(Moves& out) = 0;
  // The first promise that was broken ends the run.
  void require(bool holds, std::string_view otherwise) {
    if (!holds && broken_.empty()) broken_ = otherwise;
  }

 private:
  // Moves capture the model to change it; listing them changes nothing.
  Moves list() const {
    Moves out;
    const_cast<MoveModel*>(this)->moves(out);
    return out;
  }
  std::string broken_;
};

}  // namespace tutti::races
