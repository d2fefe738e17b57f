#include "core/library/scan.hpp"

#include "core/base/utf8.hpp"

namespace tutti::library {

std::string display_text(std::string_view path_bytes) {
  std::string out;
  while (!path_bytes.empty()) {
    std::size_t n = utf8_sequence(path_bytes);
    out += n > 0 ? path_bytes.substr(0, n) : "\xEF\xBF\xBD";
    path_bytes.remove_prefix(n > 0 ? n : 1);
  }
  return out;
}

}  // namespace tutti::library
