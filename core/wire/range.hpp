#pragma once
// Byte ranges of a body whose size is known (RFC 9110 section 14).

#include <cstdint>
#include <optional>
#include <string_view>

namespace tutti::wire {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(ByteRange, ByteRange) = default;
};

// What a Range header asks for. Nothing: the whole body (no header, another unit, several ranges or
// a malformed one, which a server may ignore, section 14.2). size 0: not satisfiable, 416.
std::optional<ByteRange> wanted_range(std::string_view header, std::uint64_t body_size);

}  // namespace tutti::wire
