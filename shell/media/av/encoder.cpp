#include "shell/media/av/encoder.hpp"

#include <algorithm>

#include "shell/media/av/input.hpp"
#include "shell/media/av/samples.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

namespace tutti::shell::av {
namespace {

using render::EncoderSpec;
using render::StreamFormat;

// What each format is made of.
struct Recipe {
  const char* muxer;
  const char* codec;
  const char* mime;
  AVSampleFormat samples;
};

Recipe recipe_of(const EncoderSpec& spec) {
  bool deep = spec.bits == 24;
  switch (spec.format) {
    case StreamFormat::opus: return {"ogg", "libopus", "audio/ogg; codecs=opus", AV_SAMPLE_FMT_FLT};
    case StreamFormat::mp3: return {"mp3", "libmp3lame", "audio/mpeg", AV_SAMPLE_FMT_FLTP};
    case StreamFormat::flac:
      return {"flac", "flac", "audio/flac", deep ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16};
    case StreamFormat::aac: return {"ipod", "aac", "audio/mp4", AV_SAMPLE_FMT_FLTP};
    case StreamFormat::wav: break;
  }
  return {"wav", deep ? "pcm_s24le" : "pcm_s16le", "audio/wav",
          deep ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16};
}

constexpr int kBlock = 4096;        // frames, where a codec takes any number
constexpr int kBuffer = 16 * 1024;  // bytes between muxer and `out`

Result<void> check(const EncoderSpec& spec) {
  bool rate = spec.sample_rate >= 8000 && spec.sample_rate <= 384'000;
  if (spec.format == StreamFormat::opus) rate = spec.sample_rate == 48'000;
  if (spec.format == StreamFormat::mp3) rate = rate && spec.sample_rate <= 48'000;
  if (!rate) return fail(Code::bad_request, "this format has no such sample rate");
  if (spec.channels < 1 || spec.channels > 2)
    return fail(Code::bad_request, "streams have one or two channels");
  if (spec.bits != 16 && spec.bits != 24) return fail(Code::bad_request, "16 or 24 bits");
  if (spec.kbps != 0 && (spec.kbps < 16 || spec.kbps > 512))
    return fail(Code::bad_request, "16 to 512 kbit/s");
  return {};
}

struct FreeMuxer {
  void operator()(AVFormatContext* context) const {
    if (context->pb != nullptr && (context->flags & AVFMT_FLAG_CUSTOM_IO) == 0) {
      avio_closep(&context->pb);
    } else if (context->pb != nullptr) {
      av_freep(static_cast<void*>(&context->pb->buffer));
      avio_context_free(&context->pb);
    }
    avformat_free_context(context);
  }
};

class AvEncoder final : public render::Encoder {
 public:
  // With a path, into that file, else into what encode and finish are given.
  AvEncoder(const EncoderSpec& spec, std::string path)
      : spec_(spec), path_(std::move(path)), recipe_(recipe_of(spec)) {}

  Result<void> open();
  std::string mime() const override { return recipe_.mime; }
  Result<void> encode(std::span<const float> samples, std::string& out) override;
  Result<void> finish(std::string& out) override;

 private:
  Result<void> open_codec();
  Result<void> open_muxer();
  Result<void> open_io(AVFormatContext& context);
  Result<void> send(std::size_t frames);
  Result<void> drain();
  std::size_t block() const {
    return static_cast<std::size_t>(codec_->frame_size > 0 ? codec_->frame_size : kBlock);
  }
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  static int write(void* self, const std::uint8_t* data, int size) {
#else
  static int write(void* self, std::uint8_t* data, int size) {
#endif
    static_cast<AvEncoder*>(self)->out_->append(reinterpret_cast<const char*>(data),
                                                static_cast<std::size_t>(size));
    return size;
  }

  EncoderSpec spec_;
  std::string path_;
  Recipe recipe_;
  std::unique_ptr<AVCodecContext, FreeCodec> codec_;
  std::unique_ptr<AVFormatContext, FreeMuxer> muxer_;
  std::unique_ptr<AVFrame, FreeFrame> frame_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  std::string header_;           // written at open, goes out first
  std::string* out_ = &header_;  // where the muxer writes to
  std::vector<float> waiting_;   // less than a block
  std::int64_t frames_ = 0;
  bool finished_ = false;
};

Result<void> AvEncoder::open() {
  frame_.reset(av_frame_alloc());
  packet_.reset(av_packet_alloc());
  if (!frame_ || !packet_) return fail(Code::overloaded, "no memory for an encoder");
  if (auto done = open_codec(); !done) return done;
  return open_muxer();
}

Result<void> AvEncoder::open_codec() {
  const AVCodec* codec = avcodec_find_encoder_by_name(recipe_.codec);
  if (codec == nullptr)
    return fail(Code::unsupported, std::string("libavcodec was built without ") + recipe_.codec,
                "install the full libavcodec, or ask for another format");
  codec_.reset(avcodec_alloc_context3(codec));
  if (!codec_) return fail(Code::overloaded, "no memory for an encoder");
  codec_->sample_rate = spec_.sample_rate;
  codec_->sample_fmt = recipe_.samples;
  codec_->time_base = {1, spec_.sample_rate};
  codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_channel_layout_default(&codec_->ch_layout, spec_.channels);
  if (spec_.format == StreamFormat::flac) codec_->bits_per_raw_sample = spec_.bits;
  if (spec_.format == StreamFormat::mp3)
    codec_->bit_rate = (spec_.kbps > 0 ? spec_.kbps : 192) * 1000;
  if (spec_.format == StreamFormat::aac)
    codec_->bit_rate = (spec_.kbps > 0 ? spec_.kbps : 192) * 1000;
  if (spec_.format == StreamFormat::opus)
    codec_->bit_rate = (spec_.kbps > 0 ? spec_.kbps : 128) * 1000;
  int error = avcodec_open2(codec_.get(), codec, nullptr);
  if (error < 0) return std::unexpected(av_error(error, recipe_.codec));
  return {};
}

Result<void> AvEncoder::open_io(AVFormatContext& context) {
  if (!path_.empty()) {
    int error = avio_open(&context.pb, ("file:" + path_).c_str(), AVIO_FLAG_WRITE);
    if (error < 0) return std::unexpected(av_error(error, path_));
    return {};
  }
  context.flags |= AVFMT_FLAG_CUSTOM_IO;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
  context.pb = avio_alloc_context(buffer, kBuffer, 1, this, nullptr, &AvEncoder::write, nullptr);
  if (buffer == nullptr || context.pb == nullptr)
    return fail(Code::overloaded, "no memory for an encoder");
  return {};
}

Result<void> AvEncoder::open_muxer() {
  AVFormatContext* context = nullptr;
  int error = avformat_alloc_output_context2(&context, nullptr, recipe_.muxer, nullptr);
  if (error < 0) return std::unexpected(av_error(error, recipe_.muxer));
  muxer_.reset(context);
  if (auto done = open_io(*context); !done) return done;
  AVStream* stream = avformat_new_stream(context, nullptr);
  if (stream == nullptr) return fail(Code::overloaded, "no memory for an encoder");
  context->flags |= AVFMT_FLAG_BITEXACT;  // no names of libraries in the stream
  error = avcodec_parameters_from_context(stream->codecpar, codec_.get());
  stream->time_base = codec_->time_base;
  // Ogg keeps comments with the stream, the others with the file.
  bool ogg = spec_.format == StreamFormat::opus;
  for (const auto& [name, value] : spec_.tags)
    av_dict_set(ogg ? &stream->metadata : &context->metadata, name.c_str(), value.c_str(), 0);
  AVDictionary* options = nullptr;
  // A page each 100 ms, or the listener waits for a whole second; no index that wants a seek back.
  if (ogg && path_.empty()) av_dict_set(&options, "page_duration", "100000", 0);
  if (spec_.format == StreamFormat::mp3 && path_.empty())
    av_dict_set(&options, "write_xing", "0", 0);
  if (error >= 0) error = avformat_write_header(context, &options);
  av_dict_free(&options);
  if (error < 0) return std::unexpected(av_error(error, recipe_.muxer));
  avio_flush(context->pb);
  return {};
}

Result<void> AvEncoder::drain() {
  while (true) {
    int error = avcodec_receive_packet(codec_.get(), packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return std::unexpected(av_error(error, recipe_.codec));
    packet_->stream_index = 0;
    av_packet_rescale_ts(packet_.get(), codec_->time_base, muxer_->streams[0]->time_base);
    error = av_write_frame(muxer_.get(), packet_.get());
    av_packet_unref(packet_.get());
    if (error < 0) return std::unexpected(av_error(error, recipe_.muxer));
  }
}

// The first `frames` of what waits.
Result<void> AvEncoder::send(std::size_t frames) {
  auto width = static_cast<std::size_t>(spec_.channels);
  av_frame_unref(frame_.get());
  frame_->nb_samples = static_cast<int>(frames);
  frame_->format = recipe_.samples;
  frame_->sample_rate = spec_.sample_rate;
  frame_->pts = frames_;
  av_channel_layout_default(&frame_->ch_layout, spec_.channels);
  if (av_frame_get_buffer(frame_.get(), 0) < 0)
    return fail(Code::overloaded, "no memory for an encoder");
  bool pcm = spec_.format == StreamFormat::wav || spec_.format == StreamFormat::flac;
  from_floats(std::span(waiting_).first(frames * width), spec_.channels, pcm ? spec_.bits : 32,
              *frame_);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(frames * width));
  frames_ += static_cast<std::int64_t>(frames);
  int error = avcodec_send_frame(codec_.get(), frame_.get());
  if (error < 0) return std::unexpected(av_error(error, recipe_.codec));
  return drain();
}

Result<void> AvEncoder::encode(std::span<const float> samples, std::string& out) {
  if (finished_) return fail(Code::conflict, "the stream is finished");
  out.append(header_);
  header_.clear();
  out_ = &out;
  waiting_.insert(waiting_.end(), samples.begin(), samples.end());
  while (waiting_.size() >= block() * static_cast<std::size_t>(spec_.channels))
    if (auto sent = send(block()); !sent) return sent;
  avio_flush(muxer_->pb);
  out_ = &header_;
  return {};
}

Result<void> AvEncoder::finish(std::string& out) {
  if (finished_) return {};
  if (auto done = encode({}, out); !done) return done;
  finished_ = true;
  out_ = &out;
  if (!waiting_.empty()) {
    auto sent = send(waiting_.size() / static_cast<std::size_t>(spec_.channels));
    if (!sent) return sent;
  }
  avcodec_send_frame(codec_.get(), nullptr);
  if (auto done = drain(); !done) return done;
  int error = av_write_trailer(muxer_.get());
  avio_flush(muxer_->pb);
  out_ = &header_;
  if (error >= 0) error = muxer_->pb->error;  // of writing, a full disk
  if (error < 0) return std::unexpected(av_error(error, recipe_.muxer));
  return {};
}

}  // namespace

Result<std::unique_ptr<render::Encoder>> open_file_encoder(const std::string& path,
                                                           const EncoderSpec& spec) {
  if (auto good = check(spec); !good) return std::unexpected(good.error());
  auto encoder = std::make_unique<AvEncoder>(spec, path);
  if (auto done = encoder->open(); !done) return std::unexpected(done.error());
  return encoder;
}

Result<std::unique_ptr<render::Encoder>> open_encoder(const EncoderSpec& spec) {
  if (spec.format == StreamFormat::aac)
    return fail(Code::bad_request, "AAC goes into files only; a stream can be Opus or MP3");
  return open_file_encoder({}, spec);
}

}  // namespace tutti::shell::av
