#pragma once
// ChunkEncoder and ChunkDecoder: one each for as long as its stream lasts. Made anew for each chunk
// they would forget what opus carries from packet to packet, and where FLAC has got to.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/codec/format.hpp"

namespace tutti::codec {

class ChunkEncoder {
 public:
  // unsupported: see check(). No chunk will have more than `frames_most` frames, 16 at least and
  // kChunkFramesMost at most; FLAC's header states it, and small players size their buffers by it.
  // internal: out of memory.
  static Result<std::unique_ptr<ChunkEncoder>> create(const AudioFormat& format,
                                                      std::size_t frames_most);
  virtual ~ChunkEncoder() = default;

  // What a player needs before the first chunk: flac "fLaC" and STREAMINFO (RFC 9639 section 8.2),
  // 42 bytes; else nothing.
  virtual ByteView codec_header() const { return {}; }
  // Whether a chunk can have so many frames. pcm, flac: 1 to frames_most. opus: 2.5, 5, 10, 20, 40
  // or 60 ms.
  virtual bool takes(std::size_t frames) const = 0;
  // Frame n that goes in is frame n + delay_frames that comes out of the decoder, so a chunk whose
  // first frame is due at t gets the time of the frame that is delay_frames before. Only opus has
  // a delay, of 2.5 ms.
  virtual std::size_t delay_frames() const { return 0; }

  // Appends one chunk of exactly these frames to `out`. bad_request unless takes(their number), and
  // samples.size() is a multiple of the channels. internal: the library refuses.
  virtual Result<void> encode(std::span<const float> samples, std::string& out) = 0;
  // Appends the chunk of the last delay_frames frames, which the encoder still holds; nothing
  // without a delay. The stream ends there: at its end, or where a stream of another format begins.
  virtual Result<void> flush(std::string& out);
};

class ChunkDecoder {
 public:
  // unsupported: see check(). bad_request: a header that is none, or of another format. FLAC can do
  // without a header (each frame tells what it is); other codecs ignore it.
  static Result<std::unique_ptr<ChunkDecoder>> create(const AudioFormat& format, ByteView header);
  virtual ~ChunkDecoder() = default;

  // Any bytes. Replaces `out` by the chunk's frames and returns how many they are, 1 to
  // kChunkFramesMost. corrupt: not a whole chunk of this format; `out` is then empty, and the
  // next good chunk decodes.
  virtual Result<std::size_t> decode(ByteView chunk, std::vector<float>& out) = 0;
};

}  // namespace tutti::codec
