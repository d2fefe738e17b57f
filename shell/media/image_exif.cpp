// Which way up a jpeg is to be shown, from its EXIF (EXIF 2.32, section 4.5.4 the file, 4.6.2 the
// directory, 4.6.4 the orientation). Every offset is the file's word: all are looked at first.
#include "shell/media/image.hpp"

namespace tutti::shell::detail {
namespace {

constexpr int kOrientation = 0x0112;
constexpr int kShort = 3;              // the type that the tag has
constexpr std::size_t kEntry = 12;     // bytes
constexpr std::size_t kSegments = 64;  // of a jpeg looked at; EXIF is the first or second

// TIFF's numbers, in the order of bytes that its first two name. 0 beyond the end.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_(bytes.starts_with("MM")) {}
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<std::uint8_t>(bytes_[at + (big_ ? i : size - 1 - i)]);
    return value;
  }
  bool is_sound() const {
    return (big_ || bytes_.starts_with("II")) && number(2, 2) == 42 && number(4, 4) >= 8;
  }

 private:
  std::string_view bytes_;
  bool big_;
};

// Of the first directory, which is the main image's. A count that is a lie ends at the end.
int orientation_in(const Tiff& tiff, std::size_t size) {
  if (!tiff.is_sound()) return 1;
  std::size_t at = tiff.number(4, 4);
  std::size_t count = tiff.number(at, 2);
  at += 2;
  for (std::size_t i = 0; i < count && at + kEntry <= size; ++i, at += kEntry) {
    if (tiff.number(at, 2) != kOrientation) continue;
    bool is_one_short = tiff.number(at + 2, 2) == kShort && tiff.number(at + 4, 4) == 1;
    std::uint32_t value = is_one_short ? tiff.number(at + 8, 2) : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int jpeg_orientation(std::string_view bytes) {
  std::size_t at = 2;  // after SOI; then marker, length (its own two bytes in it), content
  for (std::size_t n = 0; n < kSegments && at + 4 <= bytes.size(); ++n) {
    auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    if (byte(at) != 0xff) return 1;
    std::uint8_t marker = byte(at + 1);
    if (marker == 0xff) {  // a fill byte (ITU-T T.81, section B.1.1.2)
      ++at;
      continue;
    }
    std::size_t length = static_cast<std::size_t>(byte(at + 2)) << 8 | byte(at + 3);
    bool is_image = marker == 0xda || marker == 0xd9;  // SOS, EOI
    if (is_image || length < 2 || length > bytes.size() - at - 2) return 1;
    std::string_view content = bytes.substr(at + 4, length - 2);
    if (marker == 0xe1 && content.starts_with(std::string_view("Exif\0\0", 6))) {
      content.remove_prefix(6);
      return orientation_in(Tiff(content), content.size());
    }
    at += 2 + length;
  }
  return 1;
}

// Values as the standard has them: where row 0 and column 0 of the stored image are to be seen.
Place shown_at(int orientation, Place stored, int width, int height) {
  int x = stored.x, y = stored.y, right = width - 1 - x, below = height - 1 - y;
  switch (orientation) {
    case 2: return {right, y};
    case 3: return {right, below};
    case 4: return {x, below};
    case 5: return {y, x};
    case 6: return {below, x};
    case 7: return {below, right};
    case 8: return {y, right};
    default: return {x, y};
  }
}

}  // namespace tutti::shell::detail
