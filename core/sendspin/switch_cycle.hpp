#pragma once
// Where the command `switch` takes a client ("Switch command cycle"): groups of several that play,
// then players that play alone, then, for a player, a group of its own, and around again.

#include <cstddef>
#include <optional>
#include <span>

#include "core/base/ids.hpp"

namespace tutti::sendspin {

struct CycleGroup {
  GroupId id;
  bool playing = false;
  // Beside the client itself: else a lone player's group would become one of several as soon as the
  // client is in it, and the cycle would turn back before its end.
  std::size_t others = 0;
};
struct CycleClient {
  GroupId group;        // it is in now
  bool player = false;  // it has the role player
  std::optional<GroupId>
      left_behind;  // it left this group by itself (external_source) and is alone
};
struct SwitchTo {
  std::optional<GroupId> group;  // none: a group of its own
};
// Nothing: there is nowhere to go. `groups` in an order that stays.
std::optional<SwitchTo> next_in_cycle(const CycleClient& client,
                                      std::span<const CycleGroup> groups);

}  // namespace tutti::sendspin
