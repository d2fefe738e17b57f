#pragma once
// permessage-deflate's parameters (RFC 7692 section 7.1): which offers a server takes, which
// answers a client takes.

#include "core/wire/extension_list.hpp"
#include "core/wire/websocket_handshake.hpp"

namespace tutti::wire {

struct DeflateAnswer {
  DeflateAgreement agreement;
  std::string text;  // the element of Sec-WebSocket-Extensions
};

// Server: the first offer that can be granted; one with an unknown, repeated or malformed parameter
// cannot.
std::optional<DeflateAnswer> grant_deflate(const std::vector<Extension>& offers,
                                           const DeflatePolicy& policy);

// Client: the element to offer.
std::string offer_deflate(const DeflateAgreement& wish);
// Client: the server's answer to it. Errors: protocol when it breaks the rules or ignores a wish.
Result<DeflateAgreement> take_deflate(const Extension& answer, const DeflateAgreement& wish);

}  // namespace tutti::wire
