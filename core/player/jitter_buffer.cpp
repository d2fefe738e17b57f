#include "core/player/jitter_buffer.hpp"

#include <algorithm>
#include <utility>

#include "core/sync/timeline.hpp"

namespace tutti::player {
namespace {

// Microseconds to the nearest frame; both small enough for a product in 64 bits.
std::size_t nearest_frames(std::int64_t us, int rate) {
  return static_cast<std::size_t>((us * rate + 500'000) / 1'000'000);
}

// Longer gaps are not filled frame by frame; who plays waits for their end.
constexpr std::int64_t kGapMostUs = 3'600'000'000;

}  // namespace

Result<void> JitterBuffer::start(const codec::AudioFormat& format, ByteView codec_header) {
  if (!streams_.empty() && streams_.back().format == format &&
      streams_.back().header == as_text(codec_header)) {
    ended_ = false;
    return {};
  }
  auto decoder = codec::ChunkDecoder::create(format, codec_header);
  if (!decoder) return std::unexpected(decoder.error());
  if (!streams_.empty() && streams_.back().waiting == 0) {
    streams_.back() = Stream{format, std::string(as_text(codec_header)), std::move(*decoder), 0};
  } else {
    if (streams_.size() >= kStreamsMost)
      return fail(Code::overloaded, "too many changes of the format in what has not sounded yet");
    streams_.push_back(Stream{format, std::string(as_text(codec_header)), std::move(*decoder), 0});
  }
  ended_ = false;
  return {};
}

void JitterBuffer::clear() {
  waiting_.clear();
  bytes_ = 0;
  taken_.reset();
  fresh_ = true;
  for (Stream& stream : streams_) stream.waiting = 0;
  forget_old_streams();
}

JitterBuffer::Pushed JitterBuffer::push(ServerTime at, Bytes chunk) {
  if (!streaming()) return Pushed::no_stream;
  if (waiting_.contains(at.us)) {
    ++counters_.duplicates;
    return Pushed::duplicate;
  }
  if (chunk.size() > capacity_ - bytes_ || waiting_.size() >= kChunksMost) {
    ++counters_.refused;
    return Pushed::full;
  }
  bytes_ += chunk.size();
  ++streams_.back().waiting;
  ++counters_.chunks;
  std::uint64_t number = first_stream_ + streams_.size() - 1;
  waiting_.emplace_hint(waiting_.end(), at.us, Chunk{number, fresh_, std::move(chunk)});
  fresh_ = false;
  return Pushed::kept;
}

std::optional<JitterBuffer::Peek> JitterBuffer::peek() const {
  if (waiting_.empty()) return std::nullopt;
  const auto& [at, chunk] = *waiting_.begin();
  const codec::AudioFormat& format = stream_of(chunk).format;
  return Peek{
      {at}, {format.sample_rate, format.channels}, taken_ ? at - taken_->us : 0, chunk.begins};
}

std::optional<ServerTime> JitterBuffer::last() const {
  if (waiting_.empty()) return std::nullopt;
  return ServerTime{waiting_.rbegin()->first};
}

JitterBuffer::Chunk JitterBuffer::remove(Chunks::iterator at) {
  Chunk chunk = std::move(at->second);
  waiting_.erase(at);
  bytes_ -= chunk.bytes.size();
  --stream_of(chunk).waiting;
  return chunk;
}

// A stream is over when none of its chunks wait and another has begun.
void JitterBuffer::forget_old_streams() {
  while (streams_.size() > 1 && streams_.front().waiting == 0) {
    streams_.pop_front();
    ++first_stream_;
  }
}

bool JitterBuffer::take(Block& block) {
  if (waiting_.empty()) return false;
  ServerTime at{waiting_.begin()->first};
  Chunk chunk = remove(waiting_.begin());
  Stream& stream = stream_of(chunk);
  block.shape = {stream.format.sample_rate, stream.format.channels};
  auto frames = stream.decoder->decode(chunk.bytes.view(), decoded_);
  forget_old_streams();
  if (!frames) return ++counters_.corrupt, false;
  if (!place(at, *frames, block)) return ++counters_.late, false;
  return true;
}

bool JitterBuffer::place(ServerTime at, std::size_t frames, Block& block) {
  ServerTime end = sync::Timeline(at, block.shape.rate).at(static_cast<std::int64_t>(frames));
  block.at = at;
  block.first = block.gap = 0;
  std::int64_t gap_us = taken_ ? std::min(at.us - taken_->us, kGapMostUs) : 0;
  if (gap_us > kJoinUs) block.gap = nearest_frames(gap_us, block.shape.rate);
  if (gap_us < -kJoinUs) {
    if (end <= *taken_) return false;
    block.first = nearest_frames(-gap_us, block.shape.rate);
  }
  if (block.first >= frames) return false;
  taken_ = end;
  auto width = static_cast<std::size_t>(block.shape.channels);
  block.samples = std::span(decoded_).subspan(block.first * width);
  return true;
}

void JitterBuffer::drop_before(ServerTime time) {
  while (waiting_.size() > 1 && std::next(waiting_.begin())->first <= time.us) {
    remove(waiting_.begin());
    ++counters_.late;
  }
  forget_old_streams();
}

}  // namespace tutti::player
