#pragma once
// The opening handshake (RFC 6455 section 4) and the agreement on permessage-deflate (RFC 7692
// section 7.1), both sides.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/wire/deflate.hpp"
#include "core/wire/http_message.hpp"

namespace tutti::wire {

// What both sides have agreed on. Window bits: 8 to 15.
struct DeflateAgreement {
  bool server_no_context = true;
  bool client_no_context = true;
  int server_window_bits = 15;
  int client_window_bits = 15;
  friend bool operator==(const DeflateAgreement&, const DeflateAgreement&) = default;
  // What the two ends need; forgotten is served by the edge's shared objects.
  Context server_context() const { return server_no_context ? Context::forgotten : Context::kept; }
  Context client_context() const { return client_no_context ? Context::forgotten : Context::kept; }
};

// What a server grants. By default no side keeps a context: no connection then needs zlib memory of
// its own.
struct DeflatePolicy {
  bool enabled = true;
  bool may_keep_server_context = false;  // unless the client forbids it
  bool may_keep_client_context =
      false;  // unless the client offers not to; costs kInflaterBytes, see kMaxKeptContexts
  int client_window_bits = 15;  // asked of clients that can limit their window
};

struct UpgradeOptions {
  std::vector<std::string_view> subprotocols{};  // that the server speaks, its favourite first
  DeflatePolicy deflate{};
};

struct Upgrade {
  std::string accept;                  // Sec-WebSocket-Accept
  std::string subprotocol;             // chosen, empty: none
  std::vector<std::string> protocols;  // that the client named, for a server that chooses later
  std::optional<DeflateAgreement> deflate;  // reset it to decline after all
  std::string extensions;                   // the answer's Sec-WebSocket-Extensions, empty: none
};

// Does the request ask for a WebSocket at all? Only then check_upgrade has an opinion.
bool wants_websocket(const HttpRequest& request);

// Server: section 4.2.1. A subprotocol that we do not speak is no error, the answer then names
// none. Errors, for refuse_upgrade: bad_method (not GET), unsupported (version), bad_request (all
// else).
Result<Upgrade> check_upgrade(const HttpRequest& request, const UpgradeOptions& options);
// The fields of the 101, with Connection: an edge adds none. subprotocol: empty, or one that the
// client named.
std::vector<HttpHeader> upgrade_headers(const Upgrade& upgrade, std::string_view subprotocol);
// The 101 with the subprotocol that check_upgrade chose.
HttpResponse upgrade_response(const Upgrade& upgrade);
// 405 with Allow, 426 with Sec-WebSocket-Version (section 4.4), or 400; the body says why.
HttpResponse refuse_upgrade(const Error& error);

using HandshakeKey = std::array<std::byte, 16>;

struct ClientUpgrade {
  std::string host;    // with the port unless it is the default one
  std::string target;  // path and query
  HandshakeKey key{};  // random, fresh for each connection
  std::vector<std::string> subprotocols{};
  std::optional<DeflateAgreement> deflate =
      DeflateAgreement{};             // offered; empty: none. 15 bits: no wish
  std::vector<HttpHeader> headers{};  // further ones: Origin, Authorization
};

HttpRequest upgrade_request(const ClientUpgrade& wish);
// Client: section 4.1, second half. Errors: protocol when the answer breaks the handshake or grants
// what was not asked; for a refusal unauthenticated, forbidden, not_found, rate_limited,
// unavailable or unsupported, by its status.
Result<Upgrade> check_upgrade_response(const HttpResponse& response, const ClientUpgrade& wish);

// base64(SHA-1(key + GUID)), section 4.2.2 step 5.4.
std::string accept_of(std::string_view key_text);

}  // namespace tutti::wire
