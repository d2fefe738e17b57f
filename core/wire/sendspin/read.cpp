#include "core/wire/sendspin/read.hpp"

#include <fmt/format.h>

#include "core/base/utf8.hpp"

namespace tutti::wire::sendspin {
namespace {

constexpr std::size_t kFoundBytes = 60;
constexpr std::size_t kSkippedBytes = 200;

std::string expected_integer(const Int& bound) {
  if (bound.step == 1) return fmt::format("an integer from {} to {}", bound.least, bound.most);
  std::string all;
  for (std::int64_t n = bound.least; n <= bound.most; n += bound.step)
    all = expected_word(all, std::to_string(n));
  return all;
}

// The place of the first fault in words: "client/hello: payload.version: expected ..., found ...".
std::unexpected<Error> told(std::string_view type, const Fault& fault) {
  return fail(Code::bad_request,
              fmt::format("{}{}{}: expected {}, found {}", type, type.empty() ? "" : ": ", fault.at,
                          fault.expected, fault.found));
}

template <class Message, std::size_t I = 0>
Result<Message> read_as(std::string_view type, const Json& payload) {
  if constexpr (I == std::variant_size_v<Message>) {
    return Message(Unknown{std::string(utf8_prefix(type, bounds::kType.most))});
  } else {
    using M = std::variant_alternative_t<I, Message>;
    if (kTypeOf<M>.empty() || kTypeOf<M> != type) return read_as<Message, I + 1>(type, payload);
    if constexpr (!std::same_as<M, Unknown>) {
      M message;
      if (auto fault = under("payload", read_value(payload, message, Any{})))
        return told(type, *fault);
      return Message(std::move(message));
    }
    std::unreachable();
  }
}

template <class Message>
Result<Message> read_message(std::string_view json, JsonParser& parser) {
  auto root = parser.parse(json, bounds::kJson);
  if (!root) return std::unexpected(root.error());
  if (root->as_object() == nullptr) return told("", {"message", "an object", found_text(*root)});
  const Json* type = root->find("type");
  if (type == nullptr || type->as_string() == nullptr)
    return told("", {"type", "a string", type == nullptr ? "nothing" : found_text(*type)});
  static const Json kEmpty = Json::object();
  const Json* payload = root->find("payload");
  return read_as<Message>(*type->as_string(),
                          payload == nullptr || payload->is_null() ? kEmpty : *payload);
}

}  // namespace

std::string found_text(const Json& value) {
  if (value.as_array() != nullptr) return "an array";
  if (value.as_object() != nullptr) return "an object";
  std::string text = write_json(value);
  std::string_view shown = utf8_prefix(text, kFoundBytes);
  return shown.size() == text.size() ? text : std::string(shown) + "...";
}

std::string skipped_text(const Json& value) {
  return std::string(utf8_prefix(write_json(value), kSkippedBytes));
}

MaybeFault wrong(const Json& value, std::string expected, bool unusable) {
  return Fault{"", std::move(expected), found_text(value), unusable};
}

MaybeFault under(std::string_view key, MaybeFault fault) {
  if (!fault) return fault;
  std::string place(key);
  if (!fault->at.empty() && fault->at.front() != '[') place += '.';
  fault->at = place + fault->at;
  return fault;
}

std::string expected_word(std::string_view known, std::string_view next) {
  return known.empty() ? std::string(next) : fmt::format("{} or {}", known, next);
}

MaybeFault read_value(const Json& value, bool& out, Any) {
  auto flag = value.as_bool();
  if (!flag) return wrong(value, "true or false");
  out = *flag;
  return std::nullopt;
}

MaybeFault read_value(const Json& value, std::string& out, const Text& bound) {
  const std::string* text = value.as_string();
  if (text == nullptr) return wrong(value, "a string");
  if (text->size() < bound.least || (text->size() > bound.most && !bound.cut))
    return Fault{"", fmt::format("a string of {} to {} bytes", bound.least, bound.most),
                 fmt::format("one of {}", text->size()), true};
  out = utf8_prefix(*text, bound.most);
  return std::nullopt;
}

MaybeFault read_value(const Json& value, double& out, const Real& bound) {
  auto number = value.as_double();
  if (!number || *number < bound.least || *number > bound.most)
    return wrong(value, fmt::format("a number from {} to {}", bound.least, bound.most),
                 number.has_value());
  out = *number;
  return std::nullopt;
}

MaybeFault read_value(const Json& value, ServerTime& out, const Int& bound) {
  return read_integer(value, out.us, bound);
}

MaybeFault read_integer(const Json& value, std::int64_t& out, const Int& bound) {
  auto number = value.as_int();
  if (!number && bound.round) {
    // Bounds with rounding are far inside of what a double holds exactly.
    auto real = value.as_double();
    if (real && *real >= static_cast<double>(bound.least) - 0.5 &&
        *real <= static_cast<double>(bound.most) + 0.5)
      number = std::llround(*real);
  }
  if (!number || *number < bound.least || *number > bound.most ||
      (bound.step != 1 && (*number - bound.least) % bound.step != 0))
    return wrong(value, expected_integer(bound), number.has_value());
  out = *number;
  return std::nullopt;
}

MaybeFault read_value(const Json& value, Rgb& out, Any) {
  const JsonArray* parts = value.as_array();
  if (parts == nullptr || parts->size() != out.size())
    return wrong(value, "an array of three integers from 0 to 255");
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto part = (*parts)[i].as_int();
    if (!part || *part < 0 || *part > 255)
      return under(fmt::format("[{}]", i), wrong((*parts)[i], "an integer from 0 to 255"));
    out[i] = static_cast<std::uint8_t>(*part);
  }
  return std::nullopt;
}

Result<ClientMessage> parse_client(std::string_view json, JsonParser& parser) {
  return read_message<ClientMessage>(json, parser);
}
Result<ClientMessage> parse_client(std::string_view json) {
  JsonParser parser;
  return parse_client(json, parser);
}
Result<ServerMessage> parse_server(std::string_view json, JsonParser& parser) {
  return read_message<ServerMessage>(json, parser);
}
Result<ServerMessage> parse_server(std::string_view json) {
  JsonParser parser;
  return parse_server(json, parser);
}

}  // namespace tutti::wire::sendspin
