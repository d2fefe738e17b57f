#pragma once
// A group's stream as a Render: the words of core/play on one side, those of core/render on the
// other. One object is one epoch. Thread: audio (one slice at a time, on whichever worker).

#include <memory>

#include "core/play/stream.hpp"
#include "core/render/render.hpp"

namespace tutti::shell {

struct MadeSlice {
  play::SliceDone done;
  std::vector<float> pcm;  // interleaved, in the stream's format
};

class StreamRender {
 public:
  static Result<std::unique_ptr<StreamRender>> create(render::PcmFormat format,
                                                      const render::OpenSource& open);
  MadeSlice run(const play::SliceRequest& request);
  render::PcmFormat format() const { return render_->output(); }

 private:
  explicit StreamRender(std::unique_ptr<render::Render> render) : render_(std::move(render)) {}
  render::Command command_of(const play::StreamCommand& command) const;
  std::int64_t frames_of(Duration time) const;
  std::unique_ptr<render::Render> render_;
};

}  // namespace tutti::shell
