#pragma once
// Images of covers: looked at before they are decoded, made smaller row by row, so that memory is
// bounded whatever comes. jpeg, png and webp in; jpeg out, or webp where there is transparency.
// Thread: interactive, or a child process for images nobody has looked at.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::shell {

enum class ImageKind : std::uint8_t { jpeg, png, webp };
std::string_view mime_type(ImageKind kind);

struct ImageInfo {
  ImageKind kind = ImageKind::jpeg;
  int width = 0;  // pixels
  int height = 0;
};

inline constexpr std::int64_t kImagePixels = 50'000'000;  // more is refused undecoded
// An interlaced png has to be held whole.
inline constexpr std::int64_t kInterlacedPixels = 16'000'000;
inline constexpr int kEdgeLeast = 64;
inline constexpr int kEdgeMost = 1024;

// By the first bytes and the header. Errors: unsupported: no image that is known; too_large.
Result<ImageInfo> probe_image(std::string_view bytes);

struct Resized {
  ImageKind kind = ImageKind::jpeg;
  int width = 0;
  int height = 0;
  std::string bytes;
};
// Upright, as the EXIF of a jpeg says (EXIF 2.32, section 4.6.4, tag 0x0112); probe_image tells the
// size as stored. Within a square of `edge` pixels (brought to kEdgeLeast..kEdgeMost), never larger
// than it was. Errors: those of probe_image; corrupt.
Result<Resized> resize_image(std::string_view bytes, int edge);

namespace detail {

// What EXIF says of a jpeg's orientation, 1 to 8; 1, upright, where it says nothing or nonsense.
int jpeg_orientation(std::string_view bytes);
struct Place {
  int x = 0;
  int y = 0;
  friend bool operator==(Place, Place) = default;
};
// Where a pixel of a stored image of this size is seen.
Place shown_at(int orientation, Place stored, int width, int height);

// Rows in, fewer rows out, each output pixel the mean of the area it stands for (a box filter);
// colours count as much as they are opaque. Memory: two output rows and the output.
class BoxScaler {
 public:
  BoxScaler(int width, int height, int out_width, int out_height);
  // The next row: four bytes a pixel, red, green, blue, alpha.
  void row(const std::uint8_t* rgba);
  bool complete() const { return out_y_ == out_height_; }
  // Turns and mirrors the complete picture: its orientation is 1 then.
  void turn(int orientation);
  bool opaque() const { return opaque_; }
  int width() const { return out_width_; }
  int height() const { return out_height_; }
  const std::vector<std::uint8_t>& pixels() const { return out_; }

 private:
  void squeeze(const std::uint8_t* rgba);
  void add(double weight);
  void emit();

  int width_, height_, out_width_, out_height_;
  int in_y_ = 0, out_y_ = 0;
  bool opaque_ = true;
  std::vector<double> line_;  // the input row, squeezed
  std::vector<double> sum_;   // of the output row
  std::vector<std::uint8_t> out_;
};

// Sizes so that the image fits into the square; at least one pixel.
ImageInfo fitted(const ImageInfo& info, int edge);

Result<ImageInfo> probe_jpeg(std::string_view bytes);
Result<ImageInfo> probe_png(std::string_view bytes, bool& interlaced);
Result<ImageInfo> probe_webp(std::string_view bytes);
// Decode into a scaler of the target's size.
Result<BoxScaler> decode_jpeg(std::string_view bytes, const ImageInfo& target);
Result<BoxScaler> decode_png(std::string_view bytes, const ImageInfo& target);
Result<BoxScaler> decode_webp(std::string_view bytes, const ImageInfo& target);
Result<std::string> encode_jpeg(const BoxScaler& image);
Result<std::string> encode_webp(const BoxScaler& image);

}  // namespace detail

}  // namespace tutti::shell
