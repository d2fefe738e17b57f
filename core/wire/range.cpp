#include "core/wire/range.hpp"

#include <algorithm>
#include <charconv>

namespace tutti::wire {
namespace {

// Digits only; a number beyond 64 bits counts as the largest.
std::optional<std::uint64_t> number_of(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

}  // namespace

std::optional<ByteRange> wanted_range(std::string_view header, std::uint64_t body_size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  std::size_t dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos)
    return std::nullopt;
  std::string_view first_text = header.substr(0, dash);
  std::string_view last_text = header.substr(dash + 1);
  auto first = number_of(first_text);
  auto last = number_of(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty())) return std::nullopt;
  if (!first && !last) return std::nullopt;
  if (!first) {  // the last so many bytes
    std::uint64_t size = std::min(*last, body_size);
    return ByteRange{body_size - size, size};
  }
  if (last && *last < *first) return std::nullopt;
  if (*first >= body_size) return ByteRange{0, 0};
  std::uint64_t end = last && *last < body_size - 1 ? *last + 1 : body_size;
  return ByteRange{*first, end - *first};
}

}  // namespace tutti::wire
