#pragma once
// One file being measured; it travels with the jobs that are its slices. Thread: measure (one call
// at a time, on whichever worker).

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/render/source.hpp"
#include "core/sound/loudness.hpp"
#include "shell/loop/lane.hpp"
#include "shell/store/library_measurements.hpp"

namespace tutti::shell {

// Asked on the worker before a file is opened. An error: nothing can be decoded.
using MeasureMedia = std::function<Result<render::OpenSource>()>;

// How a slice ended; with none of the three there is more of the file.
struct MeasureSlice {
  std::optional<Measurement> measured;  // to its end
  std::optional<Error> failed;          // the file; stale: it is not the one that was scanned
  std::optional<Error> broken;          // not the file's fault
  double audio_seconds = 0;             // that were decoded
};

class MeasureFile {
 public:
  explicit MeasureFile(UnmeasuredTrack track) : track_(std::move(track)) {}
  const UnmeasuredTrack& track() const { return track_; }
  // Decodes for about 20 ms; the first one opens the file. The thread that runs it is one of idle
  // priority from then on.
  MeasureSlice run(const MeasureMedia& media, const Cancelled& cancelled);

 private:
  Result<void> begin(const render::OpenSource& open);
  Result<Measurement> end() const;

  UnmeasuredTrack track_;
  std::unique_ptr<render::Source> source_;
  std::optional<sound::LoudnessMeter> meter_;
  std::vector<float> block_;
  std::int64_t frames_ = 0;
};

}  // namespace tutti::shell
