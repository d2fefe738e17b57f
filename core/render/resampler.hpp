#pragma once
// Resampler: libsoxr at "very high quality" (28 bits, linear phase), one for as long as a stream
// keeps its rate. Made anew for each block it would start from silence each time: clicks, and a
// length that drifts.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::render {

class Resampler {
 public:
  // Rates in Hz. internal: out of memory or rates that soxr refuses.
  static Result<Resampler> create(int rate_in, int rate_out, int channels);

  // Takes all input frames (interleaved) and appends what they make. Output frame k is the input at
  // time k / rate_out; it comes out once the filter has seen enough of what follows.
  Result<void> process(std::span<const float> in, std::vector<float>& out);

 private:
  struct Free {
    void operator()(void* soxr) const;
  };
  Resampler(void* soxr, double ratio, int channels);

  std::unique_ptr<void, Free> soxr_;
  double ratio_;
  std::size_t channels_;
};

}  // namespace tutti::render
