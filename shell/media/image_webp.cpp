// libwebp.
#include <webp/decode.h>
#include <webp/encode.h>

#include <cstdint>

#include "shell/media/image.hpp"

namespace tutti::shell::detail {
namespace {

const std::uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

Result<ImageInfo> probe_webp(std::string_view bytes) {
  ImageInfo info{ImageKind::webp, 0, 0};
  if (WebPGetInfo(data_of(bytes), bytes.size(), &info.width, &info.height) == 0)
    return fail(Code::corrupt, "the webp image is damaged");
  return info;
}

// libwebp scales while it decodes, in memory of the size of its output and a few rows.
Result<BoxScaler> decode_webp(std::string_view bytes, const ImageInfo& target) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return fail(Code::internal, "libwebp does not fit");
  config.options.use_scaling = 1;
  config.options.scaled_width = target.width;
  config.options.scaled_height = target.height;
  config.output.colorspace = MODE_RGBA;
  VP8StatusCode status = WebPDecode(data_of(bytes), bytes.size(), &config);
  if (status != VP8_STATUS_OK) {
    WebPFreeDecBuffer(&config.output);
    return fail(Code::corrupt, "the webp image is damaged");
  }
  BoxScaler scaler(target.width, target.height, target.width, target.height);
  const WebPRGBABuffer& rgba = config.output.u.RGBA;
  for (int y = 0; y < target.height; ++y) scaler.row(rgba.rgba + std::ptrdiff_t{y} * rgba.stride);
  WebPFreeDecBuffer(&config.output);
  return scaler;
}

Result<std::string> encode_webp(const BoxScaler& image) {
  std::uint8_t* out = nullptr;
  std::size_t size = WebPEncodeRGBA(image.pixels().data(), image.width(), image.height(),
                                    image.width() * 4, 85, &out);
  std::string bytes(reinterpret_cast<const char*>(out), size);
  WebPFree(out);
  if (size == 0) return fail(Code::internal, "the webp image could not be made");
  return bytes;
}

}  // namespace tutti::shell::detail
