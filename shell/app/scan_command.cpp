#include "shell/app/scan_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "core/base/check.hpp"
#include "core/base/json.hpp"
#include "shell/app/control.hpp"
#include "shell/app/log.hpp"
#include "shell/app/scanner.hpp"
#include "shell/loop/system_random.hpp"
#include "shell/store/store.hpp"

namespace tutti::shell {
namespace {

using library::ScanMachine;
using library::ScanReport;

constexpr Duration kShow = millis(100);

void say(const Json& json) {
  std::string line = write_json(json) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

// What a scan says while it runs: a bar on a terminal, lines of JSON for scripts.
class Progress {
 public:
  Progress(bool json, ServerTime begin)
      : json_(json), terminal_(::isatty(STDERR_FILENO) != 0), begin_(begin) {}

  void show(const library::ScanProgress& now, ServerTime at) {
    if (at - shown_ < kShow || (!terminal_ && !json_)) return;
    shown_ = at;
    double seconds = since(at);
    if (json_ && at - said_ >= seconds_between_lines()) {
      said_ = at;
      say(Json::object({{"event", Json("progress")},
                        {"seen", Json(now.seen)},
                        {"read", Json(now.read)},
                        {"to_read", Json(now.to_read)},
                        {"seconds", Json(seconds)}}));
    }
    if (!terminal_) return;
    double rate = seconds > 0 ? static_cast<double>(now.read) / seconds : 0;
    std::int64_t all = now.read + now.to_read;
    int filled = all > 0 ? static_cast<int>(20 * now.read / all) : 0;
    std::fprintf(stderr, "\r[%-20s] %lld files, %lld read, %.0f/s, %.1f s \x1b[K",
                 std::string(static_cast<std::size_t>(filled), '#').c_str(),
                 static_cast<long long>(now.seen), static_cast<long long>(now.read), rate, seconds);
    drawn_ = true;
  }
  void clear() {
    if (std::exchange(drawn_, false)) std::fprintf(stderr, "\r\x1b[K");
  }
  void problem(const ScanMachine::Problem& problem) {
    clear();
    std::string path = library::display_text(problem.path);
    if (json_) {
      say(Json::object({{"event", Json("problem")},
                        {"path", Json(path)},
                        {"code", Json(name(problem.why.code))},
                        {"message", Json(problem.why.text)},
                        {"hint", Json(problem.why.hint)}}));
    } else {
      std::fprintf(stderr, "%s: %s\n", path.empty() ? "." : path.c_str(), problem.why.text.c_str());
    }
  }
  double since(ServerTime at) const { return static_cast<double>((at - begin_).us) / 1e6; }

 private:
  static Duration seconds_between_lines() { return seconds(1); }
  bool json_;
  bool terminal_;
  ServerTime begin_;
  ServerTime shown_;
  ServerTime said_ = begin_;
  bool drawn_ = false;
};

// An interrupt that comes while the databases are opened waits until there is something to cancel.
void hold_signals(bool hold) {
  sigset_t ends;
  sigemptyset(&ends);
  for (int each : {SIGINT, SIGTERM}) sigaddset(&ends, each);
  ::pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &ends, nullptr);
}

Json sums(const library::ScanTotals& totals, double seconds) {
  return Json::object({{"tracks", Json(totals.tracks)},
                       {"added", Json(totals.added)},
                       {"changed", Json(totals.changed)},
                       {"removed", Json(totals.removed)},
                       {"failed", Json(totals.failed)},
                       {"seconds", Json(seconds)}});
}

void say_end(const ScanReport& report, double seconds, bool json) {
  const auto& totals = report.totals;
  if (json) return say(sums(totals, seconds));
  std::printf("%lld tracks: %lld added, %lld changed, %lld removed, %lld failed, %.2f s\n",
              static_cast<long long>(totals.tracks), static_cast<long long>(totals.added),
              static_cast<long long>(totals.changed), static_cast<long long>(totals.removed),
              static_cast<long long>(totals.failed), seconds);
  std::fflush(stdout);
}

// Why the scan counts as failed; nothing when it did its work.
std::optional<Error> failure(const ScanReport& report, const std::string& directory) {
  if (report.error) return report.error;
  if (report.cancelled)
    return Error{Code::cancelled, "the scan was cancelled",
                 "what was read is kept; the next scan goes on from there"};
  if (report.vanished)
    return Error{Code::not_found,
                 library::display_text(directory) + " is missing, empty or cannot be looked into",
                 "its tracks are marked as unavailable and come back with it"};
  return std::nullopt;
}

int tell_failure(const Error& why, bool json) {
  if (json)
    say(Json::object({{"event", Json("error")},
                      {"code", Json(name(why.code))},
                      {"message", Json(why.text)},
                      {"hint", Json(why.hint)}}));
  std::fprintf(stderr, "%s\n", explain(why).c_str());
  return 1;
}

int reader_count(int wanted) {
  int cores = static_cast<int>(std::thread::hardware_concurrency());
  return wanted > 0 ? wanted : std::clamp(cores, 1, 4);
}

// Runs the scan on a loop of its own; returns its report, with the seconds it took.
ScanReport run_scan(const ScanOptions& options, Store& store, LibraryWriter& writer, Random& random,
                    const MusicFolder& folder, Progress& progress, double& took) {
  Loop loop;
  std::optional<ScanReport> report;
  ScannerOptions scanning;
  scanning.readers = reader_count(options.readers);
  scanning.child = this_program(false);
  ScannerEvents events;
  events.finished = [&](const ScanReport& done, std::int64_t) { report = done; };
  events.problem = [&](const ScanMachine::Problem& problem) { progress.problem(problem); };
  std::unique_ptr<Lane> lane = std::make_unique<Lane>(loop, "library", 1);
  Scanner scanner(loop, writer, *lane, random, std::move(scanning), std::move(events));
  scanner.add_folder(folder);
  for (int signal : {SIGINT, SIGTERM})
    loop.on_signal(signal, [&] { scanner.cancel(folder.folder); });
  hold_signals(false);
  bool ending = false;
  auto hand_back = [&] {  // the databases are closed on this thread
    auto run = [&](const Cancelled&) -> Completion {
      store.database(Base::library).hand_over();
      store.house_view().hand_over();
      return [&] { loop.stop(); };
    };
    auto submitted = lane->submit({random.id<JobToken>(), seconds(60), run, [](Error) {}});
    INVARIANT(submitted);
  };
  loop.on_turn([&](Now now) {
    lane->tick(now.mono);
    scanner.turn(now);
    progress.show(scanner.progress(folder.folder), now.mono);
    if (report && scanner.idle() && !std::exchange(ending, true)) hand_back();
    loop.set_deadline(std::min({scanner.deadline(), lane->deadline(), now.mono + kShow}));
    return false;
  });
  scanner.request(folder.folder);
  loop.run();
  progress.clear();
  took = progress.since(clock_now().mono);
  lane.reset();  // before the scanner, whose things its jobs use
  return *report;
}

int scan_under_lock(const ScanOptions& options, const std::string& path) {
  Progress progress(options.json, clock_now().mono);
  std::string music[] = {path};
  if (auto outside = check_outside(options.data, music); !outside)
    return tell_failure(outside.error(), options.json);
  auto dir = DataDir::lock(options.data);
  if (!dir) return tell_failure(dir.error(), options.json);
  auto store = Store::open(*dir);
  if (!store) return tell_failure(store.error(), options.json);
  for (const std::string& warning : store->warnings())
    std::fprintf(stderr, "%s\n", warning.c_str());
  SystemRandom random, tokens;
  LibraryWriter writer(store->database(Base::library), store->house_view(), random);
  auto folder = folder_for(*store, writer, random, path);
  if (!folder) return tell_failure(folder.error(), options.json);
  store->hand_over();
  double took = 0;
  ScanReport report = run_scan(options, *store, writer, tokens, *folder, progress, took);
  if (auto why = failure(report, path)) tell_failure(*why, options.json);
  say_end(report, took, options.json);
  return failure(report, path) ? 1 : 0;
}

}  // namespace

int scan(const ScanOptions& options) {
  hold_signals(true);
  std::error_code error;
  std::filesystem::path full = std::filesystem::absolute(options.directory, error);
  std::string path = full.lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  // A server that holds the data directory does it; its operation says how far it is.
  auto answer =
      ask_server(options.data, "/api/library/scan",
                 Json::object({{"path", Json(library::display_text(path))}, {"wait", Json(true)}}));
  if (answer) {
    say(*answer);
    return 0;
  }
  if (answer.error().code != Code::not_found) return tell_failure(answer.error(), options.json);
  if (!std::filesystem::is_directory(path, error) && !std::filesystem::exists(options.data, error))
    return tell_failure({Code::not_found, library::display_text(path) + " is no folder",
                         "name the folder that holds the music"},
                        options.json);
  return scan_under_lock(options, path);
}

}  // namespace tutti::shell
