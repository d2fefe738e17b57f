#include "shell/media/av/input.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

extern "C" {
#include <libavutil/dict.h>
}

namespace tutti::shell::av {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
// Packets in a row that cannot be decoded before a file counts as broken; a scratch is a few.
constexpr int kMaxBad = 200;
// Demuxers of files with music in them. No playlists and no segment lists: those open other files.
constexpr const char* kFormats =
    "mp3,flac,ogg,mov,mp4,m4a,wav,w64,aiff,caf,wv,ape,asf,dsf,iff,aac,tta,tak,matroska,webm";

}  // namespace

Error av_error(int number, const std::string& what) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(number, text, sizeof text);
  Code code = Code::io;
  std::string hint;
  switch (number) {
    case AVERROR(ENOENT): code = Code::not_found; break;
    case AVERROR(EACCES):
    case AVERROR(EPERM): code = Code::forbidden; break;
    case AVERROR(ENOSPC): code = Code::no_space; break;
    case AVERROR(ENOMEM): code = Code::overloaded; break;
    case AVERROR_EXIT:
      code = Code::timeout;
      std::strncpy(text, "no answer in time", sizeof text - 1);
      hint = "is the disk or share still there?";
      break;
    case AVERROR(EINVAL):  // an empty file
    case AVERROR_EOF:
    case AVERROR_INVALIDDATA: code = Code::corrupt; break;
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
    case AVERROR_STREAM_NOT_FOUND: code = Code::unsupported; break;
    default: break;
  }
  return Error{code, what + ": " + text, hint, 0};
}

void AvInput::arm() { deadline_ = std::chrono::steady_clock::now() + kPatience; }

int AvInput::interrupted(void* self) {
  return std::chrono::steady_clock::now() > static_cast<AvInput*>(self)->deadline_ ? 1 : 0;
}

bool AvInput::is(const char* format) const {
  std::string names = "," + std::string(format_->iformat->name) + ",";
  return names.find("," + std::string(format) + ",") != std::string::npos;
}

Result<std::unique_ptr<AvInput>> AvInput::open(const std::string& path) {
  // A pipe or a device would make the open wait for ever.
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::unexpected(av_error(AVERROR(errno), path));
  if (!S_ISREG(status.st_mode)) return fail(Code::unsupported, path + ": not a file");
  std::unique_ptr<AvInput> input(new AvInput(path));
  input->frame_.reset(av_frame_alloc());
  input->packet_.reset(av_packet_alloc());
  if (!input->frame_ || !input->packet_) return fail(Code::overloaded, path + ": out of memory");
  input->arm();
  if (auto done = input->open_format(); !done) return std::unexpected(done.error());
  if (auto done = input->open_decoder(); !done) return std::unexpected(done.error());
  return input;
}

Result<void> AvInput::open_format() {
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return fail(Code::overloaded, path_ + ": out of memory");
  context->interrupt_callback = {&AvInput::interrupted, this};
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", kFormats, 0);
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  // The scheme keeps a name with a colon from being one.
  int error = avformat_open_input(&context, ("file:" + path_).c_str(), nullptr, &options);
  av_dict_free(&options);
  if (error < 0) return std::unexpected(av_error(error, path_));
  format_.reset(context);
  error = avformat_find_stream_info(context, nullptr);
  if (error < 0) return std::unexpected(av_error(error, path_));
  int index = av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (index < 0) return fail(Code::unsupported, path_ + ": there is no audio in it");
  for (unsigned i = 0; i < context->nb_streams; ++i)
    if (static_cast<int>(i) != index) context->streams[i]->discard = AVDISCARD_ALL;
  stream_ = context->streams[index];
  return {};
}

Result<void> AvInput::open_decoder() {
  const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
  if (codec == nullptr)
    return fail(Code::unsupported,
                path_ + ": no decoder for " + avcodec_get_name(stream_->codecpar->codec_id));
  decoder_.reset(avcodec_alloc_context3(codec));
  if (!decoder_) return fail(Code::overloaded, path_ + ": out of memory");
  int error = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 1;
  if (error >= 0) error = avcodec_open2(decoder_.get(), codec, nullptr);
  if (error < 0) return std::unexpected(av_error(error, path_));
  return {};
}

Result<bool> AvInput::read_packet() {
  while (true) {
    av_packet_unref(packet_.get());
    int error = av_read_frame(format_.get(), packet_.get());
    if (error == AVERROR_EOF) return false;
    // A demuxer that lost its way in the file; what was good has been heard.
    if (error < 0) return std::unexpected(av_error(error, path_));
    if (packet_->stream_index != stream_->index) continue;
    if (!any_) first_ = packet_->pts;
    any_ = true;
    return true;
  }
}

Result<bool> AvInput::send() {
  if (draining_) return false;
  if (!holds_packet_) {
    auto more = read_packet();
    if (!more) return std::unexpected(more.error());
    if (!*more) {
      draining_ = true;
      avcodec_send_packet(decoder_.get(), nullptr);
      return true;
    }
  }
  holds_packet_ = false;
  int error = avcodec_send_packet(decoder_.get(), packet_.get());
  if (error == AVERROR(ENOMEM)) return std::unexpected(av_error(error, path_));
  if (error < 0 && ++bad_ > kMaxBad) return std::unexpected(av_error(AVERROR_INVALIDDATA, path_));
  return true;
}

Result<const AVFrame*> AvInput::frame() {
  arm();
  while (true) {
    int error = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (error == 0) {
      bad_ = 0;
      return frame_.get();
    }
    if (error == AVERROR_EOF) return nullptr;
    if (error != AVERROR(EAGAIN) && ++bad_ > kMaxBad)
      return std::unexpected(av_error(AVERROR_INVALIDDATA, path_));
    if (error != AVERROR(EAGAIN) && draining_) return nullptr;
    auto sent = send();
    if (!sent) return std::unexpected(sent.error());
    if (!*sent) return nullptr;
  }
}

Result<void> AvInput::seek(std::int64_t timestamp) {
  arm();
  int error = avformat_seek_file(format_.get(), stream_->index, INT64_MIN, timestamp, timestamp, 0);
  if (error < 0) return std::unexpected(av_error(error, path_));
  avcodec_flush_buffers(decoder_.get());
  draining_ = holds_packet_ = false;
  bad_ = 0;
  return {};
}

Result<void> AvInput::skip_to(std::int64_t timestamp) {
  arm();
  avcodec_flush_buffers(decoder_.get());
  draining_ = false;
  while (true) {
    arm();
    auto more = read_packet();
    if (!more) return std::unexpected(more.error());
    holds_packet_ = *more;
    if (!*more || packet_->pts == AV_NOPTS_VALUE || packet_->pts + packet_->duration > timestamp)
      return {};
  }
}

}  // namespace tutti::shell::av
