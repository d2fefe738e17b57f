#pragma once
// JitterBuffer: chunks as they come, frames as they are due. Chunks wait undecoded, so that what
// the server counts against buffer_capacity is what is held; they are decoded when they are taken,
// in the order of their times, by a decoder that lives as long as its stream.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/codec/codec.hpp"

namespace tutti::player {

// How frames lie in memory, and how many a second there are.
struct Shape {
  int rate = 48'000;
  int channels = 2;
  friend bool operator==(const Shape&, const Shape&) = default;
};

class JitterBuffer {
 public:
  // What became of a chunk. no_stream: none was started. full: over the bound, this one is dropped.
  enum class Pushed : std::uint8_t { kept, duplicate, full, no_stream };

  // What is next, before it is decoded.
  struct Peek {
    ServerTime at;
    Shape shape;
    std::int64_t gap_us = 0;  // from the end of what was taken last; negative: an overlap
    bool begins = false;      // the first since the start, an end or a clear: a gap is no fault
  };
  // Frames that were taken. Their first is frame `first` of a chunk whose frame 0 is due at `at`,
  // and `gap` frames of silence come before it.
  struct Block {
    ServerTime at;
    Shape shape;
    std::size_t first = 0;
    std::size_t gap = 0;
    std::span<const float> samples;  // until the next call of take()
  };
  struct Counters {
    std::uint64_t chunks = 0;      // kept
    std::uint64_t duplicates = 0;  // of a time that was waiting already
    std::uint64_t late = 0;        // over before they could be taken
    std::uint64_t refused = 0;     // beyond the bound
    std::uint64_t corrupt = 0;     // that did not decode
  };

  // capacity: bytes of chunks that wait, as advertised; never more are held.
  explicit JitterBuffer(std::size_t capacity) : capacity_(capacity) {}

  // Chunks that are pushed from now on have this format. Those that wait keep theirs: the timeline
  // goes on. Errors of ChunkDecoder::create; overloaded: too many changes of format wait. The
  // stream before goes on then.
  Result<void> start(const codec::AudioFormat& format, ByteView codec_header);
  // No more chunks come; what waits is still taken.
  void end() { ended_ = fresh_ = true; }
  // Drops what waits; the stream and its decoder go on.
  void clear();
  // The chunk's first frame is due at `at`. The first chunk of a time wins.
  Pushed push(ServerTime at, Bytes chunk);

  std::optional<Peek> peek() const;
  // Decodes the chunk that peek() shows. What overlaps with what was taken is left out; up to kJoin
  // it is taken to follow without a seam, its time being that of a rounding or slowly wrong server.
  // False: there is none, or it was late or corrupt, and has been dropped and counted.
  bool take(Block& block);
  // Drops, undecoded, what is over by then, as far as that can be told: chunks whose successor has
  // begun.
  void drop_before(ServerTime time);

  bool streaming() const { return !streams_.empty() && !ended_; }
  // The next chunk that is pushed will be one that begins.
  bool fresh() const { return fresh_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t size() const { return waiting_.size(); }
  // The time of the last chunk that waits.
  std::optional<ServerTime> last() const;
  const Counters& counters() const { return counters_; }

  static constexpr std::int64_t kJoinUs = 1000;
  // Chunks of a few bytes cost more than they say: so many at most.
  static constexpr std::size_t kChunksMost = 16'384;
  // Formats whose chunks wait at the same time.
  static constexpr std::size_t kStreamsMost = 8;

 private:
  struct Stream {
    codec::AudioFormat format;
    std::string header;
    std::unique_ptr<codec::ChunkDecoder> decoder;
    std::size_t waiting = 0;
  };
  struct Chunk {
    std::uint64_t stream;  // its number since the first
    bool begins;
    Bytes bytes;
  };
  using Chunks = std::map<std::int64_t, Chunk>;  // by time, server microseconds

  Stream& stream_of(const Chunk& chunk) { return streams_[chunk.stream - first_stream_]; }
  const Stream& stream_of(const Chunk& chunk) const {
    return streams_[chunk.stream - first_stream_];
  }
  Chunk remove(Chunks::iterator at);
  void forget_old_streams();
  // False when all of it is over already.
  bool place(ServerTime at, std::size_t frames, Block& block);

  std::size_t capacity_;
  std::size_t bytes_ = 0;
  bool ended_ = false;
  bool fresh_ = true;
  std::deque<Stream> streams_;  // the last is the one that chunks come for
  std::uint64_t first_stream_ = 0;
  Chunks waiting_;
  std::vector<float> decoded_;
  std::optional<ServerTime> taken_;  // the end of what was taken; nothing after a clear
  Counters counters_;
};

}  // namespace tutti::player
