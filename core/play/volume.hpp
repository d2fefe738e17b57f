#pragma once
// Volumes of a group: 0 to 100, as loud as they are heard to be. One knob moves all players and
// keeps what is between them (Sendspin, "Setting group volume"); each player's own maximum is its
// upper boundary.

#include <optional>
#include <span>
#include <vector>

namespace tutti::play {

struct PlayerVolume {
  int volume = 0;  // 0 to `most`
  int most = 100;  // what its owner allows
  friend bool operator==(PlayerVolume, PlayerVolume) = default;
};

// The mean, rounded; nothing without players.
std::optional<int> group_volume(std::span<const PlayerVolume> players);

// The players' new volumes, in their order: all moved by the same number of points; what one at its
// boundary cannot take the others share, until the mean is `wanted` or all are at theirs.
std::vector<int> with_group_volume(std::span<const PlayerVolume> players, int wanted);

// An absolute wish within the maximum; a relative one raises by at most kVolumeStep.
inline constexpr int kVolumeStep = 20;
int allowed_volume(PlayerVolume player, int wanted);
int turned_volume(PlayerVolume player, int by);

}  // namespace tutti::play
