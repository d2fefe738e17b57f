#include "core/sendspin/roles.hpp"

#include <array>

#include "core/wire/sendspin/words.hpp"

namespace tutti::sendspin {

Roles activate(std::span<const std::string> supported) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "player@v1", "controller@v1",          "metadata@v1", "artwork@v1", "visualizer@v1",
      "color@v1",  wire::sendspin::kSyncRole};
  Roles roles;
  for (const std::string& role : supported) {
    auto [family, version] = wire::sendspin::role_name(role);
    std::string whole = std::string(family) + "@" + std::string(version);
    bool known = std::find(kKnown.begin(), kKnown.end(), whole) != kKnown.end();
    if (known && !roles.has(family)) roles.active.push_back(std::move(whole));
    if (!known && !family.starts_with('_')) roles.unknown.push_back(role);
  }
  return roles;
}

}  // namespace tutti::sendspin
