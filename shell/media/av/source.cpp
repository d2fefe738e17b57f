#include "shell/media/av/source.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "shell/media/av/length.hpp"
#include "shell/media/av/samples.hpp"

extern "C" {
#include <libavcodec/codec_desc.h>
#include <libavutil/mathematics.h>
}

namespace tutti::shell::av {
namespace {

using SeekBy = AvSource::SeekBy;

// Before the frame that is sought, so much is decoded and thrown away, until the decoder's state no
// longer remembers that it began in the middle: Opus wants 80 ms (RFC 7845 section 4.6) and is
// given more, for its band energies are predicted from frame to frame; MP3 its bit reservoir of at
// most 9 frames; AAC and Vorbis the overlap of one block.
std::int64_t preroll(AVCodecID codec, int rate) {
  switch (codec) {
    case AV_CODEC_ID_OPUS: return rate;
    case AV_CODEC_ID_MP3:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP1: return 16 * 1152;
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_VORBIS:
    case AV_CODEC_ID_WMAV1:
    case AV_CODEC_ID_WMAV2:
    case AV_CODEC_ID_WMAPRO: return 4 * 8192;
    default: return 0;
  }
}

// How a file can be sought to the frame. By its timestamps, where they say exactly which sample
// comes after a seek. By walking over packets without decoding them, where only those counted from
// the start are exact (MP3 goes by a table of a hundred places, raw AAC by guesses, FLAC in Ogg
// by pages). By decoding from the start, where times are in milliseconds or start anew in the
// middle (ASF, Matroska, chained Ogg).
SeekBy seek_by(const AvInput& input, const std::string& path) {
  AVCodecID codec = input.decoder().codec_id;
  if (input.is("ogg")) {
    if (ogg_is_chained(path)) return SeekBy::decoding;
    bool paged = codec == AV_CODEC_ID_VORBIS || codec == AV_CODEC_ID_OPUS;
    return paged ? SeekBy::timestamp : SeekBy::walk;
  }
  for (const char* name : {"flac", "mov", "wav", "w64", "aiff", "wv", "ape", "dsf", "caf", "tta"})
    if (input.is(name)) return SeekBy::timestamp;
  for (const char* name : {"mp3", "aac"})
    if (input.is(name)) return SeekBy::walk;
  return SeekBy::decoding;
}

// The number of samples in Apple's tag: " 00000000 <delay> <padding> <samples> ...", hexadecimal.
std::int64_t itunes_samples(const AvInput& input) {
  for (const AVDictionary* tags : {input.format().metadata, input.stream().metadata}) {
    const AVDictionaryEntry* entry = av_dict_get(tags, "iTunSMPB", nullptr, 0);
    unsigned long long delay = 0;
    unsigned long long padding = 0;
    unsigned long long samples = 0;
    if (entry != nullptr &&
        std::sscanf(entry->value, "%*x %llx %llx %llx", &delay, &padding, &samples) == 3 &&
        samples > 0 && samples < (1ULL << 48))
      return static_cast<std::int64_t>(samples);
  }
  return -1;
}

constexpr int kMostRate = 3'000'000;

}  // namespace

Result<std::unique_ptr<render::Source>> AvSource::open(const std::string& path) {
  std::unique_ptr<AvSource> source(new AvSource(path));
  if (auto done = source->reopen(); !done) return std::unexpected(done.error());
  // The first frame tells what the header may not: the rate and channels that come out.
  if (auto first = source->decode(); !first) return std::unexpected(first.error());
  if (source->info_.sample_rate == 0)
    return fail(Code::corrupt, path + ": nothing in it can be decoded");
  return source;
}

Result<void> AvSource::reopen() {
  input_.reset();
  auto input = AvInput::open(path_);
  if (!input) return std::unexpected(input.error());
  input_ = std::move(*input);
  pcm_.clear();
  pcm_at_ = 0;
  decoded_ = -lead_;
  placed_ = true;
  ended_ = false;
  return {};
}

// From the first decoded frame.
void AvSource::learn() {
  const AVCodecContext& decoder = input_->decoder();
  const AVCodecDescriptor* codec = avcodec_descriptor_get(decoder.codec_id);
  info_.codec = codec != nullptr ? codec->name : "unknown";
  if (info_.codec.starts_with("pcm_")) info_.codec = "pcm";
  if (info_.codec.starts_with("dsd_")) info_.codec = "dsd";
  info_.lossless = codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0;
  const AVCodecParameters& stream = *input_->stream().codecpar;
  if (info_.lossless)
    info_.bits =
        stream.bits_per_raw_sample > 0 ? stream.bits_per_raw_sample : stream.bits_per_coded_sample;
  if (info_.codec == "dsd") info_.bits = 1;
  seek_by_ = seek_by(*input_, path_);
  info_.frames = exact_frames();
  // The AAC decoder gives whole blocks; after a jump nobody else knows where an Ogg ends.
  trims_ = info_.frames >= 0 && (input_->is("mov") || input_->is("ogg"));
}

// -1 where the container only guesses.
std::int64_t AvSource::exact_frames() const {
  const AVStream& stream = input_->stream();
  if (std::int64_t samples = itunes_samples(*input_); samples > 0) return samples;
  if (stream.duration <= 0) return -1;
  AVRational frame{1, info_.sample_rate};
  std::int64_t told = av_rescale_q(stream.duration, stream.time_base, frame);
  std::int64_t skipped = 0;  // at the start: between the first packet and the first frame
  if (origin_ != AV_NOPTS_VALUE && input_->first_timestamp() != AV_NOPTS_VALUE)
    skipped = std::max<std::int64_t>(
        0, av_rescale_q(origin_ - input_->first_timestamp(), stream.time_base, frame));
  if (input_->is("mp3")) return mp3_length(path_);
  if (input_->is("ogg")) {
    if (seek_by_ == SeekBy::decoding) return -1;
    if (input_->decoder().codec_id != AV_CODEC_ID_OPUS) return told;
    // libav counts the pre-skip in or not; a stream cut out of another does not begin at 0.
    std::int64_t whole = opus_length(path_);
    return whole >= 0 && told >= whole && told <= whole + skipped ? whole : told - skipped;
  }
  if (input_->is("mov")) {
    std::int64_t media = mov_media_length(path_, info_.sample_rate) - skipped;
    // An edit list counts in a timescale of 600 or 1000 to the second.
    return std::abs(media - told) <= info_.sample_rate / 600 ? media : told;
  }
  for (const char* name : {"flac", "wav", "w64", "aiff", "wv", "ape", "dsf", "tta"})
    if (input_->is(name)) return told;
  return -1;
}

std::int64_t AvSource::at() const {
  auto left =
      static_cast<std::int64_t>((pcm_.size() - pcm_at_) / static_cast<std::size_t>(info_.channels));
  return decoded_ - left;
}

std::int64_t AvSource::to_timestamp(std::int64_t frame) const {
  return origin_ + av_rescale_q(frame, {1, info_.sample_rate}, input_->stream().time_base);
}

// Encoders that begin with a short block say so by a first page whose position is less than the
// samples in it: what comes before position 0 is not heard (Vorbis I, appendix A.2).
void AvSource::cut_start() {
  if (origin_ == AV_NOPTS_VALUE || origin_ >= 0) return;
  lead_ = av_rescale_q(-origin_, input_->stream().time_base, {1, info_.sample_rate});
  decoded_ = -lead_;
  origin_ = 0;
}

// Where the frame stands in the file: counted, but after a jump told by its timestamp.
Result<bool> AvSource::place(const AVFrame& frame) {
  if (info_.sample_rate == 0) {
    if (frame.sample_rate <= 0 || frame.sample_rate > kMostRate ||
        frame.ch_layout.nb_channels < 1 || frame.ch_layout.nb_channels > 8)
      return fail(Code::unsupported, path_ + ": more than 8 channels or a rate beyond 3 MHz");
    info_.sample_rate = frame.sample_rate;
    info_.channels = frame.ch_layout.nb_channels;
    origin_ = frame.pts;
    if (input_->is("ogg") && input_->decoder().codec_id == AV_CODEC_ID_VORBIS) cut_start();
    learn();
  }
  if (frame.sample_rate != info_.sample_rate || frame.ch_layout.nb_channels != info_.channels)
    return fail(Code::unsupported, path_ + ": its sample rate or channels change in the middle",
                "split the file where it changes");
  if (placed_) return true;
  if (frame.pts == AV_NOPTS_VALUE || origin_ == AV_NOPTS_VALUE) return false;
  decoded_ = av_rescale_q(frame.pts - origin_, input_->stream().time_base, {1, info_.sample_rate});
  placed_ = true;
  return true;
}

Result<bool> AvSource::decode() {
  pcm_.clear();
  pcm_at_ = 0;
  while (pcm_.empty()) {
    if (ended_) return false;
    auto frame = input_->frame();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) return end();
    auto placed = place(**frame);
    if (!placed) return std::unexpected(placed.error());
    if (!*placed) continue;
    if (!to_floats(**frame, 0, pcm_))
      return fail(Code::unsupported, path_ + ": samples of an unknown format");
    decoded_ += (*frame)->nb_samples;
    if (at() < 0) drop_lead();
  }
  if (trims_ && decoded_ > info_.frames) trim();
  return !pcm_.empty();
}

void AvSource::drop_lead() {
  std::int64_t early = std::min(-at(), decoded_ - at());
  pcm_.erase(pcm_.begin(), pcm_.begin() + static_cast<std::ptrdiff_t>(early * info_.channels));
}

void AvSource::trim() {
  std::int64_t extra = std::min(decoded_ - info_.frames, decoded_ - at());
  pcm_.resize(pcm_.size() - static_cast<std::size_t>(extra * info_.channels));
  decoded_ -= extra;
  ended_ = true;
}

// A file that is cut off says so when more than a second of what it promised is missing.
Result<bool> AvSource::end() {
  ended_ = true;
  if (info_.frames < 0 || !placed_ || decoded_ + info_.sample_rate >= info_.frames) return false;
  return fail(Code::corrupt,
              path_ + ": it ends after " + std::to_string(decoded_ / info_.sample_rate) + " of " +
                  std::to_string(info_.frames / info_.sample_rate) + " seconds",
              "the file is incomplete; copy it again");
}

Result<std::size_t> AvSource::read(std::span<float> out) {
  if (pcm_at_ == pcm_.size()) {
    auto more = decode();
    if (!more) return std::unexpected(more.error());
    if (!*more) return 0;
  }
  auto width = static_cast<std::size_t>(info_.channels);
  std::size_t n = std::min(out.size() / width * width, pcm_.size() - pcm_at_);
  std::copy_n(pcm_.begin() + static_cast<std::ptrdiff_t>(pcm_at_), n, out.begin());
  pcm_at_ += n;
  return n / width;
}

Result<void> AvSource::seek(std::int64_t frame) {
  if (frame < 0) return fail(Code::bad_request, "a seek before the beginning");
  if (frame >= at() && frame <= decoded_) return drop_until(frame);
  if (info_.frames >= 0 && frame >= info_.frames) {
    pcm_.clear();
    pcm_at_ = 0;
    decoded_ = info_.frames;
    placed_ = ended_ = true;
    return {};
  }
  if (auto jumped = jump(frame); !jumped) return jumped;
  auto more = decode();
  if (!more) return std::unexpected(more.error());
  if (!*more || at() > frame) {
    // The container led to behind the frame, or nowhere: walk from the start.
    if (auto done = reopen(); !done) return done;
  }
  return drop_until(frame);
}

// To a place before the frame, as near as the format allows, with the decoder new.
Result<void> AvSource::jump(std::int64_t frame) {
  std::int64_t before = frame - preroll(input_->decoder().codec_id, info_.sample_rate);
  // The last page of an Ogg tells where the stream is cut, not where its packets lie: begin before
  // it. Pages are about a second long, at most some.
  if (input_->is("ogg") && info_.frames >= 0)
    before = std::min(before, info_.frames - 10 * std::int64_t{info_.sample_rate});
  SeekBy by = before <= 0 || origin_ == AV_NOPTS_VALUE ? SeekBy::decoding : seek_by_;
  if (by == SeekBy::timestamp && !input_->seek(to_timestamp(before))) by = SeekBy::decoding;
  bool ahead = frame > decoded_ && placed_ && !ended_;
  if (by == SeekBy::decoding && ahead) return {};
  if (by == SeekBy::decoding || (by == SeekBy::walk && (!ahead || before <= decoded_)))
    if (auto done = reopen(); !done) return done;
  if (by == SeekBy::decoding) return {};
  if (by == SeekBy::walk)
    if (auto done = input_->skip_to(to_timestamp(before)); !done) return done;
  pcm_.clear();
  pcm_at_ = 0;
  placed_ = false;
  ended_ = false;
  return {};
}

Result<void> AvSource::drop_until(std::int64_t frame) {
  while (decoded_ < frame || pcm_.empty()) {
    auto more = decode();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};  // past the end is the end
  }
  if (frame > at()) pcm_at_ += static_cast<std::size_t>((frame - at()) * info_.channels);
  return {};
}

}  // namespace tutti::shell::av
