#pragma once
// AvInput: one open file of libavformat and the decoder of its first audio stream. Thread: one at a
// time; every call ends by its deadline, as far as the kernel lets a read end.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace tutti::shell::av {

// "what: libav's text", with the code that fits.
Error av_error(int number, const std::string& what);

struct FreeFormat {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct FreeCodec {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

class AvInput {
 public:
  static Result<std::unique_ptr<AvInput>> open(const std::string& path);

  const AVStream& stream() const { return *stream_; }
  const AVFormatContext& format() const { return *format_; }
  const AVCodecContext& decoder() const { return *decoder_; }
  // Of the first packet that was read, in the stream's time base.
  std::int64_t first_timestamp() const { return first_; }
  bool is(const char* format) const;  // one of the names of the demuxer

  // The next decoded frame; null at the end. It is valid until the next call. What cannot be
  // decoded is left out, up to kMaxBad packets in a row; then it is corrupt.
  Result<const AVFrame*> frame();
  // Goes to a packet at or before the timestamp (of the stream's time base).
  Result<void> seek(std::int64_t timestamp);
  // Reads packets, without decoding them, up to the first that ends behind the timestamp.
  Result<void> skip_to(std::int64_t timestamp);

 private:
  explicit AvInput(const std::string& path) : path_(path) {}
  Result<void> open_format();
  Result<void> open_decoder();
  Result<bool> read_packet();  // of the stream, into packet_; false: end of file
  Result<bool> send();         // a packet to the decoder; false: it was drained before
  void arm();
  static int interrupted(void* self);

  std::string path_;
  std::chrono::steady_clock::time_point deadline_{};
  std::unique_ptr<AVFormatContext, FreeFormat> format_;
  std::unique_ptr<AVCodecContext, FreeCodec> decoder_;
  std::unique_ptr<AVFrame, FreeFrame> frame_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  AVStream* stream_ = nullptr;
  std::int64_t first_ = AV_NOPTS_VALUE;
  bool any_ = false;
  bool holds_packet_ = false;  // read but not sent yet
  bool draining_ = false;
  int bad_ = 0;
};

}  // namespace tutti::shell::av
