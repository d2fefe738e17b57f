#include "core/base/ids.hpp"

namespace tutti {
namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kIdLength = 13;
}  // namespace

std::string id_text(std::uint64_t value) {
  std::string text(kIdLength, '0');
  for (std::size_t i = kIdLength; i-- > 0; value >>= 5) text[i] = kAlphabet[value & 31];
  return text;
}

std::optional<std::uint64_t> id_parse(std::string_view text) {
  if (text.size() != kIdLength) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kIdLength; ++i) {
    auto digit = kAlphabet.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    if (i == 0 && digit > 15) return std::nullopt;  // 13 digits hold 65 bits, ids 64
    value = (value << 5) | digit;
  }
  return value;
}

}  // namespace tutti
