#include "shell/media/image.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tutti::shell {
namespace detail {

BoxScaler::BoxScaler(int width, int height, int out_width, int out_height)
    : width_(width),
      height_(height),
      out_width_(out_width),
      out_height_(out_height),
      line_(static_cast<std::size_t>(out_width) * 4),
      sum_(static_cast<std::size_t>(out_width) * 4) {
  out_.reserve(static_cast<std::size_t>(out_width) * static_cast<std::size_t>(out_height) * 4);
}

// Pixel x of the input covers [x, x + 1) * out / in of the output, at most two pixels of it.
void BoxScaler::squeeze(const std::uint8_t* rgba) {
  std::fill(line_.begin(), line_.end(), 0.0);
  double scale = static_cast<double>(out_width_) / width_;
  for (int x = 0; x < width_; ++x, rgba += 4) {
    double begin = x * scale, end = (x + 1) * scale;
    double alpha = rgba[3] / 255.0;
    if (rgba[3] != 255) opaque_ = false;
    auto last = std::min(static_cast<int>(end), out_width_ - 1);
    for (int at = static_cast<int>(begin); at <= last; ++at) {
      double weight = std::min<double>(end, at + 1) - std::max<double>(begin, at);
      double* to = &line_[static_cast<std::size_t>(at) * 4];
      for (int c = 0; c < 3; ++c) to[c] += weight * alpha * rgba[c];
      to[3] += weight * alpha;
    }
  }
}

void BoxScaler::add(double weight) {
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += weight * line_[i];
}

void BoxScaler::emit() {
  for (std::size_t i = 0; i < sum_.size(); i += 4) {
    double alpha = sum_[i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      double value = alpha > 1e-9 ? sum_[i + c] / alpha : 0;
      out_.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)));
    }
    // Areas sum up to one, but for rounding.
    out_.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(alpha * 255), 0L, 255L)));
  }
  std::fill(sum_.begin(), sum_.end(), 0.0);
  ++out_y_;
}

void BoxScaler::row(const std::uint8_t* rgba) {
  if (complete() || in_y_ == height_) return;
  squeeze(rgba);
  double scale = static_cast<double>(out_height_) / height_;
  double begin = in_y_ * scale, end = (in_y_ + 1) * scale;
  ++in_y_;
  while (out_y_ < out_height_) {
    add(std::min<double>(end, out_y_ + 1) - std::max<double>(begin, out_y_));
    // The last row ends the picture, whatever rounding says.
    if (end < out_y_ + 1 - 1e-9 && in_y_ < height_) break;
    emit();
    if (end <= out_y_ + 1e-9 && in_y_ < height_) break;
    if (in_y_ == height_ && end <= out_y_ + 1e-9) break;
  }
}

void BoxScaler::turn(int orientation) {
  if (orientation == 1) return;
  std::vector<std::uint8_t> turned(out_.size());
  int width = orientation >= 5 ? out_height_ : out_width_;
  const std::uint8_t* from = out_.data();
  for (int y = 0; y < out_height_; ++y) {
    for (int x = 0; x < out_width_; ++x, from += 4) {
      Place to = shown_at(orientation, {x, y}, out_width_, out_height_);
      std::copy_n(from, 4, &turned[static_cast<std::size_t>(to.y * width + to.x) * 4]);
    }
  }
  out_ = std::move(turned);
  if (orientation >= 5) std::swap(out_width_, out_height_);
  out_y_ = out_height_;
}

ImageInfo fitted(const ImageInfo& info, int edge) {
  double scale = std::min(1.0, static_cast<double>(edge) / std::max(info.width, info.height));
  ImageInfo out = info;
  out.width = std::max(1, static_cast<int>(std::lround(info.width * scale)));
  out.height = std::max(1, static_cast<int>(std::lround(info.height * scale)));
  return out;
}

}  // namespace detail

std::string_view mime_type(ImageKind kind) {
  switch (kind) {
    case ImageKind::jpeg: return "image/jpeg";
    case ImageKind::png: return "image/png";
    case ImageKind::webp: return "image/webp";
  }
  return "";
}

Result<ImageInfo> probe_image(std::string_view bytes) {
  bool interlaced = false;
  Result<ImageInfo> info = fail(Code::unsupported, "this is no jpeg, png or webp image");
  if (bytes.starts_with("\xff\xd8\xff")) info = detail::probe_jpeg(bytes);
  else if (bytes.starts_with("\x89PNG\r\n\x1a\n")) info = detail::probe_png(bytes, interlaced);
  else if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP"))
    info = detail::probe_webp(bytes);
  if (!info) return info;
  std::int64_t pixels = std::int64_t{info->width} * info->height;
  if (info->width <= 0 || info->height <= 0) return fail(Code::corrupt, "the image has no size");
  if (pixels > (interlaced ? kInterlacedPixels : kImagePixels))
    return fail(Code::too_large, "the image has too many pixels", "make it smaller");
  return info;
}

Result<Resized> resize_image(std::string_view bytes, int edge) {
  auto info = probe_image(bytes);
  if (!info) return std::unexpected(info.error());
  ImageInfo target = detail::fitted(*info, std::clamp(edge, kEdgeLeast, kEdgeMost));
  auto image = info->kind == ImageKind::jpeg  ? detail::decode_jpeg(bytes, target)
               : info->kind == ImageKind::png ? detail::decode_png(bytes, target)
                                              : detail::decode_webp(bytes, target);
  if (!image) return std::unexpected(image.error());
  if (!image->complete()) return fail(Code::corrupt, "the image is cut off");
  if (info->kind == ImageKind::jpeg) image->turn(detail::jpeg_orientation(bytes));
  Resized out;
  out.kind = image->opaque() ? ImageKind::jpeg : ImageKind::webp;
  out.width = image->width();
  out.height = image->height();
  auto encoded = image->opaque() ? detail::encode_jpeg(*image) : detail::encode_webp(*image);
  if (!encoded) return std::unexpected(encoded.error());
  out.bytes = std::move(*encoded);
  return out;
}

}  // namespace tutti::shell
