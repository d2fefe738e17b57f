#include "bench/scan_bench.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "bench/mpd.hpp"
#include "shell/disk/walker.hpp"
#include "shell/loop/loop.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::bench {
namespace {

namespace fs = std::filesystem;

class Scratch {
 public:
  Scratch() {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/tutti-bench-XXXXXX";
};

double to_seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Runs a command to its end: wall time, and CPU and memory of it and its children.
Result<ScanCost> run(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ServerTime begin = shell::clock_now().mono;
  pid_t pid = ::fork();
  if (pid == 0) {
    int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (pid < 0 || ::wait4(pid, &status, 0, &used) != pid || status != 0)
    return fail(Code::io, fmt::format("{} {} failed", command[0], command[1]));
  ScanCost cost;
  cost.seconds = static_cast<double>((shell::clock_now().mono - begin).us) / 1e6;
  cost.cpu_seconds = to_seconds(used.ru_utime) + to_seconds(used.ru_stime);
  cost.peak_mb = static_cast<double>(used.ru_maxrss) / 1024;
  return cost;
}

Result<ScanCost> scan(const std::string& music, const std::string& data) {
  return run({"/proc/self/exe", "scan", music, "--data", data, "--json"});
}

// All files through the reader, on this thread.
ScanCost read_tags(const std::string& music) {
  rusage before{}, after{};
  ServerTime begin = shell::clock_now().mono;
  ::getrusage(RUSAGE_THREAD, &before);
  shell::Walker walker(music, {{"", true}});
  shell::TagReader reader;
  std::atomic<bool> cancelled = false;
  for (bool finished = false; !finished;) {
    library::WalkSlice slice = walker.next({}, cancelled);
    for (const auto& directory : slice.directories)
      for (const auto& file : directory.files)
        (void)reader.read(shell::join_path(music, directory.directory), file.name);
    finished = slice.finished;
  }
  ::getrusage(RUSAGE_THREAD, &after);
  ScanCost cost;
  cost.seconds = static_cast<double>((shell::clock_now().mono - begin).us) / 1e6;
  cost.cpu_seconds = to_seconds(after.ru_utime) + to_seconds(after.ru_stime) -
                     to_seconds(before.ru_utime) - to_seconds(before.ru_stime);
  return cost;
}

Result<void> make_library(const std::string& music, std::size_t files) {
  std::error_code error;
  fs::path tool =
      fs::read_symlink("/proc/self/exe", error).parent_path() / "../../tools/make_library.py";
  if (!fs::exists(tool, error))
    return fail(Code::not_found, "tools/make_library.py is not there",
                "run build/release/tutti inside its source tree");
  // Short tracks where there are many; both ends of the audio are still read.
  auto made = run({"python3", tool.lexically_normal().string(), music, "--files",
                   std::to_string(files), "--seconds", files > 20'000 ? "2" : "8"});
  if (!made) return fail(Code::io, "the library of music cannot be made", "is ffmpeg installed?");
  return {};
}

struct Samples {
  Row wall, cpu, memory, unchanged, unchanged_cpu, tags;
};

Row row(const char* key, const char* what, const char* unit, bool more, const char* peer) {
  Row made;
  made.key = key;
  made.what = what;
  made.unit = unit;
  made.peer = peer;
  made.more_is_better = more;
  return made;
}

Samples rows(std::size_t files) {
  Samples all;
  all.wall = row("first", "first scan", "tracks/s", true, "mpd");
  all.wall.target_ratio = 2;
  all.cpu = row("first_cpu", "first scan, per CPU second", "tracks/s", true, "mpd");
  all.cpu.target_ratio = 1;
  all.memory = row("first_mb", "first scan, largest process", "MB", false, "mpd");
  all.memory.target = 50;
  all.unchanged = row("unchanged", "scan with nothing changed", "ms", false, "mpd");
  // The program's start is in ours, not in mpd's.
  all.unchanged.target = files > 20'000 ? 1000 : 48;
  all.unchanged_cpu = row("unchanged_cpu", "the same, CPU time", "ms", false, "mpd");
  all.tags = row("tags", "tag reader alone, per CPU second", "tracks/s", true, "");
  all.tags.target = 6757;  // mpd 0.23 with its database, as measured when this was planned
  return all;
}

Result<void> one_run(const std::string& music, const Scratch& scratch, int number, double files,
                     Samples& samples) {
  std::string data = scratch / fmt::format("data{}", number);
  auto first = scan(music, data);
  if (!first) return std::unexpected(first.error());
  auto again = scan(music, data);
  if (!again) return std::unexpected(again.error());
  std::string folder = scratch / fmt::format("mpd{}", number);
  fs::create_directory(folder);
  auto mpd = Mpd::start(music, folder);
  if (!mpd) return std::unexpected(mpd.error());
  if (mpd->songs() != static_cast<std::int64_t>(files))
    return fail(Code::internal, fmt::format("mpd found {} songs of {}", mpd->songs(), files));
  auto update = mpd->update();
  if (!update) return std::unexpected(update.error());
  samples.wall.ours.push_back(files / first->seconds);
  samples.wall.theirs.push_back(files / mpd->first().seconds);
  samples.cpu.ours.push_back(files / first->cpu_seconds);
  samples.cpu.theirs.push_back(files / mpd->first().cpu_seconds);
  samples.memory.ours.push_back(first->peak_mb);
  samples.memory.theirs.push_back(mpd->first().peak_mb);
  samples.unchanged.ours.push_back(again->seconds * 1000);
  samples.unchanged.theirs.push_back(update->seconds * 1000);
  samples.unchanged_cpu.ours.push_back(again->cpu_seconds * 1000);
  samples.unchanged_cpu.theirs.push_back(update->cpu_seconds * 1000);
  samples.tags.ours.push_back(files / read_tags(music).cpu_seconds);
  return {};
}

}  // namespace

Result<Report> bench_scan(const BenchOptions& options) {
  Scratch scratch;
  std::string music = scratch / "music";
  if (auto made = make_library(music, options.files); !made) return std::unexpected(made.error());
  Samples samples = rows(options.files);
  // Once unmeasured: afterwards every file is in memory, for both.
  read_tags(music);
  for (int number = 0; number < options.runs; ++number) {
    auto done = one_run(music, scratch, number, static_cast<double>(options.files), samples);
    if (!done) return std::unexpected(done.error());
  }
  Report report;
  report.name = "scan";
  report.rows = {samples.wall,      samples.cpu,           samples.memory,
                 samples.unchanged, samples.unchanged_cpu, samples.tags};
  report.notes = {
      fmt::format("{} tagged flac, mp3 and ogg files, in memory. Medians of {} runs, ours and "
                  "mpd's in turn.",
                  options.files, options.runs),
      "Ours is the program from its start to its end; mpd's update with nothing changed is asked "
      "of a running mpd. Memory is that of the largest process at its peak; CPU is that of all."};
  return report;
}

}  // namespace tutti::bench
