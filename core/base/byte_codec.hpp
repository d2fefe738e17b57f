#pragma once
// Numbers and texts as bytes, for state that is stored: big-endian, lengths before contents.

#include <cstdint>
#include <string>
#include <string_view>

namespace tutti {

class ByteWriter {
 public:
  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void i64(std::int64_t value) { number(static_cast<std::uint64_t>(value), 8); }
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  std::string take() { return std::move(out_); }

 private:
  void number(std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) u8(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  std::string out_;
};

// Reading past the end gives zeros and is remembered: ask ok() once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
  std::string_view text() {
    std::size_t size = u32();
    if (size > bytes_.size()) return ok_ = false, std::string_view();
    std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  // A count of things of at least `each` bytes: more than can be there is not ok.
  std::size_t count(std::size_t each) {
    std::size_t n = u32();
    if (n > bytes_.size() / each) return ok_ = false, 0;
    return n;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::uint64_t number(std::size_t bytes) {
    if (bytes > bytes_.size()) return ok_ = false, 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | static_cast<std::uint8_t>(bytes_[i]);
    bytes_.remove_prefix(bytes);
    return value;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace tutti
