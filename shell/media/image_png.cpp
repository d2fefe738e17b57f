// libpng, whose errors jump: no object with a destructor lives between setjmp and its calls.
#include <png.h>

#include <algorithm>
#include <cstring>

#include "shell/media/image.hpp"

namespace tutti::shell::detail {
namespace {

struct Input {
  std::string_view left;
};

void read_bytes(png_structp png, png_bytep to, png_size_t size) {
  auto* input = static_cast<Input*>(png_get_io_ptr(png));
  if (input->left.size() < size) png_error(png, "cut off");
  std::memcpy(to, input->left.data(), size);
  input->left.remove_prefix(size);
}

[[noreturn]] void fail_by_jump(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void no_warning(png_structp, png_const_charp) {}

std::unexpected<Error> damaged() { return fail(Code::corrupt, "the png image is damaged"); }

class Reader {
 public:
  explicit Reader(std::string_view bytes) : input_{bytes} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, fail_by_jump, no_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool read_header() {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    // Ancillary chunks that unpack are what bombs are made of.
    png_set_chunk_malloc_max(png_, 8 * 1024 * 1024);
    png_set_user_limits(png_, 65'535, 65'535);
    png_set_read_fn(png_, &input_, read_bytes);
    png_read_info(png_, info_);
    return true;
  }
  bool begin_rows() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_gray_to_rgb(png_);
    png_set_add_alpha(png_, 255, PNG_FILLER_AFTER);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return png_get_rowbytes(png_, info_) == std::size_t{width()} * 4;
  }
  bool read_row(std::uint8_t* row) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_row(png_, row, nullptr);
    return true;
  }
  unsigned width() const { return png_get_image_width(png_, info_); }
  unsigned height() const { return png_get_image_height(png_, info_); }
  int passes() const { return passes_; }

 private:
  Input input_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
};

}  // namespace

// The first chunk says it all (PNG specification, section 11.2.2).
Result<ImageInfo> probe_png(std::string_view bytes, bool& interlaced) {
  if (bytes.size() < 29 || bytes.substr(12, 4) != "IHDR") return damaged();
  auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return static_cast<int>(std::min<std::uint32_t>(value, 1U << 30));
  };
  interlaced = bytes[28] != 0;
  return ImageInfo{ImageKind::png, number(16), number(20)};
}

Result<BoxScaler> decode_png(std::string_view bytes, const ImageInfo& target) {
  Reader reader(bytes);
  if (!reader.read_header() || !reader.begin_rows()) return damaged();
  unsigned width = reader.width(), height = reader.height();
  BoxScaler scaler(static_cast<int>(width), static_cast<int>(height), target.width, target.height);
  // Passes of an interlaced image refine rows that were read before: all are kept.
  bool whole = reader.passes() > 1;
  std::size_t stride = std::size_t{width} * 4;
  std::vector<std::uint8_t> rows(stride * (whole ? height : 1));
  for (int pass = 0; pass < reader.passes(); ++pass) {
    for (unsigned y = 0; y < height; ++y) {
      std::uint8_t* row = rows.data() + (whole ? y * stride : 0);
      if (!reader.read_row(row)) return damaged();
      if (pass + 1 == reader.passes()) scaler.row(row);
    }
  }
  return scaler;
}

}  // namespace tutti::shell::detail
