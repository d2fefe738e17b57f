// FLAC (RFC 9639) by libFLAC: one frame, one chunk. Small players decode exactly one frame of a
// chunk; browsers put the header in front of each chunk and open it as a file.
#include <FLAC/stream_decoder.h>
#include <FLAC/stream_encoder.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/codec/flac_frame.hpp"
#include "core/codec/impl.hpp"
#include "core/codec/quantize.hpp"

namespace tutti::codec::impl {
namespace {

constexpr std::size_t kHeader = 42;  // "fLaC", a block header of 4 bytes, STREAMINFO of 34
// libFLAC's own default; the higher levels cost twice the time for one part in a hundred.
constexpr unsigned kLevel = 5;

// "fLaC" and STREAMINFO (RFC 9639 section 8.2): a stream of unknown length and checksum whose
// blocks have 16 to `frames_most` frames.
std::array<std::byte, kHeader> stream_header(const AudioFormat& format, std::size_t frames_most) {
  std::array<std::byte, kHeader> header{};
  std::memcpy(header.data(), "fLaC", 4);
  store_be<std::uint32_t>(&header[4], 0x8000'0022);  // the last block of metadata, of type 0
  store_be<std::uint16_t>(&header[8], 16);
  store_be<std::uint16_t>(&header[10], static_cast<std::uint16_t>(frames_most));
  auto rate = static_cast<std::uint64_t>(format.sample_rate);
  auto channels = static_cast<std::uint64_t>(format.channels - 1);
  auto bits = static_cast<std::uint64_t>(format.bits - 1);
  store_be<std::uint64_t>(&header[18], rate << 44 | channels << 41 | bits << 36);
  return header;
}

class FlacEncoder final : public ChunkEncoder {
 public:
  FlacEncoder(FLAC__StreamEncoder* encoder, const AudioFormat& format, std::size_t frames_most)
      : encoder_(encoder),
        format_(format),
        most_(frames_most),
        header_(stream_header(format, frames_most)),
        quantizer_(format.bits) {}

  ByteView codec_header() const override { return header_; }
  bool takes(std::size_t frames) const override { return frames >= 1 && frames <= most_; }

  Result<void> encode(std::span<const float> samples, std::string& out) override {
    std::size_t frames = samples.size() / static_cast<std::size_t>(format_.channels);
    if (samples.size() % static_cast<std::size_t>(format_.channels) != 0 || !takes(frames))
      return wrong_length(format_, samples.size());
    values_.resize(samples.size());
    quantizer_.quantize(samples, values_);
    frame_.clear();
    if (!begin(frames)) return refused();
    bool taken = FLAC__stream_encoder_process_interleaved(encoder_.get(), values_.data(),
                                                          static_cast<unsigned>(frames)) != 0;
    // libFLAC gives a block once it has seen the sample behind it, or the end: each chunk ends.
    if (FLAC__stream_encoder_finish(encoder_.get()) == 0 || !taken || frame_.empty())
      return refused();
    place_flac_frame(frame_, position_, out);
    // 36 bits of frames are 50 hours at 384 kHz; then it begins anew.
    position_ = (position_ + frames) & ((1ULL << 36) - 1);
    return {};
  }

 private:
  struct Free {
    void operator()(FLAC__StreamEncoder* encoder) const { FLAC__stream_encoder_delete(encoder); }
  };

  // finish() has set everything back.
  bool begin(std::size_t frames) {
    FLAC__StreamEncoder* e = encoder_.get();
    bool set = FLAC__stream_encoder_set_streamable_subset(e, 0) != 0 &&
               FLAC__stream_encoder_set_channels(e, static_cast<unsigned>(format_.channels)) != 0;
    set = set && FLAC__stream_encoder_set_bits_per_sample(e, static_cast<unsigned>(format_.bits));
    set =
        set && FLAC__stream_encoder_set_sample_rate(e, static_cast<unsigned>(format_.sample_rate));
    set = set && FLAC__stream_encoder_set_compression_level(e, kLevel);
    auto block = static_cast<unsigned>(std::max<std::size_t>(frames, FLAC__MIN_BLOCK_SIZE));
    set = set && FLAC__stream_encoder_set_blocksize(e, block);
    return set &&
           FLAC__stream_encoder_init_stream(e, &FlacEncoder::write, nullptr, nullptr, nullptr,
                                            this) == FLAC__STREAM_ENCODER_INIT_STATUS_OK;
  }

  static FLAC__StreamEncoderWriteStatus write(const FLAC__StreamEncoder*, const FLAC__byte buffer[],
                                              std::size_t bytes, std::uint32_t samples,
                                              std::uint32_t, void* self) {
    // Metadata comes without samples; ours is stream_header().
    if (samples > 0)
      static_cast<FlacEncoder*>(self)->frame_.append(reinterpret_cast<const char*>(buffer), bytes);
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
  }

  std::unexpected<Error> refused() {
    return fail(Code::internal, std::string("flac: ") +
                                    FLAC__stream_encoder_get_resolved_state_string(encoder_.get()));
  }

  std::unique_ptr<FLAC__StreamEncoder, Free> encoder_;
  AudioFormat format_;
  std::size_t most_;
  std::array<std::byte, kHeader> header_;
  Quantizer quantizer_;
  std::vector<std::int32_t> values_;
  std::string frame_;
  std::uint64_t position_ = 0;
};

class FlacDecoder final : public ChunkDecoder {
 public:
  FlacDecoder(FLAC__StreamDecoder* decoder, const AudioFormat& format)
      : decoder_(decoder), format_(format) {}

  // libFLAC wants a header first; ours is one of any stream of this format.
  bool begin() {
    auto header = stream_header(format_, kChunkFramesMost);
    left_ = header;
    FLAC__stream_decoder_set_md5_checking(decoder_.get(), 0);
    return FLAC__stream_decoder_init_stream(decoder_.get(), &read, nullptr, nullptr, nullptr,
                                            nullptr, &write, nullptr, &error,
                                            this) == FLAC__STREAM_DECODER_INIT_STATUS_OK &&
           FLAC__stream_decoder_process_until_end_of_metadata(decoder_.get()) != 0;
  }

  Result<std::size_t> decode(ByteView chunk, std::vector<float>& out) override {
    out.clear();
    left_ = chunk;
    out_ = &out;
    bad_ = chunk.empty();
    if (FLAC__stream_decoder_flush(decoder_.get()) == 0) return corrupt(format_, "out of memory");
    bool whole = FLAC__stream_decoder_process_until_end_of_stream(decoder_.get()) != 0;
    out_ = nullptr;
    left_ = {};
    if (!whole || bad_ || out.empty()) {
      out.clear();
      return corrupt(format_, "a frame of it is damaged, or of another format");
    }
    return out.size() / static_cast<std::size_t>(format_.channels);
  }

 private:
  struct Free {
    void operator()(FLAC__StreamDecoder* decoder) const { FLAC__stream_decoder_delete(decoder); }
  };

  static FLAC__StreamDecoderReadStatus read(const FLAC__StreamDecoder*, FLAC__byte buffer[],
                                            std::size_t* bytes, void* self) {
    ByteView& left = static_cast<FlacDecoder*>(self)->left_;
    *bytes = std::min(*bytes, left.size());
    if (*bytes == 0) return FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
    std::memcpy(buffer, left.data(), *bytes);
    left = left.subspan(*bytes);
    return FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
  }

  static FLAC__StreamDecoderWriteStatus write(const FLAC__StreamDecoder*, const FLAC__Frame* frame,
                                              const FLAC__int32* const buffer[], void* self) {
    return static_cast<FlacDecoder*>(self)->take(*frame, buffer)
               ? FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE
               : FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  }

  static void error(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void* self) {
    static_cast<FlacDecoder*>(self)->bad_ = true;
  }

  // False, which ends the chunk, also for frames that libFLAC makes up for missing ones.
  bool take(const FLAC__Frame& frame, const FLAC__int32* const buffer[]) {
    auto channels = static_cast<std::size_t>(format_.channels);
    std::size_t frames = frame.header.blocksize;
    bad_ = bad_ || out_ == nullptr || frame.header.channels != channels ||
           frame.header.bits_per_sample != static_cast<unsigned>(format_.bits) ||
           frame.header.sample_rate != static_cast<unsigned>(format_.sample_rate) ||
           out_->size() / channels + frames > kChunkFramesMost;
    if (bad_) return false;
    std::size_t had = out_->size();
    out_->resize(had + frames * channels);
    for (std::size_t c = 0; c < channels; ++c) {
      float* to = out_->data() + had + c;
      for (std::size_t i = 0; i < frames; ++i, to += channels)
        *to = to_float(buffer[c][i], format_.bits);
    }
    return true;
  }

  std::unique_ptr<FLAC__StreamDecoder, Free> decoder_;
  AudioFormat format_;
  ByteView left_;                      // of the chunk that is being decoded
  std::vector<float>* out_ = nullptr;  // where to; null between chunks
  bool bad_ = false;
};

}  // namespace

MadeEncoder flac_encoder(const AudioFormat& format, std::size_t frames_most) {
  FLAC__StreamEncoder* encoder = FLAC__stream_encoder_new();
  if (encoder == nullptr) return fail(Code::internal, "flac: out of memory");
  return std::make_unique<FlacEncoder>(encoder, format, frames_most);
}

MadeDecoder flac_decoder(const AudioFormat& format, ByteView header) {
  if (!header.empty()) {
    if (header.size() < kHeader || as_text(header).substr(0, 4) != "fLaC" ||
        (load_be<std::uint32_t>(&header[4]) & 0x7fff'ffff) != 0x22)
      return fail(Code::bad_request, "the codec header is not \"fLaC\" and STREAMINFO");
    constexpr std::uint64_t kShape = ~0ULL << 36;  // rate, channels, bits
    auto wanted = stream_header(format, kChunkFramesMost);
    if ((load_be<std::uint64_t>(&header[18]) & kShape) != load_be<std::uint64_t>(&wanted[18]))
      return fail(Code::bad_request, "the codec header is of another format than the stream");
  }
  FLAC__StreamDecoder* decoder = FLAC__stream_decoder_new();
  if (decoder == nullptr) return fail(Code::internal, "flac: out of memory");
  auto made = std::make_unique<FlacDecoder>(decoder, format);
  if (!made->begin()) return fail(Code::internal, "flac: libFLAC refuses the header");
  return made;
}

}  // namespace tutti::codec::impl
