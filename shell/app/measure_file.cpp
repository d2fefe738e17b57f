#include "shell/app/measure_file.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/sound/loudness_histogram.hpp"

namespace tutti::shell {
namespace {

constexpr Duration kSlice = millis(20);
constexpr std::size_t kBlock = 4096;           // frames
constexpr std::int64_t kMostSeconds = 86'400;  // of a file: its meter's memory grows with them
constexpr int kLeastRate = 1000;
constexpr int kMostRate = 6'144'000;

// This thread only runs while nobody else wants to (sched(7), SCHED_IDLE); where that is not
// allowed, at the lowest niceness. Once for each thread: a lane replaces those that hang.
void make_idle() {
  thread_local bool done = false;
  if (std::exchange(done, true)) return;
  sched_param none{};
  if (::sched_setscheduler(0, SCHED_IDLE, &none) != 0) (void)::setpriority(PRIO_PROCESS, 0, 19);
}

// What was heard of a file that was written meanwhile is not what its content id stands for.
bool has_changed(const UnmeasuredTrack& track) {
  struct stat info{};
  if (::stat(track.path.c_str(), &info) != 0) return false;
  std::int64_t mtime_ns = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec;
  return library::FileStamp{info.st_size, mtime_ns} != track.stamp;
}

}  // namespace

Result<void> MeasureFile::begin(const render::OpenSource& open) {
  auto opened = open(track_.path);
  if (!opened) return std::unexpected(opened.error());
  const render::SourceInfo& info = (*opened)->info();
  if (info.channels < 1 || info.channels > 8 || info.sample_rate < kLeastRate ||
      info.sample_rate > kMostRate)
    return fail(Code::unsupported, "no sound of 1 to 8 channels at a rate that can be");
  meter_.emplace(info.sample_rate, info.channels);
  block_.resize(kBlock * static_cast<std::size_t>(info.channels));
  source_ = std::move(*opened);
  return {};
}

Result<Measurement> MeasureFile::end() const {
  if (has_changed(track_)) return fail(Code::stale, "it changed since it was scanned");
  return Measurement{track_.content, meter_->integrated(), meter_->sample_peak(),
                     sound::LoudnessHistogram(*meter_).bytes()};
}

MeasureSlice MeasureFile::run(const MeasureMedia& media, const Cancelled& cancelled) {
  make_idle();
  MeasureSlice slice;
  ServerTime until = clock_now().mono + kSlice;
  if (!source_) {
    auto open = media();
    if (!open) return slice.broken = open.error(), slice;
    if (auto ok = begin(*open); !ok) return slice.failed = ok.error(), slice;
  }
  const render::SourceInfo& info = source_->info();
  std::int64_t from = frames_;
  do {
    auto read = source_->read(block_);
    if (!read) return slice.failed = read.error(), slice;
    if (*read == 0) {
      if (auto ended = end()) slice.measured = std::move(*ended);
      else slice.failed = ended.error();
      break;
    }
    meter_->add(std::span(block_).first(*read * static_cast<std::size_t>(info.channels)));
    frames_ += static_cast<std::int64_t>(*read);
  } while (!cancelled && clock_now().mono < until);
  slice.audio_seconds = static_cast<double>(frames_ - from) / info.sample_rate;
  if (frames_ / info.sample_rate > kMostSeconds)
    slice.failed = Error{Code::unsupported, "it is longer than a day"};
  return slice;
}

}  // namespace tutti::shell
