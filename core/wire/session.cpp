#include "core/wire/session.hpp"

namespace tutti::wire {
namespace {

std::string begin(std::string_view op, std::size_t size) {
  std::string out;
  out.reserve(size + 48);
  out += R"({"op":")";
  out += op;
  out += '"';
  return out;
}

void add_id(std::string& out, const Json& id) {
  if (id.is_null()) return;
  out += R"(,"id":)";
  write_json(id, out);
}

void add_text(std::string& out, std::string_view key, std::string_view text) {
  out += ",\"";
  out += key;
  out += "\":";
  JsonWriter(out).value(text);
}

std::string versioned(std::string_view op, std::string_view topic, std::uint32_t version,
                      const Json& data) {
  std::string out = begin(op, 64);
  add_text(out, "topic", topic);
  out += R"(,"version":)";
  JsonWriter(out).value(version);
  out += R"(,"data":)";
  write_json(data, out);
  out += '}';
  return out;
}

SessionInvalid invalid(Code code, std::string text, std::string hint = {}) {
  return {Error{code, std::move(text), std::move(hint), 0}};
}

// The string member, moved out of a document that is not needed any more.
std::optional<std::string> take_string(Json& object, std::string_view key) {
  Json* member = object.find(key);
  if (member == nullptr || member->as_string() == nullptr) return std::nullopt;
  return std::move(*member->as_string());
}

template <class Command, std::string Command::* Member>
decltype(SessionCommand::what) with_string(Json& object, std::string_view key) {
  auto value = take_string(object, key);
  if (!value)
    return invalid(Code::bad_request, std::string("`") + std::string(key) + "` must be a string");
  Command command;
  command.*Member = std::move(*value);
  return command;
}

decltype(SessionCommand::what) call(Json& object) {
  auto name = take_string(object, "name");
  if (!name) return invalid(Code::bad_request, "`name` must be a string: the operation to call");
  Json* args = object.find("args");
  if (args != nullptr && args->as_object() == nullptr)
    return invalid(Code::bad_request, "`args` must be an object");
  return SessionCall{std::move(*name), args == nullptr ? Json::object() : std::move(*args)};
}

}  // namespace

SessionCommand parse_session(std::string_view text, JsonParser& parser) {
  SessionCommand command;
  auto parsed = parser.parse(text);
  if (!parsed) {
    command.what = SessionInvalid{parsed.error()};
    return command;
  }
  Json& object = *parsed;
  if (object.as_object() == nullptr) {
    command.what = invalid(Code::bad_request, "a frame must be one JSON object");
    return command;
  }
  if (Json* id = object.find("id")) command.id = std::move(*id);
  if (command.id.as_array() != nullptr || command.id.as_object() != nullptr) {
    command.id = {};
    command.what = invalid(Code::bad_request, "`id` must be a string or a number");
    return command;
  }
  std::string_view op = object.text("op");
  if (op == "ping") command.what = SessionPing{};
  else if (op == "echo")
    command.what = with_string<SessionEcho, &SessionEcho::text>(object, "text");
  else if (op == "call") command.what = call(object);
  else if (op == "subscribe")
    command.what = with_string<SessionSubscribe, &SessionSubscribe::topic>(object, "topic");
  else if (op == "unsubscribe")
    command.what = with_string<SessionUnsubscribe, &SessionUnsubscribe::topic>(object, "topic");
  else if (op.empty())
    command.what = invalid(Code::bad_request, "`op` must be a string: what to do");
  else
    command.what = invalid(Code::unknown_operation, "unknown op \"" + std::string(op) + "\"",
                           "known: ping, echo, call, subscribe, unsubscribe");
  return command;
}

std::string pong_frame(const Json& id) {
  std::string out = begin("pong", 16);
  add_id(out, id);
  return out += '}';
}

std::string echo_frame(const Json& id, std::string_view text) {
  std::string out = begin("echo", text.size());
  add_id(out, id);
  add_text(out, "text", text);
  return out += '}';
}

std::string result_frame(const Json& id, const Json& value) {
  return result_frame_text(id, write_json(value));
}

std::string result_frame_text(const Json& id, std::string_view json) {
  std::string out = begin("result", 32 + json.size());
  add_id(out, id);
  out += R"(,"value":)";
  out += json;
  return out += '}';
}

std::string error_frame(const Json& id, const Error& error) {
  std::string out = begin("error", 64 + error.text.size());
  add_id(out, id);
  add_text(out, "code", name(error.code));
  add_text(out, "text", error.text);
  if (!error.hint.empty()) add_text(out, "hint", error.hint);
  if (error.retry_after_ms > 0) {
    out += R"(,"retry_after_ms":)";
    JsonWriter(out).value(error.retry_after_ms);
  }
  return out += '}';
}

std::string state_frame(std::string_view topic, std::uint32_t version, const Json& data) {
  return versioned("state", topic, version, data);
}
std::string delta_frame(std::string_view topic, std::uint32_t version, const Json& patch) {
  return versioned("delta", topic, version, patch);
}

}  // namespace tutti::wire
