#pragma once
// Conditional and range requests of what is known by an entity tag (RFC 9110 sections 13 and 14).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/wire/http_message.hpp"
#include "core/wire/range.hpp"

namespace tutti::wire {

// What a request says of the representation it wants; each the field's value, empty without one.
struct Conditions {
  std::string range;
  std::string if_range;
  std::string if_none_match;
  static Conditions of(const HttpRequest& request);
};

// Does the asker have it already (If-None-Match, weak comparison; "*" is any)?
bool not_modified(std::string_view if_none_match, std::string_view etag);

struct FileAnswer {
  int status = 200;  // 206: `part` of it; 304 and 416: no body
  ByteRange part;
  std::vector<HttpHeader> headers;  // ETag, Accept-Ranges, Content-Range
};
// How a file of `size` bytes is answered.
FileAnswer answer_file(const Conditions& wanted, std::string_view etag, std::uint64_t size);

}  // namespace tutti::wire
