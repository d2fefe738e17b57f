#pragma once
// Digests and comparison over bytes: pure functions, all of them OpenSSL's. The only core module
// that sees OpenSSL.

#include <array>

#include "core/base/bytes.hpp"

namespace tutti::crypt {

using Sha1 = std::array<std::byte, 20>;
using Sha256 = std::array<std::byte, 32>;

// FIPS 180-4 section 6.1. Broken for signatures; here for the WebSocket handshake (RFC 6455
// section 1.3) alone.
Sha1 sha1(ByteView bytes);
// FIPS 180-4 section 6.2.
Sha256 sha256(ByteView bytes);

// Equality whose time depends on the lengths only, for secrets. Different lengths are unequal at
// once.
bool constant_time_equal(ByteView a, ByteView b);

}  // namespace tutti::crypt
