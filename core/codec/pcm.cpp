// PCM: little-endian two's complement, interleaved, 24 bits packed in three bytes.
#include "core/codec/impl.hpp"
#include "core/codec/quantize.hpp"

namespace tutti::codec::impl {
namespace {

template <std::size_t kBytes>
void pack(std::span<const std::int32_t> values, char* to) {
  for (std::int32_t value : values)
    for (std::size_t i = 0; i < kBytes; ++i)
      *to++ = static_cast<char>(static_cast<std::uint32_t>(value) >> (8 * i));
}

template <std::size_t kBytes>
void unpack(ByteView chunk, std::span<float> out) {
  constexpr unsigned kSpare = 32 - 8 * kBytes;
  const std::byte* from = chunk.data();
  for (float& sample : out) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kBytes; ++i)
      bits |= std::to_integer<std::uint32_t>(*from++) << (8 * i);
    // Up and down again takes the sign along.
    auto value = static_cast<std::int32_t>(bits << kSpare) >> kSpare;
    sample = to_float(value, 8 * kBytes);
  }
}

class PcmEncoder final : public ChunkEncoder {
 public:
  PcmEncoder(const AudioFormat& format, std::size_t frames_most)
      : format_(format), most_(frames_most), quantizer_(format.bits) {}

  bool takes(std::size_t frames) const override { return frames >= 1 && frames <= most_; }

  Result<void> encode(std::span<const float> samples, std::string& out) override {
    auto width = static_cast<std::size_t>(format_.channels);
    if (samples.size() % width != 0 || !takes(samples.size() / width))
      return wrong_length(format_, samples.size());
    values_.resize(samples.size());
    quantizer_.quantize(samples, values_);
    std::size_t had = out.size();
    out.resize(had + samples.size() * static_cast<std::size_t>(format_.bits / 8));
    char* to = out.data() + had;
    if (format_.bits == 16) pack<2>(values_, to);
    if (format_.bits == 24) pack<3>(values_, to);
    if (format_.bits == 32) pack<4>(values_, to);
    return {};
  }

 private:
  AudioFormat format_;
  std::size_t most_;
  Quantizer quantizer_;
  std::vector<std::int32_t> values_;
};

class PcmDecoder final : public ChunkDecoder {
 public:
  explicit PcmDecoder(const AudioFormat& format) : format_(format) {}

  Result<std::size_t> decode(ByteView chunk, std::vector<float>& out) override {
    out.clear();
    auto bytes = static_cast<std::size_t>(format_.bits / 8);
    auto width = static_cast<std::size_t>(format_.channels);
    std::size_t frames = chunk.size() / (bytes * width);
    if (chunk.empty() || chunk.size() % (bytes * width) != 0)
      return corrupt(format_, "not a whole number of frames");
    if (frames > kChunkFramesMost) return corrupt(format_, "too long");
    out.resize(frames * width);
    if (bytes == 2) unpack<2>(chunk, out);
    if (bytes == 3) unpack<3>(chunk, out);
    if (bytes == 4) unpack<4>(chunk, out);
    return frames;
  }

 private:
  AudioFormat format_;
};

}  // namespace

MadeEncoder pcm_encoder(const AudioFormat& format, std::size_t frames_most) {
  return std::make_unique<PcmEncoder>(format, frames_most);
}

MadeDecoder pcm_decoder(const AudioFormat& format) { return std::make_unique<PcmDecoder>(format); }

}  // namespace tutti::codec::impl
