#pragma once
// Bytes: views, immutable counted buffers, big-endian numbers.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tutti {

using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// An immutable buffer, shared by count: the one shared_ptr of the core. Copies share; nobody can
// change it.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string text) : data_(std::make_shared<const std::string>(std::move(text))) {}
  static Bytes copy(ByteView view) { return Bytes(std::string(as_text(view))); }

  ByteView view() const { return data_ ? as_bytes(*data_) : ByteView{}; }
  std::string_view text() const { return data_ ? std::string_view(*data_) : std::string_view{}; }
  std::size_t size() const { return data_ ? data_->size() : 0; }
  bool empty() const { return size() == 0; }
  // Equal content, not equal buffer.
  friend bool operator==(const Bytes& a, const Bytes& b) { return a.text() == b.text(); }

 private:
  std::shared_ptr<const std::string> data_;
};

template <class T>
T load_be(const std::byte* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((value << 8) | std::to_integer<T>(from[i]));
  return value;
}
template <class T>
void store_be(std::byte* to, T value) {
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(value >> 8))
    to[i] = static_cast<std::byte>(value & 0xff);
}

std::string base64(ByteView bytes);  // RFC 4648 section 4, padded
std::string hex(ByteView bytes);     // lower case

}  // namespace tutti
