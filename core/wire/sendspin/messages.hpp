#pragma once
// Sendspin's clear form: each text frame is one JSON object {"type", "payload"}. From text to a
// typed value and back, both directions, so that our server and our player share it; no rules. What
// clients of 2026 do beside the text is listed in docs/sendspin.md.

#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/wire/sendspin/client_messages.hpp"
#include "core/wire/sendspin/server_messages.hpp"

namespace tutti::wire::sendspin {

// One text frame. Keys that we do not know are ignored, an optional member that is null counts as
// absent, a message without payload as one with an empty payload; an unknown type is Unknown, also
// one that belongs to the other side. A parser kept by the caller saves its buffers' allocation.
// Errors: bad_request, "client/hello: payload.version: expected an integer from 0 to 1000000, found
// "one""; what the JSON parser says of text that is no JSON (bad_request) or beyond bounds::kJson
// (too_large). No error is a reason to close: the clear form has no protocol errors.
Result<ClientMessage> parse_client(std::string_view json, JsonParser& parser);
Result<ClientMessage> parse_client(std::string_view json);
Result<ServerMessage> parse_server(std::string_view json, JsonParser& parser);
Result<ServerMessage> parse_server(std::string_view json);

// The text of a message, without white space. Values beyond their bounds are written as they are.
// Unknown cannot be written: that is a bug of the caller.
std::string write(const ClientMessage& message);
std::string write(const ServerMessage& message);

}  // namespace tutti::wire::sendspin
