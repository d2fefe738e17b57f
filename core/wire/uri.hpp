#pragma once
// Request targets (RFC 9110 section 4, RFC 3986): percent-decoding, path segments, query
// parameters. Strict: what two readers could take for different things is refused, never guessed.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::wire {

inline constexpr std::size_t kTargetBytesMax = 8192;
inline constexpr std::size_t kPathSegmentsMax = 64;
inline constexpr std::size_t kQueryParametersMax = 64;

struct QueryParameter {
  std::string key;
  std::string value;
  friend bool operator==(const QueryParameter&, const QueryParameter&) = default;
};

struct Target {
  std::vector<std::string>
      segments;  // "/a/b%20c" -> {"a", "b c"}; "/" -> {}; a final slash gives a final ""
  std::vector<QueryParameter> query;  // in the order given; a key may repeat
};

// "%41" -> "A". Errors: bad_request for an incomplete escape, for NUL, and for text that is not
// UTF-8.
Result<std::string> percent_decode(std::string_view text);
// Escapes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

// "a=1&b=x+y"; '+' is a space, as forms write it. Empty parts are skipped, a part without '=' has
// an empty value. Errors: bad_request, too_large (kQueryParametersMax).
Result<std::vector<QueryParameter>> parse_query(std::string_view query);

// An origin-form target. Segments are safe file names: "." and "..", an encoded slash and a
// backslash are refused. Errors: bad_request, too_large.
Result<Target> parse_target(std::string_view target);

}  // namespace tutti::wire
