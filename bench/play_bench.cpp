#include "bench/play_bench.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "bench/http_client.hpp"
#include "bench/music_files.hpp"
#include "bench/process.hpp"
#include "bench/ws_load.hpp"

namespace tutti::bench {
namespace {

struct Kind {
  const char* format;  // as tools/make_library.py calls it
  const char* codec;   // as the library does
  const char* what;
};
constexpr Kind kKinds[] = {{"flac", "flac", "FLAC"},
                           {"mp3", "mp3", "MP3"},
                           {"ogg", "vorbis", "Ogg Vorbis"},
                           {"opus", "opus", "Opus"},
                           {"m4a", "aac", "AAC"}};
constexpr std::size_t kTracks = 8;  // of each kind that are started in a run
constexpr double kPatience = 10;    // seconds

// The bench's side of a server with music and one group.
class Listener {
 public:
  static Result<Listener> create(std::uint16_t port, std::int64_t tracks) {
    auto http = HttpClient::connect(port);
    if (!http) return std::unexpected(http.error());
    Listener made(std::move(*http));
    auto ready = made.wait_scanned(tracks);
    if (ready) ready = made.learn();
    if (!ready) return std::unexpected(ready.error());
    return made;
  }
  const std::vector<std::string>& tracks(const std::string& codec) { return tracks_[codec]; }

  // Milliseconds from the request until the group says that it plays the track.
  Result<double> start(const std::string& track) {
    double begin = now_s();
    auto body = Json::object({{"tracks", Json::array({Json(track)})}, {"play", true}});
    auto asked = http_.ask("POST", group_ + "/queue", body);
    if (!asked) return std::unexpected(asked.error());
    return until_playing(track, begin);
  }
  Result<double> seek(const std::string& track, std::int64_t position_ms) {
    double begin = now_s();
    auto asked = http_.ask("POST", group_ + "/seek", Json::object({{"position_ms", position_ms}}));
    if (!asked) return std::unexpected(asked.error());
    return until_playing(track, begin);
  }
  // What was started is over; its queue is empty.
  Result<void> stop() {
    auto asked = http_.ask("DELETE", group_ + "/queue");
    if (!asked) return std::unexpected(asked.error());
    return {};
  }

 private:
  explicit Listener(HttpClient http) : http_(std::move(http)) {}

  Result<void> wait_scanned(std::int64_t tracks) {
    for (double begin = now_s(); now_s() - begin < 60; ::usleep(20'000)) {
      auto scan = http_.ask("GET", "/api/library/scan");
      if (!scan) return std::unexpected(scan.error());
      const Json* known = scan->find("tracks");
      const Json* scanning = scan->find("scanning");
      const Json* left = scan->find("to_measure");
      // Measuring is over too: it would be measured along with the starts.
      if (known != nullptr && known->as_int() == tracks && scanning != nullptr &&
          scanning->as_bool() == false && left != nullptr && left->as_int() == 0)
        return {};
    }
    return fail(Code::timeout, "the server does not end its scan");
  }
  Result<void> learn() {
    auto groups = http_.ask("GET", "/api/groups");
    auto tracks = http_.ask("GET", "/api/tracks?limit=500");
    if (!groups) return std::unexpected(groups.error());
    if (!tracks) return std::unexpected(tracks.error());
    const JsonArray* all = groups->find("groups")->as_array();
    const JsonArray* rows = tracks->find("tracks")->as_array();
    if (all == nullptr || all->empty() || rows == nullptr)
      return fail(Code::internal, "the server has no group or no tracks");
    group_ = fmt::format("/api/groups/{}", all->front().text("group"));
    for (const Json& row : *rows)
      tracks_[std::string(row.text("codec"))].emplace_back(row.text("id"));
    return {};
  }
  Result<double> until_playing(const std::string& track, double begin) {
    while (now_s() - begin < kPatience) {
      auto state = http_.ask("GET", group_);
      if (!state) return std::unexpected(state.error());
      if (state->text("state") == "playing" && state->text("track") == track)
        return (now_s() - begin) * 1e3;
      if (state->text("state") == "failed") return fail(Code::io, write_json(*state));
    }
    return fail(Code::timeout, "a track does not start");
  }

  HttpClient http_;
  std::string group_;
  std::map<std::string, std::vector<std::string>> tracks_;  // by codec
};

Row row(std::string key, std::string what) {
  Row made;
  made.key = std::move(key);
  made.what = std::move(what);
  made.unit = "ms";
  made.target = 50;
  return made;
}

// One run: each track of a kind is started from silence, and sought into.
Result<void> measure(Listener& listener, const Kind& kind, Row& start, Row& seek, double& worst) {
  const std::vector<std::string>& tracks = listener.tracks(kind.codec);
  if (tracks.size() < kTracks)
    return fail(Code::internal, fmt::format("{} tracks of {}", tracks.size(), kind.codec));
  std::vector<double> starts, seeks;
  for (std::size_t i = 0; i < kTracks; ++i) {
    auto started = listener.start(tracks[i]);
    if (!started) return std::unexpected(started.error());
    auto sought = listener.seek(tracks[i], 15'000 - 1'000 * static_cast<std::int64_t>(i));
    if (!sought) return std::unexpected(sought.error());
    if (auto stopped = listener.stop(); !stopped) return stopped;
    starts.push_back(*started);
    seeks.push_back(*sought);
    worst = std::max({worst, *started, *sought});
  }
  start.ours.push_back(median(starts));
  seek.ours.push_back(median(seeks));
  return {};
}

}  // namespace

Result<Report> bench_play(const BenchOptions& options) {
  Scratch scratch;
  for (const Kind& kind : kKinds) {
    auto made = make_music(scratch / "music/" + kind.format,
                           {.files = kTracks, .formats = kind.format, .seconds = 20});
    if (!made) return std::unexpected(made.error());
  }
  auto server =
      ServerProcess::start({"/proc/self/exe", "serve", "--host", "127.0.0.1", "--port", "0",
                            "--json", "--music", scratch / "music", "--data", scratch / "data"},
                           scratch / "log");
  if (!server) return std::unexpected(server.error());
  auto listener = Listener::create(server->port(), std::ssize(kKinds) * std::int64_t{kTracks});
  if (!listener) return std::unexpected(listener.error());
  Report report{.name = "play"};
  std::vector<Row> seeks;
  Row slowest = row("slowest", "the slowest of all");
  for (const Kind& kind : kKinds) {
    report.rows.push_back(
        row(fmt::format("start_{}", kind.codec), fmt::format("{}, play to playing", kind.what)));
    seeks.push_back(
        row(fmt::format("seek_{}", kind.codec), fmt::format("{}, seek to playing", kind.what)));
  }
  for (int run = 0; run < options.runs; ++run) {
    double worst = 0;
    for (std::size_t i = 0; i < std::size(kKinds); ++i) {
      auto done = measure(*listener, kKinds[i], report.rows[i], seeks[i], worst);
      if (!done) return std::unexpected(done.error());
    }
    slowest.ours.push_back(worst);
  }
  std::move(seeks.begin(), seeks.end(), std::back_inserter(report.rows));
  report.rows.push_back(std::move(slowest));
  report.notes.push_back(
      fmt::format("{} tracks of a kind, from the request over HTTP until the group says that it "
                  "plays, its queue stored; medians of {} runs of medians.",
                  kTracks, options.runs));
  return report;
}

}  // namespace tutti::bench
