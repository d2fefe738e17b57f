// NullOutput. Thread: its caller's, one at a time.

#include <chrono>
#include <thread>

#include "shell/speaker/output.hpp"

namespace tutti::shell {
namespace {

class NullOutput final : public Output {
 public:
  NullOutput(render::PcmFormat format, bool realtime) : format_(format), realtime_(realtime) {}
  render::PcmFormat format() const override { return format_; }

  Result<void> write(std::span<const float> samples) override {
    using Clock = std::chrono::steady_clock;
    if (frames_ == 0) started_ = Clock::now();
    frames_ += static_cast<std::int64_t>(samples.size()) / format_.channels;
    if (!realtime_) return {};
    // From the first frame on, so that nothing adds up.
    auto played = std::chrono::duration<double>(static_cast<double>(frames_) / format_.sample_rate);
    std::this_thread::sleep_until(started_ + std::chrono::duration_cast<Clock::duration>(played));
    return {};
  }
  Result<void> finish() override { return {}; }

 private:
  render::PcmFormat format_;
  bool realtime_;
  std::int64_t frames_ = 0;
  std::chrono::steady_clock::time_point started_{};
};

}  // namespace

std::unique_ptr<Output> open_null_output(render::PcmFormat format, bool realtime) {
  return std::make_unique<NullOutput>(format, realtime);
}

}  // namespace tutti::shell
