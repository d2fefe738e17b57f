// Opus (RFC 6716): one packet, one chunk.
#include <opus.h>

#include <algorithm>
#include <array>

#include "core/codec/impl.hpp"

namespace tutti::codec::impl {
namespace {

// No packet of one frame or of 60 ms at these rates comes near it (RFC 6716 section 3.4: at most
// 1275 bytes a frame, three of them in 60 ms).
constexpr std::size_t kPacketMost = 4000;
// Longest packet there is (RFC 6716 section 3.2.5), in ms.
constexpr std::size_t kPacketMs = 120;
// Bits per second, where music is transparent to most ears; variable about it.
constexpr int kRateMono = 96'000;
constexpr int kRateStereo = 160'000;
// Of 10: above it costs more than it can be heard at these rates.
constexpr int kComplexity = 5;

// `restricted low delay` is CELT alone: at these rates the other modes are not chosen anyway, and
// the delay is 2.5 ms exactly, the length of the shortest packet, so a flush adds nothing.
class OpusChunks final : public ChunkEncoder {
 public:
  OpusChunks(OpusEncoder* encoder, const AudioFormat& format, std::size_t frames_most)
      : encoder_(encoder), format_(format), most_(frames_most) {
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(format.channels == 1 ? kRateMono : kRateStereo));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(kComplexity));
    opus_int32 delay = 0;
    opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&delay));
    delay_ = static_cast<std::size_t>(delay);
  }

  bool takes(std::size_t frames) const override {
    auto rate = static_cast<std::size_t>(format_.sample_rate);
    for (std::size_t twice_ms : {5, 10, 20, 40, 80, 120})
      if (frames <= most_ && frames * 2000 == rate * twice_ms) return true;
    return false;
  }
  std::size_t delay_frames() const override { return delay_; }

  Result<void> encode(std::span<const float> samples, std::string& out) override {
    auto width = static_cast<std::size_t>(format_.channels);
    if (samples.size() % width != 0 || !takes(samples.size() / width))
      return wrong_length(format_, samples.size());
    return packet(samples, out);
  }

  Result<void> flush(std::string& out) override {
    // The shortest packet is also the coarsest; this one is alone, and may take what it needs.
    opus_encoder_ctl(encoder_.get(), OPUS_SET_BITRATE(OPUS_BITRATE_MAX));
    std::vector<float> silence(delay_ * static_cast<std::size_t>(format_.channels));
    return packet(silence, out);
  }

 private:
  struct Free {
    void operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
  };

  Result<void> packet(std::span<const float> samples, std::string& out) {
    std::array<unsigned char, kPacketMost> bytes;
    int size = opus_encode_float(encoder_.get(), samples.data(),
                                 static_cast<int>(samples.size()) / format_.channels, bytes.data(),
                                 static_cast<opus_int32>(bytes.size()));
    if (size < 0) return fail(Code::internal, std::string("opus: ") + opus_strerror(size));
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
    return {};
  }

  std::unique_ptr<OpusEncoder, Free> encoder_;
  AudioFormat format_;
  std::size_t most_;
  std::size_t delay_ = 0;
};

class OpusFrames final : public ChunkDecoder {
 public:
  OpusFrames(OpusDecoder* decoder, const AudioFormat& format)
      : decoder_(decoder), format_(format) {}

  Result<std::size_t> decode(ByteView chunk, std::vector<float>& out) override {
    out.clear();
    // An empty packet means a lost one to libopus, which then makes something up.
    if (chunk.empty()) return corrupt(format_, "empty");
    if (chunk.size() > kPacketMost * 2) return corrupt(format_, "too long");
    std::size_t room = static_cast<std::size_t>(format_.sample_rate) * kPacketMs / 1000;
    out.resize(room * static_cast<std::size_t>(format_.channels));
    int frames = opus_decode_float(
        decoder_.get(), reinterpret_cast<const unsigned char*>(chunk.data()),
        static_cast<opus_int32>(chunk.size()), out.data(), static_cast<int>(room), 0);
    out.resize(static_cast<std::size_t>(std::max(frames, 0) * format_.channels));
    if (frames <= 0) return corrupt(format_, opus_strerror(frames));
    return static_cast<std::size_t>(frames);
  }

 private:
  struct Free {
    void operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
  };
  std::unique_ptr<OpusDecoder, Free> decoder_;
  AudioFormat format_;
};

}  // namespace

MadeEncoder opus_encoder(const AudioFormat& format, std::size_t frames_most) {
  int error = OPUS_OK;
  OpusEncoder* encoder = opus_encoder_create(format.sample_rate, format.channels,
                                             OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error);
  if (encoder == nullptr) return fail(Code::internal, std::string("opus: ") + opus_strerror(error));
  return std::make_unique<OpusChunks>(encoder, format, frames_most);
}

MadeDecoder opus_decoder(const AudioFormat& format) {
  int error = OPUS_OK;
  OpusDecoder* decoder = opus_decoder_create(format.sample_rate, format.channels, &error);
  if (decoder == nullptr) return fail(Code::internal, std::string("opus: ") + opus_strerror(error));
  return std::make_unique<OpusFrames>(decoder, format);
}

}  // namespace tutti::codec::impl
