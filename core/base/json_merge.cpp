#include "core/base/json.hpp"
#include "core/base/json_index.hpp"

namespace tutti {

void merge_patch(Json& target, const Json& patch) {
  const JsonObject* changes = patch.as_object();
  if (!changes) {
    target = patch;
    return;
  }
  if (!target.as_object()) target = Json::object();
  JsonObject& members = *target.as_object();
  JsonIndex index(members);
  std::vector<bool> gone;
  JsonObject fresh;  // appended at the end: the index holds while nothing moves
  for (const JsonMember& change : *changes) {
    std::size_t at = index.find(change.key);
    if (change.value.is_null()) {
      gone.resize(members.size());
      if (at != JsonIndex::kNone) gone[at] = true;
    } else if (at != JsonIndex::kNone) {
      merge_patch(members[at].value, change.value);
    } else {
      merge_patch(fresh.emplace_back(change.key, Json()).value, change.value);
    }
  }
  if (!gone.empty()) {
    JsonObject kept;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!gone[i]) kept.push_back(std::move(members[i]));
    }
    members = std::move(kept);
  }
  members.insert(members.end(), std::make_move_iterator(fresh.begin()),
                 std::make_move_iterator(fresh.end()));
}

Json merge_diff(const Json& from, const Json& to) {
  const JsonObject* before = from.as_object();
  const JsonObject* after = to.as_object();
  if (!before || !after) return to;
  JsonIndex old_keys(*before);
  JsonIndex new_keys(*after);
  JsonObject diff;
  for (const JsonMember& member : *before) {
    if (new_keys.find(member.key) == JsonIndex::kNone) diff.emplace_back(member.key, nullptr);
  }
  for (const JsonMember& member : *after) {
    std::size_t at = old_keys.find(member.key);
    if (at == JsonIndex::kNone) {
      diff.push_back(member);
    } else if (!((*before)[at].value == member.value)) {
      diff.emplace_back(member.key, merge_diff((*before)[at].value, member.value));
    }
  }
  return diff;
}

}  // namespace tutti
