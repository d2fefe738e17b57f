#include "core/play/groups.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace tutti::play {

Result<GroupId> Groups::create(std::string name) {
  if (groups_.size() >= limits::kGroups)
    return fail(Code::too_large, "there are 64 groups already", "remove one first");
  GroupId id = random_.id<GroupId>();
  bring_back(id, std::move(name));
  return id;
}

Group& Groups::bring_back(GroupId id, std::string name) {
  Handle handle = groups_.create(id, std::move(name), Pace::realtime, random_, recorder_);
  by_id_[id] = handle;
  return *groups_.edit(handle);
}

bool Groups::remove(GroupId id, Now now) {
  auto found = by_id_.find(id);
  if (found == by_id_.end()) return false;
  Group* group = groups_.edit(found->second);
  group->stop(now);
  while (auto effect = group->poll()) {
    if (!std::holds_alternative<SaveGroup>(*effect))
      last_words_.emplace_back(id, std::move(*effect));
  }
  groups_.erase(found->second);
  by_id_.erase(found);
  return true;
}

Group* Groups::find(GroupId id) {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : groups_.edit(found->second);
}

ServerTime Groups::deadline() const {
  ServerTime at = kNever;
  groups_.for_each([&](Handle, const Group& group) { at = std::min(at, group.deadline()); });
  return at;
}

void Groups::fire(Now now) {
  groups_.for_each([&](Handle, Group& group) {
    if (group.deadline() <= now.mono) group.fire(now);
  });
}

std::optional<std::pair<GroupId, GroupEffect>> Groups::poll() {
  if (!last_words_.empty()) {
    auto next = std::move(last_words_.front());
    last_words_.erase(last_words_.begin());
    return next;
  }
  std::optional<std::pair<GroupId, GroupEffect>> next;
  groups_.for_each([&](Handle, Group& group) {
    if (next) return;
    if (auto effect = group.poll()) next.emplace(group.id(), std::move(*effect));
  });
  return next;
}

void Groups::describe(StateWriter& out) const {
  groups_.for_each([&](Handle, const Group& group) { group.describe(out); });
}

}  // namespace tutti::play
