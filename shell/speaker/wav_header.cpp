#include "shell/speaker/wav_header.hpp"

#include <array>

namespace tutti::shell {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// SPEAKER_FRONT_LEFT ... of WAVEFORMATEXTENSIBLE, for 1 to 8 channels.
constexpr std::array<std::uint32_t, 8> kSpeakers{0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f};
// KSDATAFORMAT_SUBTYPE_PCM behind its first two bytes.
constexpr char kPcmGuid[] = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";

void put_format(std::string& out, render::PcmFormat format, int bits) {
  auto channels = static_cast<std::uint64_t>(format.channels);
  auto rate = static_cast<std::uint64_t>(format.sample_rate);
  std::uint64_t frame = channels * static_cast<std::uint64_t>(bits) / 8;
  bool extensible = format.channels > 2;
  out += "fmt ";
  put(out, extensible ? 40 : 16, 4);
  put(out, extensible ? 0xfffe : 1, 2);
  put(out, channels, 2);
  put(out, rate, 4);
  put(out, rate * frame, 4);
  put(out, frame, 2);
  put(out, static_cast<std::uint64_t>(bits), 2);
  if (!extensible) return;
  put(out, 22, 2);
  put(out, static_cast<std::uint64_t>(bits), 2);
  put(out, kSpeakers[channels - 1], 4);
  put(out, 1, 2);
  out.append(kPcmGuid, 14);
}

}  // namespace

std::string wav_header(render::PcmFormat format, int bits, std::int64_t data_bytes) {
  constexpr std::uint64_t kUnknown = 0xffffffff;
  std::string fmt;
  put_format(fmt, format, bits);
  // WAVE, ds64 or JUNK, fmt, data: what stands between the RIFF size and the samples.
  std::uint64_t head = 4 + 36 + fmt.size() + 8;
  auto data = static_cast<std::uint64_t>(data_bytes);
  std::uint64_t riff = head + data + data % 2;
  bool pipe = data_bytes < 0;
  bool large = !pipe && riff >= kUnknown;
  std::string out = large ? "RF64" : "RIFF";
  put(out, pipe || large ? kUnknown : riff, 4);
  out += large ? "WAVEds64" : "WAVEJUNK";
  put(out, 28, 4);
  put(out, large ? riff : 0, 8);
  put(out, large ? data : 0, 8);
  std::uint64_t frame = static_cast<std::uint64_t>(format.channels * bits / 8);
  put(out, large ? data / frame : 0, 8);
  put(out, 0, 4);  // no table of other long chunks
  out += fmt + "data";
  put(out, pipe || large ? kUnknown : data, 4);
  return out;
}

}  // namespace tutti::shell
