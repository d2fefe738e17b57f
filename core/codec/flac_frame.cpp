#include "core/codec/flac_frame.hpp"

#include "core/base/check.hpp"

namespace tutti::codec {
namespace {

constexpr std::uint32_t kCrc16 = 0x18005;  // x^16 + x^15 + x^2 + 1

// a * b modulo the polynomial of the CRC-16.
std::uint32_t times(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (int bit = 15; bit >= 0; --bit) {
    product <<= 1;
    if ((product & 0x10000) != 0) product ^= kCrc16;
    if ((b >> bit & 1) != 0) product ^= a;
  }
  return product;
}

// What a difference in the state becomes after `bytes` more bytes: times x^(8 bytes).
std::uint16_t carried(std::uint32_t difference, std::size_t bytes) {
  std::uint32_t power = 0x100;
  for (; bytes > 0; bytes >>= 1) {
    if ((bytes & 1) != 0) difference = times(difference, power);
    power = times(power, power);
  }
  return static_cast<std::uint16_t>(difference);
}

// The coded number (RFC 9639 section 9.1.5): UTF-8 as it once was, up to 36 bits in seven bytes.
void append_number(std::uint64_t number, std::string& out) {
  if (number < 0x80) {
    out += static_cast<char>(number);
    return;
  }
  unsigned more = 1;  // bytes of six bits that follow the first, which has 6 - more
  while (number >> (6 * more) >= 1ULL << (6 - more)) ++more;
  auto lead = static_cast<std::uint8_t>(0xff00U >> (more + 1));
  out += static_cast<char>(lead | number >> (6 * more));
  while (more-- > 0) out += static_cast<char>(0x80 | (number >> (6 * more) & 0x3f));
}

// Bytes of the header before its checksum, the coded number being one byte.
std::size_t header_size(std::string_view frame) {
  unsigned block = static_cast<std::uint8_t>(frame[2]) >> 4;
  unsigned rate = static_cast<std::uint8_t>(frame[2]) & 15U;
  std::size_t size = 5;
  if (block == 6 || block == 7) size += block - 5;
  if (rate >= 12 && rate <= 14) size += rate == 12 ? 1 : 2;
  return size;
}

}  // namespace

std::uint8_t flac_crc8(std::string_view bytes) {
  unsigned crc = 0;
  for (char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1 ^ ((crc & 0x80) != 0 ? 0x107U : 0U)) & 0xff;
  }
  return static_cast<std::uint8_t>(crc);
}

std::uint16_t flac_crc16(std::string_view bytes) {
  std::uint32_t crc = 0;
  for (char c : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<std::uint8_t>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc & 0x8000) != 0 ? kCrc16 : 0U);
  }
  return static_cast<std::uint16_t>(crc);
}

void place_flac_frame(std::string_view frame, std::uint64_t first_sample, std::string& out) {
  INVARIANT(frame.size() > 10 && frame[0] == '\xff' && frame[1] == '\xf8' && frame[4] == 0);
  INVARIANT(first_sample >> 36 == 0);
  std::size_t old_header = header_size(frame);
  std::string_view body = frame.substr(old_header + 1, frame.size() - old_header - 3);
  std::size_t begin = out.size();
  out += '\xff';
  out += '\xf9';
  out += frame.substr(2, 2);
  append_number(first_sample, out);
  out += frame.substr(5, old_header - 5);
  out += static_cast<char>(flac_crc8(std::string_view(out).substr(begin)));

  // The body is the same, so only what the two headers differ in has to be carried through it.
  std::uint16_t crc = load_be<std::uint16_t>(as_bytes(frame).data() + frame.size() - 2);
  std::uint32_t difference =
      static_cast<std::uint32_t>(flac_crc16(frame.substr(0, old_header + 1)) ^
                                 flac_crc16(std::string_view(out).substr(begin)));
  crc = static_cast<std::uint16_t>(crc ^ carried(difference, body.size()));
  out += body;
  out += static_cast<char>(crc >> 8);
  out += static_cast<char>(crc & 0xff);
}

}  // namespace tutti::codec
