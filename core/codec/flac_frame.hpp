#pragma once
// A FLAC frame's place in its stream. libFLAC numbers the frames of one encoder by count, and an
// encoder has one length of block; a stream of chunks of any length needs frames that carry the
// number of their first sample instead.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace tutti::codec {

// Appends to `out` the same frame with the blocking strategy "variable" and `first_sample` as its
// coded number (RFC 9639 section 9.1), both checksums made right. The frame is a whole and valid
// one of fixed block size with number 0; first_sample is below 2^36.
void place_flac_frame(std::string_view frame, std::uint64_t first_sample, std::string& out);

// CRC-8 of a header and CRC-16 of a frame (RFC 9639 sections 9.1.8 and 9.3), from 0.
std::uint8_t flac_crc8(std::string_view bytes);
std::uint16_t flac_crc16(std::string_view bytes);

}  // namespace tutti::codec
