#pragma once
// Internet addresses as values: parsing (RFC 4291 section 2.2, dotted decimal for IPv4), networks
// (CIDR, RFC 4632), and the address that a proxy names for its client.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace tutti::wire {

// IPv6, or IPv4 mapped into it (RFC 4291 section 2.5.5.2): one comparison serves both.
using Address = std::array<std::byte, 16>;

// Errors: bad_request. No ports, brackets or zones; IPv4 needs four numbers without leading zeros.
Result<Address> parse_address(std::string_view text);

// 127.0.0.0/8, mapped or not, and ::1.
bool is_loopback(const Address& address);

struct Network {
  Address address{};
  int bits = 128;  // that count, of the mapped form
  bool contains(const Address& other) const;
};

// As RFC 5952 wants it, but without "::"; IPv4 as dotted decimal.
std::string address_text(const Address& address);

// "10.0.0.0/8", "fd00::/8", or one address alone. Errors: bad_request.
Result<Network> parse_network(std::string_view text);

// The last entry of a list as X-Forwarded-For has it: the one that the proxy before us appended
// itself. A port behind it is passed over. Nothing when it is no address ("unknown").
std::optional<Address> last_forwarded(std::string_view list);

}  // namespace tutti::wire
