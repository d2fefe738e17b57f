#pragma once
// What a client can be, and which of it this server does ("Priority and Activation"): of each
// family the first version in the client's list that is known here.

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::sendspin {

struct Roles {
  std::vector<std::string> active;  // "player@v1", in the client's order
  std::vector<std::string>
      unknown;  // asked for and not known: this client is newer than the server
  bool has(std::string_view family) const {
    return std::any_of(active.begin(), active.end(), [&](std::string_view role) {
      return role.substr(0, role.find('@')) == family;
    });
  }
};
// Names without a version are v1; application roles of others ("_x") are passed over.
Roles activate(std::span<const std::string> supported);

}  // namespace tutti::sendspin
