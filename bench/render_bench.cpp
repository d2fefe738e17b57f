#include "bench/render_bench.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "core/render/render.hpp"
#include "core/sound/synth/piece.hpp"
#include "shell/media/media.hpp"
#include "sim/explore/explore.hpp"

extern char** environ;  // NOLINT: the name is POSIX's

namespace tutti::bench {
namespace {

using render::StreamFormat;
namespace fs = std::filesystem;

constexpr int kRate = 44'100;
constexpr int kRepeats = 4;  // of a piece of a minute: starting a program should not count

struct Work {
  const char* key;
  const char* what;
  const char* file;
  int rate;            // that comes out
  const char* filter;  // of ffmpeg, for the same
};
// soxr's "very high quality" has 28 bits of precision.
constexpr const char* kSoxr = "aresample=48000:resampler=soxr:precision=28";
constexpr Work kWork[] = {{"flac", "FLAC, as it is", "a.flac", 44'100, "anull"},
                          {"flac_48", "FLAC, 44.1 to 48 kHz", "a.flac", 48'000, kSoxr},
                          {"mp3", "MP3, as it is", "a.mp3", 44'100, "anull"},
                          {"mp3_48", "MP3, 44.1 to 48 kHz", "a.mp3", 48'000, kSoxr},
                          {"m4a", "AAC, as it is", "a.m4a", 44'100, "anull"}};

// A folder that is gone when the measurement is.
class Files {
 public:
  static Result<Files> make(const shell::Media& media) {
    std::string name = (fs::temp_directory_path() / "tutti-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return fail(Code::io, "no folder for files in " + name);
    Files files(name);
    auto piece = sound::synth::demo_recordings().front().piece;
    auto samples = sound::synth::record(piece, kRate, 1, [](double) {});
    files.seconds_ = kRepeats * static_cast<double>(samples.size()) / (2.0 * kRate);
    for (auto [file, format] : {std::pair{"a.flac", StreamFormat::flac},
                                {"a.mp3", StreamFormat::mp3},
                                {"a.m4a", StreamFormat::aac}}) {
      auto encoder =
          media.open_file_encoder(files / file, {.format = format, .sample_rate = kRate});
      if (!encoder) return std::unexpected(encoder.error());
      std::string none;
      for (int i = 0; i < kRepeats; ++i)
        if (auto done = (*encoder)->encode(samples, none); !done)
          return std::unexpected(done.error());
      if (auto done = (*encoder)->finish(none); !done) return std::unexpected(done.error());
    }
    return files;
  }
  Files(Files&& other) noexcept
      : folder_(std::exchange(other.folder_, {})), seconds_(other.seconds_) {}
  Files& operator=(Files&&) = delete;
  ~Files() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  std::string operator/(const char* file) const { return folder_ + "/" + file; }
  double seconds() const { return seconds_; }  // each file's

 private:
  explicit Files(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  double seconds_ = 0;
};

// CPU seconds of a whole Render of the file in slices of 100 ms, levelled as it would be.
Result<double> render_file(const shell::Media& media, const std::string& file, int rate) {
  double begin = explore::cpu_seconds();
  auto render = render::Render::create({rate, 2}, media.open_source);
  if (!render) return std::unexpected(render.error());
  render::TrackRef track{.track = TrackId{1}, .path = file, .loudness = {.track_lufs = -14.5}};
  std::vector<render::Command> start{render::SetLevelling{render::LevelBy::track, -18},
                                     render::Start{track, {}}};
  render::Slice slice;
  (*render)->run({start, (*render)->max_frames()}, slice);
  while (slice.status == render::Status::playing)
    (*render)->run({{}, (*render)->max_frames()}, slice);
  if (slice.status != render::Status::ended) return fail(Code::io, file + " does not play");
  return explore::cpu_seconds() - begin;
}

// CPU seconds of ffmpeg with the same file; none when it is not installed.
std::optional<double> ffmpeg_file(const std::string& file, const std::string& filter) {
  std::vector<std::string> words{
      "ffmpeg", "-nostdin",  "-v",   "quiet", "-threads", "1",
      "-i",     file,        "-map", "0:a",   "-af",      "volume=-3.5dB:precision=float," + filter,
      "-c:a",   "pcm_f32le", "-f",   "null",  "-"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (::posix_spawnp(&pid, "ffmpeg", nullptr, nullptr, argv.data(), environ) != 0) return {};
  int status = 0;
  rusage usage{};
  if (::wait4(pid, &status, 0, &usage) != pid || status != 0) return {};
  auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Result<Report> bench_render(const BenchOptions& options) {
  auto media = shell::load_media();
  if (!media) return std::unexpected(media.error());
  auto files = Files::make(*media);
  if (!files) return std::unexpected(files.error());
  Report report{.name = "render"};
  for (const Work& work : kWork) {
    Row row{.key = work.key,
            .what = work.what,
            .unit = "x real time",
            .peer = "ffmpeg",
            .more_is_better = true};
    std::string file = *files / work.file;
    for (int run = 0; run < options.runs; ++run) {
      auto ours = render_file(*media, file, work.rate);
      if (!ours) return std::unexpected(ours.error());
      row.ours.push_back(files->seconds() / *ours);
      if (auto theirs = ffmpeg_file(file, work.filter))
        row.theirs.push_back(files->seconds() / *theirs);
    }
    if (row.theirs.empty()) row.peer.clear();
    report.rows.push_back(std::move(row));
  }
  report.notes.push_back(
      fmt::format("one core's CPU time; {:.0f} s of stereo at 44.1 kHz to floats in slices of 100 "
                  "ms, levelled; ffmpeg: the same "
                  "decoders, a gain, soxr at 28 bits where the rate changes, its start included",
                  files->seconds()));
  report.notes.push_back(media->libraries);
  return report;
}

}  // namespace tutti::bench
