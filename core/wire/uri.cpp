#include "core/wire/uri.hpp"

#include <algorithm>

#include "core/base/utf8.hpp"

namespace tutti::wire {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

// Calls part(text) for each piece between separators; stops at the first error.
template <class F>
Result<void> each_part(std::string_view text, char separator, F part) {
  while (true) {
    std::size_t end = text.find(separator);
    if (auto done = part(text.substr(0, end)); !done) return done;
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
}

Result<std::string> segment(std::string_view text) {
  auto decoded = percent_decode(text);
  if (!decoded) return decoded;
  if (*decoded == "." || *decoded == ".." || decoded->find_first_of("/\\") != std::string::npos) {
    return fail(Code::bad_request, "path: '.', '..', an encoded slash or a backslash is no name");
  }
  return decoded;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return fail(Code::bad_request, "URL: '%' must be followed by two hexadecimal digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (out.find('\0') != std::string::npos)
    return fail(Code::bad_request, "URL: a NUL is not allowed");
  if (!utf8_valid(out)) return fail(Code::bad_request, "URL: not UTF-8");
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Result<std::vector<QueryParameter>> parse_query(std::string_view query) {
  std::string spaced(query);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  std::vector<QueryParameter> out;
  auto parameter = [&](std::string_view part) -> Result<void> {
    if (part.empty()) return {};
    if (out.size() == kQueryParametersMax)
      return fail(Code::too_large, "URL: too many query parameters");
    std::size_t equals = part.find('=');
    auto key = percent_decode(part.substr(0, equals));
    if (!key) return std::unexpected(key.error());
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view()
                                                                 : part.substr(equals + 1));
    if (!value) return std::unexpected(value.error());
    out.push_back({std::move(*key), std::move(*value)});
    return {};
  };
  if (auto done = each_part(spaced, '&', parameter); !done) return std::unexpected(done.error());
  return out;
}

Result<Target> parse_target(std::string_view target) {
  if (target.size() > kTargetBytesMax) return fail(Code::too_large, "URL: longer than 8192 bytes");
  if (!target.starts_with('/')) return fail(Code::bad_request, "URL: must start with '/'");
  auto control = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '#';
  };
  if (std::any_of(target.begin(), target.end(), control))
    return fail(Code::bad_request, "URL: a character is not allowed");
  Target out;
  std::size_t question = target.find('?');
  std::string_view path = target.substr(0, question);
  auto add = [&](std::string_view part) -> Result<void> {
    if (out.segments.size() == kPathSegmentsMax)
      return fail(Code::too_large, "URL: too many segments");
    auto name = segment(part);
    if (!name) return std::unexpected(name.error());
    out.segments.push_back(std::move(*name));
    return {};
  };
  if (path.size() > 1) {
    if (auto done = each_part(path.substr(1), '/', add); !done)
      return std::unexpected(done.error());
  }
  if (question == std::string_view::npos) return out;
  auto query = parse_query(target.substr(question + 1));
  if (!query) return std::unexpected(query.error());
  out.query = std::move(*query);
  return out;
}

}  // namespace tutti::wire
