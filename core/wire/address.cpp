#include "core/wire/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace tutti::wire {
namespace {

constexpr int kMappedBits = 96;  // ::ffff:0:0/96 holds IPv4

std::optional<unsigned> number(std::string_view text, int base, std::size_t digits, unsigned most) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, value, base);
  bool whole = !text.empty() && text.size() <= digits && read.ec == std::errc() && read.ptr == end;
  return whole && value <= most ? std::optional(value) : std::nullopt;
}

// Four bytes at out.
bool parse_v4(std::string_view text, std::byte* out) {
  for (int i = 0; i < 4; ++i) {
    std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return false;
    std::string_view part = text.substr(0, dot);
    auto value = number(part, 10, 3, 255);
    // "010" is 8 to some and 10 to others.
    if (!value || (part.size() > 1 && part[0] == '0')) return false;
    out[i] = static_cast<std::byte>(*value);
    text.remove_prefix(std::min(text.size(), dot + 1));
  }
  return true;
}

// Groups of 16 bits, the last two perhaps as IPv4. Bytes appended to out at `size`; none for an
// empty text.
bool parse_groups(std::string_view text, bool last, std::array<std::byte, 16>& out,
                  std::size_t& size) {
  while (!text.empty()) {
    std::size_t colon = text.find(':');
    std::string_view part = text.substr(0, colon);
    bool end = colon == std::string_view::npos;
    if (end && last && part.find('.') != std::string_view::npos) {
      if (size > 12 || !parse_v4(part, &out[size])) return false;
      size += 4;
      return true;
    }
    auto value = number(part, 16, 4, 0xffff);
    if (!value || size > 14) return false;
    out[size++] = static_cast<std::byte>(*value >> 8);
    out[size++] = static_cast<std::byte>(*value & 0xff);
    if (end) return true;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
  }
  return true;
}

bool parse_v6(std::string_view text, Address& out) {
  std::size_t gap = text.find("::");
  std::size_t front = 0;
  if (gap == std::string_view::npos)
    return !text.empty() && parse_groups(text, true, out, front) && front == 16;
  Address tail{};
  std::size_t back = 0;
  if (!parse_groups(text.substr(0, gap), false, out, front)) return false;
  if (!parse_groups(text.substr(gap + 2), true, tail, back)) return false;
  // "::" stands for one group of zeros at least.
  if (front + back > 14) return false;
  std::copy_n(tail.begin(), back, out.end() - static_cast<std::ptrdiff_t>(back));
  return true;
}

bool is_v4(const Address& a) {
  return std::all_of(a.begin(), a.begin() + 10, [](std::byte b) { return b == std::byte{0}; }) &&
         a[10] == std::byte{0xff} && a[11] == std::byte{0xff};
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  Address out{};
  if (parse_v4(text, &out[12])) {
    out[10] = out[11] = std::byte{0xff};
    return out;
  }
  out = {};
  if (parse_v6(text, out)) return out;
  return fail(Code::bad_request, "\"" + std::string(text) + "\" is no address");
}

bool is_loopback(const Address& address) {
  if (is_v4(address)) return address[12] == std::byte{127};
  Address one{};
  one[15] = std::byte{1};
  return address == one;
}

bool Network::contains(const Address& other) const {
  for (int i = 0; i < 16; ++i) {
    int take = std::clamp(bits - 8 * i, 0, 8);
    auto mask = static_cast<std::byte>(0xff00U >> take);
    auto at = static_cast<std::size_t>(i);
    if ((address[at] & mask) != (other[at] & mask)) return false;
  }
  return true;
}

std::string address_text(const Address& address) {
  auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(address[i]); };
  constexpr std::array<std::byte, 12> kMapped{
      {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}}};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin()))
    return fmt::format("{}.{}.{}.{}", byte(12), byte(13), byte(14), byte(15));
  std::string out;
  for (std::size_t i = 0; i < 16; i += 2)
    out += fmt::format("{}{:x}", i == 0 ? "" : ":", byte(i) << 8 | byte(i + 1));
  return out;
}

Result<Network> parse_network(std::string_view text) {
  std::size_t slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address) return std::unexpected(address.error());
  if (slash == std::string_view::npos) return Network{*address, 128};
  bool four = text.substr(0, slash).find(':') == std::string_view::npos;
  auto bits = number(text.substr(slash + 1), 10, 3, four ? 32 : 128);
  if (!bits) return fail(Code::bad_request, "\"" + std::string(text) + "\" is no network");
  return Network{*address, static_cast<int>(*bits) + (four ? kMappedBits : 0)};
}

std::optional<Address> last_forwarded(std::string_view list) {
  std::size_t comma = list.rfind(',');
  std::string_view entry = comma == std::string_view::npos ? list : list.substr(comma + 1);
  while (!entry.empty() && (entry.front() == ' ' || entry.front() == '\t')) entry.remove_prefix(1);
  while (!entry.empty() && (entry.back() == ' ' || entry.back() == '\t')) entry.remove_suffix(1);
  if (entry.starts_with('['))
    entry = entry.substr(1, entry.find(']') == std::string_view::npos ? 0 : entry.find(']') - 1);
  else if (std::count(entry.begin(), entry.end(), ':') == 1)
    entry = entry.substr(0, entry.find(':'));
  auto address = parse_address(entry);
  return address ? std::optional(*address) : std::nullopt;
}

}  // namespace tutti::wire
