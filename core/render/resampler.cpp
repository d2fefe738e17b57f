#include "core/render/resampler.hpp"

#include <soxr.h>

#include <cmath>
#include <string>

namespace tutti::render {

void Resampler::Free::operator()(void* soxr) const { soxr_delete(static_cast<soxr_t>(soxr)); }

Resampler::Resampler(void* soxr, double ratio, int channels)
    : soxr_(soxr), ratio_(ratio), channels_(static_cast<std::size_t>(channels)) {}

Result<Resampler> Resampler::create(int rate_in, int rate_out, int channels) {
  soxr_error_t error = nullptr;
  soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  soxr_runtime_spec_t runtime = soxr_runtime_spec(1);  // one thread: its caller's
  soxr_t soxr = soxr_create(rate_in, rate_out, static_cast<unsigned>(channels), &error, &io,
                            &quality, &runtime);
  if (error != nullptr || soxr == nullptr)
    return fail(Code::internal, "cannot resample from " + std::to_string(rate_in) + " to " +
                                    std::to_string(rate_out) +
                                    " Hz: " + (error != nullptr ? error : "out of memory"));
  return Resampler(soxr, static_cast<double>(rate_out) / rate_in, channels);
}

Result<void> Resampler::process(std::span<const float> in, std::vector<float>& out) {
  auto soxr = static_cast<soxr_t>(soxr_.get());
  std::size_t frames = in.size() / channels_;
  std::size_t taken = 0;
  // It may hold frames back and then give more than ratio * frames at once, so: until all is taken
  // and a call had room to spare.
  for (bool more = true; more;) {
    std::size_t room =
        static_cast<std::size_t>(std::ceil(static_cast<double>(frames) * ratio_)) + 64;
    std::size_t had = out.size();
    out.resize(had + room * channels_);
    std::size_t used = 0;
    std::size_t made = 0;
    soxr_error_t error = soxr_process(soxr, in.data() + taken * channels_, frames - taken, &used,
                                      out.data() + had, room, &made);
    out.resize(had + made * channels_);
    if (error != nullptr) return fail(Code::internal, std::string("resampling failed: ") + error);
    taken += used;
    more = taken < frames || made == room;
    if (used == 0 && made == 0 && more) return fail(Code::internal, "the resampler is stuck");
  }
  return {};
}

}  // namespace tutti::render
