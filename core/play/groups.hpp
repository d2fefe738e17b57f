#pragma once
// Groups: all groups of the house, and where what comes back belongs.

#include <optional>
#include <unordered_map>
#include <utility>

#include "core/base/table.hpp"
#include "core/play/group.hpp"

namespace tutti::play {

class Groups {
 public:
  explicit Groups(Random& random, Recorder* recorder = nullptr)
      : random_(random), groups_(recorder), recorder_(recorder) {}

  // Errors: too_large (limits::kGroups).
  Result<GroupId> create(std::string name);
  // As it was stored, under its id.
  Group& bring_back(GroupId id, std::string name);
  // What it plays ends; false when there is none.
  bool remove(GroupId id, Now now);
  Group* find(GroupId id);
  std::size_t size() const { return groups_.size(); }
  template <class Visit>
  void for_each(Visit visit) {
    groups_.for_each([&](Handle, Group& group) { visit(group); });
  }

  ServerTime deadline() const;
  void fire(Now now);
  // The next effect of any group, and whose it is.
  std::optional<std::pair<GroupId, GroupEffect>> poll();
  void describe(StateWriter& out) const;

 private:
  Random& random_;
  Table<Group> groups_;
  std::unordered_map<GroupId, Handle> by_id_;
  std::vector<std::pair<GroupId, GroupEffect>> last_words_;  // of removed groups
  Recorder* recorder_;
};

}  // namespace tutti::play
