#include "core/wire/conditional.hpp"

namespace tutti::wire {

Conditions Conditions::of(const HttpRequest& request) {
  return {std::string(request.header("Range")), std::string(request.header("If-Range")),
          request.header_list("If-None-Match")};
}

bool not_modified(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || list_has(if_none_match, etag) ||
         list_has(if_none_match, "W/" + std::string(etag));
}

FileAnswer answer_file(const Conditions& wanted, std::string_view etag, std::uint64_t size) {
  FileAnswer answer{200, {0, size}, {{"ETag", std::string(etag)}, {"Accept-Ranges", "bytes"}}};
  if (not_modified(wanted.if_none_match, etag)) {
    answer.status = 304;
    return answer;
  }
  // If-Range compares strongly: another content is sent whole (section 13.1.5).
  if (!wanted.if_range.empty() && wanted.if_range != etag) return answer;
  auto range = wanted_range(wanted.range, size);
  if (!range) return answer;
  answer.part = *range;
  answer.status = range->size == 0 ? 416 : 206;
  std::string which = range->size == 0 ? "*"
                                       : std::to_string(range->offset) + "-" +
                                             std::to_string(range->offset + range->size - 1);
  answer.headers.push_back({"Content-Range", "bytes " + which + "/" + std::to_string(size)});
  return answer;
}

}  // namespace tutti::wire
