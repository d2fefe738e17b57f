#include "core/codec/format.hpp"

#include <string>

namespace tutti::codec {
namespace {

bool one_of(int value, std::initializer_list<int> list) {
  for (int each : list)
    if (value == each) return true;
  return false;
}

std::unexpected<Error> refuse(const AudioFormat& format, std::string_view there_is) {
  return fail(Code::unsupported,
              std::string(name(format.codec)) + " with " + std::to_string(format.channels) +
                  " channels of " + std::to_string(format.bits) + " bits at " +
                  std::to_string(format.sample_rate) + " Hz is not supported",
              std::string(there_is));
}

}  // namespace

std::string_view name(Codec codec) {
  switch (codec) {
    case Codec::pcm: return "pcm";
    case Codec::flac: return "flac";
    case Codec::opus: return "opus";
  }
  return "";
}

Result<Codec> codec_named(std::string_view text) {
  for (Codec codec : {Codec::pcm, Codec::flac, Codec::opus})
    if (name(codec) == text) return codec;
  return fail(Code::bad_request, "no codec is called \"" + std::string(text) + "\"",
              "There are pcm, flac and opus.");
}

Result<void> check(const AudioFormat& format) {
  bool rate = format.sample_rate >= 4000 && format.sample_rate <= 384'000;
  bool channels = format.channels >= 1 && format.channels <= 8;
  switch (format.codec) {
    case Codec::pcm:
      if (rate && channels && one_of(format.bits, {16, 24, 32})) return {};
      return refuse(format, "pcm: 16, 24 or 32 bits, 1 to 8 channels, 4000 to 384000 Hz.");
    case Codec::flac:
      if (rate && channels && one_of(format.bits, {16, 24})) return {};
      return refuse(format, "flac: 16 or 24 bits, 1 to 8 channels, 4000 to 384000 Hz.");
    case Codec::opus:
      if (one_of(format.channels, {1, 2}) &&
          one_of(format.sample_rate, {8000, 12'000, 16'000, 24'000, 48'000}))
        return {};
      return refuse(format, "opus: 1 or 2 channels, 8000, 12000, 16000, 24000 or 48000 Hz.");
  }
  return refuse(format, "pcm, flac, opus");
}

}  // namespace tutti::codec
