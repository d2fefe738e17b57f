// libjpeg, whose errors jump: no object with a destructor lives between setjmp and its calls.
#include <cstdio>
// jpeglib.h needs FILE.
#include <jpeglib.h>

#include <csetjmp>
#include <cstdlib>

#include "shell/media/image.hpp"

namespace tutti::shell::detail {
namespace {

struct Failing {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
};

[[noreturn]] void fail_by_jump(j_common_ptr info) {
  std::longjmp(reinterpret_cast<Failing*>(info->err)->jump, 1);
}

void be_quiet(j_common_ptr) {}

// A damaged image warns without end; each warning costs time only.
void no_message(j_common_ptr, int) {}

void set_errors(Failing& failing) {
  jpeg_std_error(&failing.manager);
  failing.manager.error_exit = fail_by_jump;
  failing.manager.output_message = be_quiet;
  failing.manager.emit_message = no_message;
}

std::unexpected<Error> damaged() { return fail(Code::corrupt, "the jpeg image is damaged"); }

// One row of what libjpeg gives to RGBA. Inks are inverted, as Adobe writes them.
void to_rgba(const JSAMPLE* in, int channels, JDIMENSION width, std::uint8_t* out) {
  for (JDIMENSION x = 0; x < width; ++x, in += channels, out += 4) {
    out[3] = 255;
    for (int c = 0; c < 3; ++c) {
      if (channels == 4) out[c] = static_cast<std::uint8_t>(in[c] * in[3] / 255);
      else out[c] = channels == 1 ? in[0] : in[c];
    }
  }
}

// The coarsest of libjpeg's own reductions (1/8 to 8/8) that is still larger than the target.
void choose_scale(jpeg_decompress_struct& info, const ImageInfo& target) {
  bool inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = inks                                     ? JCS_CMYK
                         : info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE
                                                                  : JCS_RGB;
  info.scale_denom = 8;
  for (info.scale_num = 1; info.scale_num < 8; ++info.scale_num) {
    jpeg_calc_output_dimensions(&info);
    if (info.output_width >= static_cast<JDIMENSION>(target.width) &&
        info.output_height >= static_cast<JDIMENSION>(target.height))
      break;
  }
}

// Between begin and end of a decoding; false: it jumped.
bool read_rows(jpeg_decompress_struct& info, Failing& failing, BoxScaler& scaler, JSAMPLE* line,
               std::uint8_t* rgba) {
  if (setjmp(failing.jump) != 0) return false;
  while (info.output_scanline < info.output_height) {
    if (jpeg_read_scanlines(&info, &line, 1) != 1) return false;
    to_rgba(line, info.output_components, info.output_width, rgba);
    scaler.row(rgba);
  }
  return true;
}

bool begin(jpeg_decompress_struct& info, Failing& failing, std::string_view bytes,
           const ImageInfo* target) {
  if (setjmp(failing.jump) != 0) return false;
  jpeg_create_decompress(&info);
  info.mem->max_memory_to_use = 128 * 1024 * 1024;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  if (jpeg_read_header(&info, TRUE) != JPEG_HEADER_OK) return false;
  if (target == nullptr) return true;
  choose_scale(info, *target);
  return jpeg_start_decompress(&info) != FALSE;
}

}  // namespace

Result<ImageInfo> probe_jpeg(std::string_view bytes) {
  jpeg_decompress_struct info{};
  Failing failing{};
  info.err = &failing.manager;
  set_errors(failing);
  bool sound = begin(info, failing, bytes, nullptr);
  ImageInfo found{ImageKind::jpeg, static_cast<int>(info.image_width),
                  static_cast<int>(info.image_height)};
  jpeg_destroy_decompress(&info);
  if (!sound) return damaged();
  return found;
}

Result<BoxScaler> decode_jpeg(std::string_view bytes, const ImageInfo& target) {
  jpeg_decompress_struct info{};
  Failing failing{};
  info.err = &failing.manager;
  set_errors(failing);
  bool sound = begin(info, failing, bytes, &target);
  BoxScaler scaler(static_cast<int>(info.output_width), static_cast<int>(info.output_height),
                   target.width, target.height);
  if (sound) {
    std::vector<JSAMPLE> line(std::size_t{info.output_width} * 4);
    std::vector<std::uint8_t> rgba(std::size_t{info.output_width} * 4);
    sound = read_rows(info, failing, scaler, line.data(), rgba.data());
  }
  jpeg_destroy_decompress(&info);
  if (!sound) return damaged();
  return scaler;
}

namespace {

struct Target {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

bool write_rows(jpeg_compress_struct& info, Failing& failing, const BoxScaler& image, JSAMPLE* line,
                Target& out) {
  if (setjmp(failing.jump) != 0) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &out.bytes, &out.size);
  info.image_width = static_cast<JDIMENSION>(image.width());
  info.image_height = static_cast<JDIMENSION>(image.height());
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 85, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    const std::uint8_t* from =
        image.pixels().data() + std::size_t{info.next_scanline} * info.image_width * 4;
    for (std::size_t x = 0; x < info.image_width; ++x)
      for (std::size_t c = 0; c < 3; ++c) line[x * 3 + c] = from[x * 4 + c];
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

Result<std::string> encode_jpeg(const BoxScaler& image) {
  jpeg_compress_struct info{};
  Failing failing{};
  info.err = &failing.manager;
  set_errors(failing);
  Target out;
  std::vector<JSAMPLE> line(static_cast<std::size_t>(image.width()) * 3);
  bool sound = write_rows(info, failing, image, line.data(), out);
  std::string bytes;
  if (sound) bytes.assign(reinterpret_cast<const char*>(out.bytes), out.size);
  jpeg_destroy_compress(&info);
  std::free(out.bytes);
  if (!sound) return fail(Code::internal, "the jpeg image could not be made");
  return bytes;
}

}  // namespace tutti::shell::detail
