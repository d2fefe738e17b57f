#include "core/wire/extension_list.hpp"

#include <algorithm>

namespace tutti::wire {
namespace {

bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Reads from the front of what is left.
struct Cursor {
  std::string_view left;

  void skip_space() {
    while (!left.empty() && (left.front() == ' ' || left.front() == '\t')) left.remove_prefix(1);
  }
  bool take(char c) {
    skip_space();
    if (left.empty() || left.front() != c) return false;
    left.remove_prefix(1);
    return true;
  }
  // Empty when there is none.
  std::string token() {
    skip_space();
    auto end = std::find_if_not(left.begin(), left.end(), is_token_char);
    std::string out(left.begin(), end);
    left.remove_prefix(out.size());
    return out;
  }
  // After the opening quote; nothing when it does not close.
  std::optional<std::string> quoted() {
    std::string out;
    while (!left.empty()) {
      char c = left.front();
      left.remove_prefix(1);
      if (c == '"') return out;
      if (c == '\\') {
        if (left.empty()) return std::nullopt;
        c = left.front();
        left.remove_prefix(1);
      }
      out += c;
    }
    return std::nullopt;
  }
};

std::unexpected<Error> broken(std::string_view what) {
  return fail(Code::bad_request, "Sec-WebSocket-Extensions: " + std::string(what));
}

Result<ExtensionParameter> parse_parameter(Cursor& at) {
  ExtensionParameter parameter{at.token(), std::nullopt};
  if (parameter.name.empty()) return broken("a parameter without a name");
  if (!at.take('=')) return parameter;
  // RFC 6455 section 9.1: unquoted, the value must be a token too.
  parameter.value = at.take('"') ? at.quoted() : at.token();
  if (!parameter.value || !is_token(*parameter.value))
    return broken("the value of " + parameter.name + " is no token");
  return parameter;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

Result<std::vector<Extension>> parse_extensions(std::string_view field) {
  std::vector<Extension> all;
  std::size_t items = 0;
  Cursor at{field};
  for (;;) {
    while (at.take(',')) {  // empty elements are allowed in lists (RFC 9110 section 5.6.1.2)
    }
    if (at.left.empty()) return all;
    Extension extension{at.token(), {}};
    if (extension.name.empty()) return broken("an extension without a name");
    ++items;
    while (at.take(';')) {
      auto parameter = parse_parameter(at);
      if (!parameter) return std::unexpected(parameter.error());
      extension.parameters.push_back(std::move(*parameter));
      if (++items > kMaxExtensionItems) return broken("too many");
    }
    if (items > kMaxExtensionItems) return broken("too many");
    all.push_back(std::move(extension));
    at.skip_space();
    if (!at.left.empty() && at.left.front() != ',')
      return broken("neither comma nor semicolon after an item");
  }
}

}  // namespace tutti::wire
