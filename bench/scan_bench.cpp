#include "bench/scan_bench.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "bench/http_client.hpp"
#include "bench/mpd.hpp"
#include "bench/music_files.hpp"
#include "bench/process.hpp"
#include "shell/disk/walker.hpp"
#include "shell/loop/loop.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::bench {
namespace {

namespace fs = std::filesystem;

double to_seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

Result<ScanCost> scan(const std::string& music, const std::string& data) {
  return run_to_end({"/proc/self/exe", "scan", music, "--data", data, "--json"});
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

// A server on the library: memory when it has looked at every file again and decodes, MB.
Result<double> idle_mb(const std::string& music, const std::string& data, const std::string& log) {
  auto server = ServerProcess::start({"/proc/self/exe", "serve", "--host", "127.0.0.1", "--port",
                                      "0", "--json", "--music", music, "--data", data},
                                     log);
  if (!server) return std::unexpected(server.error());
  auto http = HttpClient::connect(server->port());
  if (!http) return std::unexpected(http.error());
  for (int wait = 0; wait < 600; ++wait) {
    auto state = http->ask("GET", "/api/library/scan");
    if (!state) return std::unexpected(state.error());
    const Json* scanning = state->find("scanning");
    const Json* measured = state->find("measured");
    // Measuring has begun: the decoders are in memory, too.
    if (scanning != nullptr && scanning->as_bool() == false && measured != nullptr &&
        measured->as_int().value_or(0) > 0)
      return static_cast<double>(server->rss_kb()) / 1024;
    ::usleep(100'000);
  }
  return fail(Code::timeout, "the server does not end its scan");
}

struct Samples {
  Row wall, cpu, memory, unchanged, unchanged_cpu, server, tags;
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
  all.server = row("server_mb", "server on it, decoders loaded", "MB", false, "mpd");
  all.server.target = 80;
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
  auto idle = idle_mb(music, data, scratch / "log");
  if (!idle) return std::unexpected(idle.error());
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
  samples.server.ours.push_back(*idle);
  samples.server.theirs.push_back(update->peak_mb);
  samples.tags.ours.push_back(files / read_tags(music).cpu_seconds);
  return {};
}

}  // namespace

Result<Report> bench_scan(const BenchOptions& options) {
  Scratch scratch;
  std::string music = scratch / "music";
  // Short tracks where there are many; both ends of the audio are still read.
  int seconds = options.files > 20'000 ? 2 : 8;
  auto made = make_music(music, {.files = options.files, .seconds = seconds});
  if (!made) return std::unexpected(made.error());
  Samples samples = rows(options.files);
  // Once unmeasured: afterwards every file is in memory, for both.
  read_tags(music);
  for (int number = 0; number < options.runs; ++number) {
    auto done = one_run(music, scratch, number, static_cast<double>(options.files), samples);
    if (!done) return std::unexpected(done.error());
  }
  Report report;
  report.name = "scan";
  report.rows = {samples.wall,          samples.cpu,    samples.memory, samples.unchanged,
                 samples.unchanged_cpu, samples.server, samples.tags};
  report.notes = {
      fmt::format("{} tagged flac, mp3 and ogg files, in memory. Medians of {} runs, ours and "
                  "mpd's in turn.",
                  options.files, options.runs),
      "Ours is the program from its start to its end; mpd's update with nothing changed is asked "
      "of a running mpd. Memory is that of the largest process at its peak; CPU is that of all."};
  return report;
}

}  // namespace tutti::bench
