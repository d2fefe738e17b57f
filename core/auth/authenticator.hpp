#pragma once
// Who is asking. The authenticator is a port: a connection takes its identity from it and nowhere
// else.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace tutti::auth {

struct Identity {
  AccountId account;
  bool host = false;  // over the control socket: whoever can open it owns the data
};

// What a request shows of its sender.
struct Credentials {
  enum class Origin : std::uint8_t { remote, loopback, control } came_from = Origin::remote;
  std::string_view host;    // the Host header
  std::string_view origin;  // the Origin header, empty when there is none
  bool forwarded = false;   // a proxy says that it asks for somebody else
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Errors: forbidden, unauthenticated; unavailable when the accounts cannot be read (never "let
  // in").
  virtual Result<Identity> authenticate(const Credentials& credentials, Now now) const = 0;
};

// Until there are accounts: everything on this machine belongs to the one built-in account,
// everything else is refused.
class LocalAuthenticator final : public Authenticator {
 public:
  explicit LocalAuthenticator(AccountId local) : local_(local) {}
  Result<Identity> authenticate(const Credentials& credentials, Now now) const override;

 private:
  AccountId local_;
};

// "localhost", 127.x.x.x or [::1], with or without a port: what a page of this machine is called.
// Any other name that leads here is a rebinding attack.
bool is_loopback_host(std::string_view host);
// Is this Origin ("http://host:port") the same place as this Host?
bool same_origin(std::string_view origin, std::string_view host);

}  // namespace tutti::auth
