// The writing half of websocket.hpp.
#include <bit>

#include "core/base/check.hpp"
#include "core/wire/websocket.hpp"

namespace tutti::wire {
namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kMasked = 0x80;
constexpr std::uint64_t kLength16 = 126;
constexpr unsigned kLength64 = 127;

}  // namespace

FrameHeader frame_header(Opcode opcode, bool fin, bool compressed, std::uint64_t payload_bytes) {
  FrameHeader header;
  header.bytes[0] = static_cast<std::byte>((fin ? kFin : 0) | (compressed ? kRsv1 : 0) |
                                           static_cast<unsigned>(opcode));
  if (payload_bytes < kLength16) {
    header.bytes[1] = static_cast<std::byte>(payload_bytes);
    header.size = 2;
  } else if (payload_bytes <= UINT16_MAX) {
    header.bytes[1] = static_cast<std::byte>(kLength16);
    store_be(&header.bytes[2], static_cast<std::uint16_t>(payload_bytes));
    header.size = 4;
  } else {
    header.bytes[1] = static_cast<std::byte>(kLength64);
    store_be(&header.bytes[2], payload_bytes);
    header.size = 10;
  }
  return header;
}

FrameHeader masked_frame_header(Opcode opcode, bool fin, bool compressed,
                                std::uint64_t payload_bytes, std::uint32_t key) {
  FrameHeader header = frame_header(opcode, fin, compressed, payload_bytes);
  header.bytes[1] |= static_cast<std::byte>(kMasked);
  store_be(&header.bytes[header.size], key);
  header.size += 4;
  return header;
}

void mask(MutableBytes bytes, std::uint32_t key, std::size_t offset) {
  key = std::rotl(key, static_cast<int>(offset % 4 * 8));
  std::byte pattern[8];
  store_be(pattern, std::uint64_t{key} << 32 | key);
  std::uint64_t word = 0;
  std::memcpy(&word, pattern, 8);
  std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, 8);
    value ^= word;
    std::memcpy(at, &value, 8);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] ^= pattern[i];
}

void append_frame(std::string& out, Opcode opcode, ByteView payload,
                  std::optional<std::uint32_t> key, bool fin, bool compressed) {
  FrameHeader header = key ? masked_frame_header(opcode, fin, compressed, payload.size(), *key)
                           : frame_header(opcode, fin, compressed, payload.size());
  out += as_text(header.view());
  std::size_t start = out.size();
  out += as_text(payload);
  if (key) mask({reinterpret_cast<std::byte*>(out.data()) + start, payload.size()}, *key);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  if (code == kCloseNoCode) return {};
  INVARIANT(valid_close_code(code));
  std::array<std::byte, 2> bytes;
  store_be(bytes.data(), code);
  return std::string(as_text(bytes)) + std::string(utf8_prefix(reason, kMaxCloseReasonBytes));
}

}  // namespace tutti::wire
