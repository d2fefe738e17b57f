#include "core/wire/sendspin/binary.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tutti::wire::sendspin {
namespace {

constexpr double kSilenceDb = -60;
constexpr std::uint16_t kFull = 65'535;
constexpr std::uint8_t kDownbeat = 1;  // of a beat's flags; the others are 0, and ignored

std::string frame_of(std::uint8_t type, ServerTime at, std::size_t data) {
  std::string frame(kFrameHeader + data, '\0');
  write_frame_header(
      std::span<std::byte, kFrameHeader>(reinterpret_cast<std::byte*>(frame.data()), kFrameHeader),
      type, at);
  return frame;
}
std::byte* data_of(std::string& frame) {
  return reinterpret_cast<std::byte*>(frame.data()) + kFrameHeader;
}

// Bytes that the value of a type needs; 0 for types that are none of the visualizer's.
std::size_t size_of(std::uint8_t type, std::size_t bins) {
  switch (type) {
    case kLoudness: return 2;
    case kFrequencyPeak: return 4;
    case kSpectrum: return 2 * bins;
    case kBeat:
    case kPeak: return 1;
    default: return 0;
  }
}

}  // namespace

Result<Frame> parse_frame(ByteView bytes) {
  if (bytes.size() < kFrameHeader)
    return fail(Code::bad_request, fmt::format("a binary frame of {} bytes, expected at least {}",
                                               bytes.size(), kFrameHeader));
  return Frame{std::to_integer<std::uint8_t>(bytes[0]),
               ServerTime{static_cast<std::int64_t>(load_be<std::uint64_t>(bytes.data() + 1))},
               bytes.subspan(kFrameHeader)};
}

void write_frame_header(std::span<std::byte, kFrameHeader> out, std::uint8_t type, ServerTime at) {
  out[0] = std::byte{type};
  store_be(out.data() + 1, static_cast<std::uint64_t>(at.us));
}

std::uint16_t visual_level(double db) {
  if (!(db > kSilenceDb)) return 0;
  if (db >= 0) return kFull;
  return static_cast<std::uint16_t>(std::lround((1 - db / kSilenceDb) * kFull));
}

double visual_db(std::uint16_t level) {
  return kSilenceDb * (1 - static_cast<double>(level) / kFull);
}

Result<Visual> parse_visual(const Frame& frame, std::size_t bins) {
  std::size_t size = size_of(frame.type, bins);
  if (size == 0)
    return fail(Code::bad_request,
                fmt::format("binary type {}: no value of the visualizer's{}", frame.type,
                            frame.type == kSpectrum ? " without bins" : ""));
  if (frame.data.size() < size)
    return fail(Code::bad_request, fmt::format("binary type {}: {} bytes, expected {}", frame.type,
                                               frame.data.size(), size));
  const std::byte* data = frame.data.data();
  switch (frame.type) {
    case kLoudness: return Visual(Loudness{load_be<std::uint16_t>(data)});
    case kBeat: return Visual(Beat{(std::to_integer<std::uint8_t>(data[0]) & kDownbeat) != 0});
    case kFrequencyPeak:
      return Visual(FrequencyPeak{load_be<std::uint16_t>(data), load_be<std::uint16_t>(data + 2)});
    case kSpectrum: return Visual(SpectrumView{frame.data.first(size)});
    default: return Visual(Peak{std::to_integer<std::uint8_t>(data[0])});
  }
}

std::string visual_frame(ServerTime at, Loudness value) {
  std::string frame = frame_of(kLoudness, at, 2);
  store_be(data_of(frame), value.level);
  return frame;
}
std::string visual_frame(ServerTime at, Beat value) {
  std::string frame = frame_of(kBeat, at, 1);
  *data_of(frame) = std::byte{value.downbeat ? kDownbeat : std::uint8_t{0}};
  return frame;
}
std::string visual_frame(ServerTime at, FrequencyPeak value) {
  std::string frame = frame_of(kFrequencyPeak, at, 4);
  store_be(data_of(frame), value.hertz);
  store_be(data_of(frame) + 2, value.level);
  return frame;
}
std::string visual_frame(ServerTime at, std::span<const std::uint16_t> bins) {
  std::string frame = frame_of(kSpectrum, at, 2 * bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i) store_be(data_of(frame) + 2 * i, bins[i]);
  return frame;
}
std::string visual_frame(ServerTime at, Peak value) {
  std::string frame = frame_of(kPeak, at, 1);
  *data_of(frame) = std::byte{value.strength};
  return frame;
}

}  // namespace tutti::wire::sendspin
