#include "core/render/branch.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/check.hpp"

namespace tutti::render {
namespace {

// How many frames more until one is a frame of the other rate too.
std::size_t until_common(std::int64_t first, int from, int to) {
  std::int64_t every = from / std::gcd(from, to);
  return static_cast<std::size_t>((every - first % every) % every);
}

std::size_t frames_in(Duration time, int rate) {
  return static_cast<std::size_t>(time.us * rate / 1'000'000);
}

}  // namespace

Branch::Branch(PcmFormat stream, const codec::AudioFormat& format, std::int64_t first,
               std::size_t head)
    : stream_(stream),
      format_(format),
      channels_(static_cast<std::size_t>(format.channels)),
      head_(head),
      mix_(stream.channels, format.channels),
      skip_(until_common(first, stream.sample_rate, format.sample_rate)),
      begin_((first + static_cast<std::int64_t>(skip_)) * format.sample_rate / stream.sample_rate),
      next_(begin_) {}

Result<std::unique_ptr<Branch>> Branch::create(PcmFormat stream, const codec::AudioFormat& format,
                                               std::int64_t first, std::size_t head) {
  if (auto can = codec::check(format); !can) return std::unexpected(can.error());
  std::unique_ptr<Branch> branch(new Branch(stream, format, first, head));
  auto encoder = codec::ChunkEncoder::create(format, frames_in(kChunkMost, format.sample_rate));
  if (!encoder) return std::unexpected(encoder.error());
  branch->encoder_ = std::move(*encoder);
  if (format.sample_rate != stream.sample_rate) {
    auto resampler = Resampler::create(stream.sample_rate, format.sample_rate, format.channels);
    if (!resampler) return std::unexpected(resampler.error());
    branch->resampler_.emplace(std::move(*resampler));
  }
  return branch;
}

Result<void> Branch::push(std::span<const float> pcm, Duration chunk, std::vector<Chunk>& out) {
  auto stream_channels = static_cast<std::size_t>(stream_.channels);
  std::size_t skipped = std::min(skip_, pcm.size() / stream_channels);
  skip_ -= skipped;
  pcm = pcm.subspan(skipped * stream_channels);
  taken_ += static_cast<std::int64_t>(pcm.size() / stream_channels);
  if (resampler_) {
    mixed_.clear();
    mix_.process(pcm, mixed_);
    if (auto ok = resampler_->process(mixed_, ready_); !ok) return ok;
  } else {
    mix_.process(pcm, ready_);
  }
  std::size_t frames = chunk_frames(chunk);
  while (ready() >= frames) {
    if (auto ok = take(frames, out); !ok) return ok;
  }
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  return {};
}

// The longest that the codec takes and that is not longer than wished.
std::size_t Branch::chunk_frames(Duration chunk) const {
  std::size_t wished =
      std::max<std::size_t>(1, frames_in(std::min(chunk, kChunkMost), format_.sample_rate));
  if (encoder_->takes(wished)) return wished;
  // Opus has packets of 2.5 ms times 1, 2, 4, 8, 16 and 24 (RFC 6716 section 2.1.4).
  std::size_t least = static_cast<std::size_t>(format_.sample_rate) / 400;
  std::size_t best = least;
  for (std::size_t times : {2U, 4U, 8U, 16U, 24U}) {
    if (least * times <= wished && encoder_->takes(least * times)) best = least * times;
  }
  return best;
}

Result<void> Branch::take(std::size_t frames, std::vector<Chunk>& out) {
  Chunk chunk{next_ - static_cast<std::int64_t>(encoder_->delay_frames()), frames,
              std::string(head_, '\0')};
  std::span<const float> samples(ready_.data() + at_, frames * channels_);
  if (auto ok = encoder_->encode(samples, chunk.bytes); !ok) return ok;
  at_ += frames * channels_;
  next_ += static_cast<std::int64_t>(frames);
  out.push_back(std::move(chunk));
  return {};
}

Result<void> Branch::finish(std::vector<Chunk>& out) {
  // The last of the branch's frames that lies within the stream.
  std::int64_t end =
      begin_ + (taken_ * format_.sample_rate + stream_.sample_rate - 1) / stream_.sample_rate;
  auto left = static_cast<std::size_t>(std::max<std::int64_t>(end - next_, 0));
  // The resampler gives the rest when it sees what follows.
  std::vector<float> silence(frames_in(millis(50), stream_.sample_rate) * channels_);
  while (resampler_ && ready() < left) {
    if (auto ok = resampler_->process(silence, ready_); !ok) return ok;
  }
  ready_.resize(at_ + left * channels_);
  while (ready() > 0) {
    std::size_t frames = std::min(ready(), frames_in(millis(100), format_.sample_rate));
    if (!encoder_->takes(frames))
      frames = chunk_frames({static_cast<std::int64_t>(frames) * 1'000'000 / format_.sample_rate});
    if (ready() < frames) ready_.resize(at_ + frames * channels_);
    if (auto ok = take(frames, out); !ok) return ok;
  }
  if (encoder_->delay_frames() == 0) return {};
  Chunk last{next_ - static_cast<std::int64_t>(encoder_->delay_frames()), encoder_->delay_frames(),
             std::string(head_, '\0')};
  if (auto ok = encoder_->flush(last.bytes); !ok) return ok;
  if (last.bytes.size() > head_) out.push_back(std::move(last));
  return {};
}

}  // namespace tutti::render
