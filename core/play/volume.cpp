#include "core/play/volume.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tutti::play {
namespace {

double mean_of(std::span<const PlayerVolume> players) {
  double sum = 0;
  for (const PlayerVolume& player : players) sum += player.volume;
  return sum / static_cast<double>(players.size());
}

}  // namespace

std::optional<int> group_volume(std::span<const PlayerVolume> players) {
  if (players.empty()) return std::nullopt;
  return static_cast<int>(std::lround(mean_of(players)));
}

std::vector<int> with_group_volume(std::span<const PlayerVolume> players, int wanted) {
  if (players.empty()) return {};
  std::vector<double> volumes;
  for (const PlayerVolume& player : players) volumes.push_back(player.volume);
  std::vector<bool> stopped(players.size());  // at a boundary: it takes no more
  double share = std::clamp(wanted, 0, 100) - mean_of(players);
  // Each turn stops one player more, or is the last.
  for (std::size_t turn = 0; turn <= players.size() && share != 0; ++turn) {
    double lost = 0;
    std::size_t moving = 0;
    for (std::size_t i = 0; i < volumes.size(); ++i) {
      if (stopped[i]) continue;
      double proposed = volumes[i] + share;
      volumes[i] = std::clamp(proposed, 0.0, static_cast<double>(players[i].most));
      lost += proposed - volumes[i];
      stopped[i] = proposed != volumes[i];
      if (!stopped[i]) ++moving;
    }
    share = moving > 0 ? lost / static_cast<double>(moving) : 0;
  }
  std::vector<int> rounded;
  for (double volume : volumes) rounded.push_back(static_cast<int>(std::lround(volume)));
  return rounded;
}

int allowed_volume(PlayerVolume player, int wanted) { return std::clamp(wanted, 0, player.most); }

int turned_volume(PlayerVolume player, int by) {
  return allowed_volume(player, player.volume + std::min(by, kVolumeStep));
}

}  // namespace tutti::play
