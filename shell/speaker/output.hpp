#pragma once
// Output: where PCM goes that no network carries. One thread at a time calls it.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/render/render.hpp"

namespace tutti::shell {

class Output {
 public:
  virtual ~Output() = default;
  virtual render::PcmFormat format() const = 0;
  // Takes all of it, waiting as long as the output needs: interleaved, in its format.
  virtual Result<void> write(std::span<const float> samples) = 0;
  // Waits until all was heard or written, and closes. Nothing may follow.
  virtual Result<void> finish() = 0;
};

// A WAV file, RF64 (EBU Tech 3306) when it grows beyond 4 GiB. bits: 16 or 24; a float is rounded
// to the nearest, clipped at full scale, so that samples of so many bits come out as they went in.
// The sizes in its header are renewed every second of audio: a kill -9 loses at most that.
// Errors: errno's of the file, no_space for a full disk.
Result<std::unique_ptr<Output>> open_wav_output(const std::string& path, render::PcmFormat format,
                                                int bits);
// Nowhere; paced by the monotonic clock when `realtime`, else as fast as it comes.
std::unique_ptr<Output> open_null_output(render::PcmFormat format, bool realtime);

}  // namespace tutti::shell
