#pragma once
// Source: decoded audio of one track, pulled. Who implements it is shell/media; tests have sources
// of their own. A Source belongs to one Render and moves with it from worker to worker.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.hpp"

namespace tutti::render {

struct SourceInfo {
  int sample_rate = 0;  // Hz
  int channels = 0;     // 1 to 8, in the order of WAVE (front left, front right, centre, LFE, ...)
  int bits = 0;         // of the samples as stored; 0 for codecs without such a number
  bool lossless = false;
  std::int64_t frames = -1;  // exact, encoder delay and padding taken off; -1: known at the end
  std::string codec;
};

class Source {
 public:
  virtual ~Source() = default;
  virtual const SourceInfo& info() const = 0;
  // Decodes up to out.size() / channels frames of interleaved samples, full scale 1.0; integers are
  // divided by 2^(bits - 1), so that 16 and 24 bits come back exactly. 0: the end. An error ends
  // it. Encoder delay and padding are already taken off (LAME tag, iTunSMPB, edit lists, RFC 7845
  // section 4.2).
  virtual Result<std::size_t> read(std::span<float> out) = 0;
  // To this frame exactly; past the end is the end.
  virtual Result<void> seek(std::int64_t frame) = 0;
};

using OpenSource = std::function<Result<std::unique_ptr<Source>>(const std::string& path)>;

}  // namespace tutti::render
