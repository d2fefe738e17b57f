#include "shell/media/av/samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

extern "C" {
#include <libavutil/samplefmt.h>
}

namespace tutti::shell::av {
namespace {

float to_float(std::uint8_t x) { return static_cast<float>(x - 128) / 128.0F; }
float to_float(std::int16_t x) { return static_cast<float>(x) / 32768.0F; }
float to_float(std::int32_t x) { return static_cast<float>(x / 2147483648.0); }
float to_float(std::int64_t x) { return static_cast<float>(static_cast<double>(x) / 0x1p63); }
float to_float(float x) { return x; }
float to_float(double x) { return static_cast<float>(x); }

template <class T>
void append(const AVFrame& frame, std::size_t from, std::vector<float>& out) {
  auto channels = static_cast<std::size_t>(frame.ch_layout.nb_channels);
  auto frames = static_cast<std::size_t>(frame.nb_samples);
  bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  std::size_t at = out.size();
  out.resize(at + (frames - from) * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto* data = reinterpret_cast<const T*>(frame.extended_data[planar ? c : 0]);
    std::size_t step = planar ? 1 : channels;
    const T* x = data + from * step + (planar ? 0 : c);
    float* y = out.data() + at + c;
    for (std::size_t i = from; i < frames; ++i, x += step, y += channels) *y = to_float(*x);
  }
}

template <class T>
void store(std::span<const float> samples, int channels, AVFrame& frame, auto convert) {
  auto width = static_cast<std::size_t>(channels);
  bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::size_t c = i % width;
    auto* data = reinterpret_cast<T*>(frame.extended_data[planar ? c : 0]);
    data[planar ? i / width : i] = convert(samples[i]);
  }
}

}  // namespace

bool to_floats(const AVFrame& frame, std::size_t from, std::vector<float>& out) {
  if (from >= static_cast<std::size_t>(std::max(0, frame.nb_samples))) return true;
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_U8: append<std::uint8_t>(frame, from, out); return true;
    case AV_SAMPLE_FMT_S16: append<std::int16_t>(frame, from, out); return true;
    case AV_SAMPLE_FMT_S32: append<std::int32_t>(frame, from, out); return true;
    case AV_SAMPLE_FMT_S64: append<std::int64_t>(frame, from, out); return true;
    case AV_SAMPLE_FMT_FLT: append<float>(frame, from, out); return true;
    case AV_SAMPLE_FMT_DBL: append<double>(frame, from, out); return true;
    default: return false;
  }
}

bool from_floats(std::span<const float> samples, int channels, int bits, AVFrame& frame) {
  double scale = std::ldexp(1.0, bits - 1);
  auto integer = [scale](float x) {
    double y = std::isfinite(x) ? std::nearbyint(x * scale) : 0;
    return static_cast<std::int32_t>(std::clamp(y, -scale, scale - 1));
  };
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_S16:
      store<std::int16_t>(samples, channels, frame,
                          [&](float x) { return static_cast<std::int16_t>(integer(x)); });
      return true;
    case AV_SAMPLE_FMT_S32:
      store<std::int32_t>(samples, channels, frame, [&](float x) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(integer(x)) << (32 - bits));
      });
      return true;
    case AV_SAMPLE_FMT_FLT:
      store<float>(samples, channels, frame, [](float x) { return std::isfinite(x) ? x : 0.0F; });
      return true;
    default: return false;
  }
}

}  // namespace tutti::shell::av
