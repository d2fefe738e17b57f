// Guards: without accounts nothing but this machine is let in, whatever name or page leads to it.
// How: a table of senders and what each must get.
#include "core/auth/authenticator.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using namespace tutti::auth;

TEST_CASE("local authenticator: loopback by a loopback name and from its own pages, nothing else") {
  LocalAuthenticator port(AccountId{7});
  using O = Credentials::Origin;
  struct Case {
    Credentials credentials;
    bool in;
  };
  const Case cases[] = {
      {{O::loopback, "localhost:8927", ""}, true},
      {{O::loopback, "127.0.0.1", ""}, true},
      {{O::loopback, "[::1]:8927", "http://[::1]:8927"}, true},
      {{O::loopback, "localhost:8927", "http://localhost:8927"}, true},
      {{O::control, "", ""}, true},
      {{O::remote, "localhost:8927", ""}, false},
      {{O::remote, "192.168.1.2:8927", ""}, false},
      {{O::loopback, "localhost:8927", "", true}, false},  // a reverse proxy makes everybody local
      {{O::loopback, "evil.example", ""}, false},          // DNS rebinding
      {{O::loopback, "127.evil.example", ""}, false},
      {{O::loopback, "127.0.0.1.", ""}, false},
      {{O::loopback, "", ""}, false},
      {{O::loopback, "localhost:8927", "http://evil.example"}, false},
      {{O::loopback, "localhost:8927", "null"}, false},
      {{O::loopback, "localhost:8927", "http://localhost:80"}, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.credentials.host);
    CAPTURE(c.credentials.origin);
    auto identity = port.authenticate(c.credentials, {});
    CHECK(identity.has_value() == c.in);
    if (identity) CHECK(identity->account == AccountId{7});
    else CHECK(identity.error().code == Code::forbidden);
  }
  CHECK(port.authenticate({O::control, "", ""}, {})->host);
  CHECK_FALSE(port.authenticate({O::loopback, "localhost", ""}, {})->host);
}
