#pragma once
// The field Sec-WebSocket-Extensions as values (RFC 6455 section 9.1).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::wire {

struct ExtensionParameter {
  std::string name;
  std::optional<std::string> value;  // unquoted
};

struct Extension {
  std::string name;
  std::vector<ExtensionParameter> parameters;
};

inline constexpr std::size_t kMaxExtensionItems = 64;  // names and parameters of one field together

// Is it a token (RFC 9110 section 5.6.2)?
bool is_token(std::string_view text);

// Errors: bad_request when it breaks the grammar, or a quoted value is no token, or there are too
// many.
Result<std::vector<Extension>> parse_extensions(std::string_view field);

}  // namespace tutti::wire
