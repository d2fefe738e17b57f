#pragma once
// The native wire, subprotocol tutti.session.v1: each text frame is one JSON object whose `op`
// names it. Commands from bytes to values, answers from values to bytes; no rules.

#include <string>
#include <string_view>
#include <variant>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace tutti::wire {

inline constexpr std::string_view kSessionProtocol = "tutti.session.v1";

struct SessionPing {};
struct SessionEcho {
  std::string text;
};
struct SessionSubscribe {
  std::string topic;
};
struct SessionUnsubscribe {
  std::string topic;
};
struct SessionCall {
  std::string name;
  Json args;
};
// What could not be understood: answered with an error, never a close.
struct SessionInvalid {
  Error error;
};

struct SessionCommand {
  Json id;  // a string or a number as the client chose it, null when it gave none
  std::variant<SessionPing, SessionEcho, SessionSubscribe, SessionUnsubscribe, SessionCall,
               SessionInvalid>
      what;
};

// Unknown fields are ignored; an unknown `op` is SessionInvalid with code unknown_operation.
SessionCommand parse_session(std::string_view text, JsonParser& parser);

std::string pong_frame(const Json& id);
std::string echo_frame(const Json& id, std::string_view text);
std::string result_frame(const Json& id, const Json& value);
std::string result_frame_text(const Json& id, std::string_view json);  // the value is JSON already
std::string error_frame(const Json& id, const Error& error);
// The whole state of a topic, then what changed, each with its version.
std::string state_frame(std::string_view topic, std::uint32_t version, const Json& data);
std::string delta_frame(std::string_view topic, std::uint32_t version, const Json& patch);

}  // namespace tutti::wire
