#pragma once
// Listening sockets and what is known of a peer.

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/live/planes.hpp"
#include "shell/loop/descriptor.hpp"

namespace tutti::shell {

struct Listening {
  Descriptor descriptor;
  std::uint16_t port = 0;
};

// host: an address or "localhost" (both families are the caller's to ask for). port 0: any. shared:
// SO_REUSEPORT, for several edges. Errors: in_use with the port; bad_request for an address that is
// none.
Result<Listening> listen_tcp(const std::string& host, std::uint16_t port, bool shared);
// A socket file in a folder, mode 0600; an old one is replaced (the folder's lock says that its
// server is gone).
Result<Listening> listen_unix(const std::string& folder, const std::string& name);
Result<Descriptor> connect_unix(const std::string& folder, const std::string& name);

// What holds a TCP port of this machine: "pid 12 (name)", or empty where that cannot be seen.
std::string port_holder(std::uint16_t port);

// The next connection, non-blocking; an empty descriptor when there is none now. Errors: overloaded
// (no descriptors).
Result<Descriptor> accept_next(int listener, live::Peer& peer);

// The name of the control socket in a data directory.
inline constexpr const char* kControlSocket = "tutti.sock";

// Raises the soft limit of descriptors to the hard one; returns it.
std::size_t raise_descriptor_limit();

}  // namespace tutti::shell
