#pragma once
// For tests and fuzzing of http.hpp: what a stream of requests comes to, as text, however it is
// split.

#include <string>
#include <string_view>
#include <vector>

#include "core/wire/http.hpp"

namespace tutti::wire::test {

inline std::string described(const HttpRequest& r) {
  std::string text = r.method + " " + r.target + " " + std::to_string(r.version) +
                     (r.keep_alive ? " keep" : " close");
  for (const auto& h : r.headers) text += "|" + h.name + "=" + h.value;
  return text + "|" + r.body + "\n";
}

// The requests of a stream, one after another, then the error that ends it. cuts: where it is
// split, rising.
inline std::string requests_of(std::string_view bytes, const std::vector<std::size_t>& cuts,
                               HttpParser::Bounds bounds = {}) {
  HttpParser parser(bounds);
  std::string out;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    std::size_t to = i < cuts.size() ? cuts[i] : bytes.size();
    std::string_view piece = bytes.substr(from, to - from);
    from = to;
    while (!piece.empty()) {
      auto used = parser.feed(as_bytes(piece));
      if (!used) return out + "error " + std::to_string(used.error().status);
      piece.remove_prefix(*used);
      if (parser.done()) out += described(parser.take());
    }
  }
  return out;
}

}  // namespace tutti::wire::test
