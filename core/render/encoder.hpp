#pragma once
// Encoder: PCM to the bytes of a stream that is written front to back (HTTP, a pipe), or to a file
// whose header is completed at the end. Who implements it is shell/media.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::render {

enum class StreamFormat : std::uint8_t { wav, flac, mp3, opus, aac };  // aac: M4A, files only

struct EncoderSpec {
  StreamFormat format = StreamFormat::opus;
  int sample_rate = 48'000;                               // opus: 48,000 only; mp3: at most 48,000
  int channels = 2;                                       // 1 or 2
  int bits = 16;                                          // wav and flac: 16 or 24
  int kbps = 0;                                           // mp3 and opus; 0: 192 and 128; aac: 192
  std::vector<std::pair<std::string, std::string>> tags;  // "title", "artist", "album", ...
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  // The Content-Type (RFC 9110 section 8.3), e.g. "audio/ogg; codecs=opus".
  virtual std::string mime() const = 0;
  // Appends what is ready to `out`; samples beyond full scale are clipped by formats of integers.
  // samples.size() is a multiple of the channels. The first call brings the header. An encoder to a
  // file leaves `out` alone.
  virtual Result<void> encode(std::span<const float> samples, std::string& out) = 0;
  // The rest; nothing may follow.
  virtual Result<void> finish(std::string& out) = 0;
};

// Fails with bad_request for a spec outside its bounds, unsupported where libav lacks the encoder.
using OpenFileEncoder = std::function<Result<std::unique_ptr<Encoder>>(const std::string& path,
                                                                       const EncoderSpec& spec)>;
using OpenEncoder = std::function<Result<std::unique_ptr<Encoder>>(const EncoderSpec& spec)>;

}  // namespace tutti::render
