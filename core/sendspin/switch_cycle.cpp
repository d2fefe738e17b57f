#include "core/sendspin/switch_cycle.hpp"

#include <algorithm>
#include <vector>

namespace tutti::sendspin {

std::optional<SwitchTo> next_in_cycle(const CycleClient& client,
                                      std::span<const CycleGroup> groups) {
  auto of = [&](GroupId id) {
    return std::find_if(groups.begin(), groups.end(), [&](auto& group) { return group.id == id; });
  };
  if (client.left_behind && of(*client.left_behind) != groups.end())
    return SwitchTo{client.left_behind};
  auto here = of(client.group);
  bool alone = client.player && here != groups.end() && here->others == 0;
  // The stops of the cycle; none stands for a group of its own.
  std::vector<std::optional<GroupId>> stops;
  for (const CycleGroup& group : groups)
    if (group.playing && group.others > 1) stops.emplace_back(group.id);
  for (const CycleGroup& group : groups)
    if (group.playing && group.others == 1) stops.emplace_back(group.id);
  if (client.player) stops.emplace_back(std::nullopt);
  if (stops.empty()) return std::nullopt;
  std::optional<GroupId> at = alone ? std::nullopt : std::optional(client.group);
  auto now = std::find(stops.begin(), stops.end(), at);
  std::size_t next = 0;
  if (now != stops.end()) next = static_cast<std::size_t>(now - stops.begin() + 1) % stops.size();
  if (stops[next] == at) return std::nullopt;  // it is there
  return SwitchTo{stops[next]};
}

}  // namespace tutti::sendspin
