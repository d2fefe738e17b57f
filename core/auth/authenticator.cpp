#include "core/auth/authenticator.hpp"

namespace tutti::auth {
namespace {

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

// Four decimal numbers that begin with 127: "127.evil.example" is a name, not an address.
bool is_loopback_v4(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  int dots = 0;
  for (char c : host) {
    dots += c == '.' ? 1 : 0;
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return dots == 3 && host.back() != '.';
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  std::string_view bare = without_port(host);
  return bare == "localhost" || bare == "[::1]" || is_loopback_v4(bare);
}

bool same_origin(std::string_view origin, std::string_view host) {
  std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && origin.substr(scheme + 3) == host;
}

Result<Identity> LocalAuthenticator::authenticate(const Credentials& c, Now) const {
  using Origin = Credentials::Origin;
  if (c.came_from == Origin::control) return Identity{local_, true};
  if (c.came_from != Origin::loopback || c.forwarded || !is_loopback_host(c.host)) {
    return fail(Code::forbidden, "without accounts this server answers only on its own machine",
                "open http://localhost on the machine that runs it");
  }
  if (!c.origin.empty() && !same_origin(c.origin, c.host)) {
    return fail(Code::forbidden, "a page of another site may not use this server");
  }
  return Identity{local_, false};
}

}  // namespace tutti::auth
