// Guards: no bytes break the decoders of chunks, and what comes out is bounded. A good PCM or FLAC
// chunk after them decodes. How: the first byte chooses the format, the second whether a header
// comes; then pieces, each of two bytes of length and so many of content.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "core/codec/codec.hpp"

using namespace tutti;

namespace {

codec::AudioFormat format_of(std::uint8_t choice) {
  using codec::Codec;
  constexpr Codec kCodecs[] = {Codec::flac, Codec::opus, Codec::pcm, Codec::flac};
  constexpr int kBits[] = {16, 24};
  return {kCodecs[choice & 3], 48'000, 1 + (choice >> 2 & 1), kBits[choice >> 3 & 1]};
}

ByteView next(ByteView& left) {
  std::size_t size = load_be<std::uint16_t>(left.data());
  ByteView piece = left.subspan(2, std::min(size, left.size() - 2));
  left = left.subspan(2 + piece.size());
  return piece;
}

void expect(bool holds) {
  if (!holds) std::abort();
}

void recovers(codec::ChunkDecoder& decoder, const codec::AudioFormat& format) {
  if (format.codec == codec::Codec::opus) return;
  std::vector<float> silence(480 * static_cast<std::size_t>(format.channels)), out;
  std::string chunk;
  auto encoder = codec::ChunkEncoder::create(format, 480);
  expect(encoder && (*encoder)->encode(silence, chunk));
  expect(decoder.decode(as_bytes(chunk), out).has_value() && out == silence);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  codec::AudioFormat format = format_of(data[0]);
  ByteView left = std::as_bytes(std::span(data + 2, size - 2));
  ByteView header = (data[1] & 1) != 0 ? next(left) : ByteView{};
  auto decoder = codec::ChunkDecoder::create(format, header);
  if (!decoder) return 0;
  std::vector<float> out;
  while (left.size() > 2) {
    auto frames = (*decoder)->decode(next(left), out);
    std::size_t made = out.size() / static_cast<std::size_t>(format.channels);
    expect(frames ? *frames == made && made >= 1 && made <= codec::kChunkFramesMost : out.empty());
  }
  recovers(**decoder, format);
  return 0;
}
