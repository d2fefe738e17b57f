#pragma once
// Branch: the frames of a stream as chunks of one distinct format: channels, rate, codec. One for
// each format that somebody listens to, shared by all who do; it lives as long as its stream, so
// that neither its resampler nor its encoder ever begins anew.
//
// Chunks are dense and on one exact timeline: frame n of the branch is heard n / rate seconds after
// the stream's beginning, whatever the stream's own rate and wherever the branch began.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/codec/codec.hpp"
#include "core/render/channel_mix.hpp"
#include "core/render/render.hpp"
#include "core/render/resampler.hpp"

namespace tutti::render {

class Branch {
 public:
  // Longer chunks than this are not made: Sendspin's bound.
  static constexpr Duration kChunkMost = millis(150);

  struct Chunk {
    std::int64_t first = 0;  // the branch's frame that its first sample is heard at
    std::size_t frames = 0;
    std::string bytes;  // `head` bytes left free, then the codec's
  };

  // `first`: the stream's frame that the first push() brings; the branch begins with the next one
  // that is a frame of its own rate too, at most 1/gcd of the rates later (3.3 ms from 44.1 to 48
  // kHz). `head`: bytes left free before each chunk, for who sends it. Errors: unsupported (see
  // codec::check), internal.
  static Result<std::unique_ptr<Branch>> create(PcmFormat stream, const codec::AudioFormat& format,
                                                std::int64_t first, std::size_t head = 0);

  // The stream's next frames, interleaved. Appends the chunks that are whole, each as long as
  // `chunk` or the next shorter that the codec has. Errors: internal.
  Result<void> push(std::span<const float> pcm, Duration chunk, std::vector<Chunk>& out);
  // The stream ends here: what is left, filled up with silence where the codec wants it.
  Result<void> finish(std::vector<Chunk>& out);

  const codec::AudioFormat& format() const { return format_; }
  ByteView codec_header() const { return encoder_->codec_header(); }
  std::int64_t next() const { return next_; }  // the branch's frame that the next chunk begins with

 private:
  Branch(PcmFormat stream, const codec::AudioFormat& format, std::int64_t first, std::size_t head);
  std::size_t chunk_frames(Duration chunk) const;
  Result<void> take(std::size_t frames, std::vector<Chunk>& out);
  std::size_t ready() const { return (ready_.size() - at_) / channels_; }

  PcmFormat stream_;
  codec::AudioFormat format_;
  std::size_t channels_;
  std::size_t head_;
  ChannelMix mix_;
  std::optional<Resampler> resampler_;
  std::unique_ptr<codec::ChunkEncoder> encoder_;
  std::size_t skip_;        // the stream's frames before the first that counts
  std::int64_t taken_ = 0;  // the stream's frames since then
  std::int64_t begin_;      // the branch's frame that stands for that one
  std::int64_t next_;
  std::vector<float> mixed_;
  std::vector<float> ready_;  // at the branch's rate, from at_ on
  std::size_t at_ = 0;
};

}  // namespace tutti::render
