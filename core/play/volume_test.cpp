// Guards: one knob for a group does what people expect of it. How: worked examples, and laws over
// random groups.
#include "core/play/volume.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::play;
using Volumes = std::vector<int>;

namespace {
std::vector<PlayerVolume> players(const Volumes& volumes) {
  std::vector<PlayerVolume> out;
  for (int volume : volumes) out.push_back({volume, 100});
  return out;
}
}  // namespace

TEST_CASE("volume: all move by the same, and what one cannot take the others share") {
  CHECK(with_group_volume(players({20, 40}), 40) == Volumes{30, 50});
  CHECK(with_group_volume(players({80, 100}), 95) == Volumes{90, 100});
  CHECK(with_group_volume(players({10, 50, 90}), 80) == Volumes{50, 90, 100});
  CHECK(with_group_volume(players({0, 100}), 10) == Volumes{0, 20});
  CHECK(with_group_volume({}, 50).empty());
  CHECK_FALSE(group_volume({}).has_value());
  CHECK(group_volume(players({25, 26})) == 26);
}

TEST_CASE("volume: a maximum is kept in every path") {
  std::vector<PlayerVolume> two{{30, 40}, {30, 100}};
  CHECK(with_group_volume(two, 100) == Volumes{40, 100});
  CHECK(with_group_volume(two, 60) == Volumes{40, 80});
  CHECK(allowed_volume({30, 40}, 100) == 40);
  CHECK(allowed_volume({30, 40}, -5) == 0);
  CHECK(turned_volume({30, 100}, 50) == 50);
  CHECK(turned_volume({30, 40}, 15) == 40);
  CHECK(turned_volume({30, 100}, -50) == 0);
}

TEST_CASE("volume: the mean is what was wished where the boundaries allow it") {
  CHECK_FOR_ALL(3, 2000, [](Choose& choose) -> explore::Broken {
    std::vector<PlayerVolume> group;
    int room = 0;
    for (std::uint32_t i = 0, n = 1 + choose.choose(6, "players"); i < n; ++i) {
      int most = static_cast<int>(choose.choose(101, "most"));
      int volume = static_cast<int>(choose.choose(static_cast<std::uint32_t>(most) + 1, "volume"));
      group.push_back({volume, most});
      room += most;
    }
    int wanted = static_cast<int>(choose.choose(101, "wanted"));
    Volumes after = with_group_volume(group, wanted);
    double sum = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      FAIL_UNLESS(after[i] >= 0 && after[i] <= group[i].most);
      sum += after[i];
    }
    auto n = static_cast<double>(group.size());
    double reachable = std::min<double>(wanted, room / n);
    FAIL_UNLESS(std::abs(sum / n - reachable) <= 0.5);
    // Who is at no boundary keeps its distance to the others that are at none.
    for (std::size_t i = 0; i < after.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        bool free =
            after[i] > 0 && after[i] < group[i].most && after[j] > 0 && after[j] < group[j].most;
        int moved = (after[i] - group[i].volume) - (after[j] - group[j].volume);
        if (free) FAIL_UNLESS(std::abs(moved) <= 1);
      }
    }
    return explore::kHolds;
  });
}
