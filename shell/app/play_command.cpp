#include "shell/app/play_command.hpp"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>

#include "core/base/json.hpp"
#include "core/library/scan.hpp"
#include "core/play/group.hpp"
#include "shell/app/log.hpp"
#include "shell/app/stream_render.hpp"
#include "shell/loop/loop.hpp"
#include "shell/loop/system_random.hpp"
#include "shell/media/media.hpp"
#include "shell/speaker/output.hpp"

namespace tutti::shell {
namespace {

namespace fs = std::filesystem;
volatile std::sig_atomic_t g_interrupted = 0;

// What a folder holds that is worth opening; a file that was named is always tried.
bool is_music(const fs::path& path) {
  static constexpr std::string_view kKnown[] = {".mp3", ".flac", ".ogg", ".oga",  ".opus",
                                                ".m4a", ".wav",  ".aif", ".aiff", ".wv",
                                                ".ape", ".wma",  ".dsf"};
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(std::begin(kKnown), std::end(kKnown), extension) != std::end(kKnown);
}

Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      if (!fs::exists(path, error)) return fail(Code::not_found, "there is no " + path);
      files.push_back(path);
      continue;
    }
    std::size_t from = files.size();
    for (auto at = fs::recursive_directory_iterator(path, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at->is_regular_file(error) && is_music(at->path())) files.push_back(at->path().string());
    }
    if (error) return fail(Code::io, path + ": " + error.message());
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(from), files.end());
  }
  if (files.empty()) return fail(Code::not_found, "there is no music in what was named");
  return files;
}

// The group, its stream and the output, on one thread.
class Player {
 public:
  Player(const PlayOptions& options, Media media, std::vector<std::string> files)
      : options_(options),
        media_(std::move(media)),
        files_(std::move(files)),
        group_(GroupId{1}, "tutti play", options.realtime ? play::Pace::realtime : play::Pace::free,
               random_) {}

  Result<void> run() {
    if (auto ok = choose_format(); !ok) return ok;
    std::vector<TrackId> tracks;
    for (std::size_t i = 0; i < files_.size(); ++i) tracks.push_back(TrackId{i + 1});
    play::GroupOptions how;
    how.crossfade = Duration{static_cast<std::int64_t>(options_.crossfade_s * 1e6)};
    how.level = options_.level == "album"   ? play::LevelBy::album
                : options_.level == "track" ? play::LevelBy::track
                                            : play::LevelBy::off;
    how.level_target = options_.target_lufs;
    group_.set_options(how, clock_now());
    if (auto ok = group_.edit(play::AddTracks{tracks}, {}, clock_now()); !ok) return ok;
    if (auto ok = group_.play({}, {}, clock_now()); !ok) return ok;
    while (!failed_ && !g_interrupted) {
      drain();
      show();
      if (is_over()) break;
      if (options_.realtime) sleep_until(group_.deadline());
      group_.fire(clock_now());
    }
    if (output_ && !failed_) failed_ = error_of(output_->finish());
    if (failed_) return std::unexpected(*failed_);
    if (g_interrupted) return fail(Code::cancelled, "interrupted");
    return {};
  }
  const play::Group& group() const { return group_; }
  const std::string& file_of(TrackId track) const { return files_[track.value - 1]; }
  double seconds() const { return static_cast<double>(frames_) / format_.sample_rate; }

 private:
  static std::optional<Error> error_of(const Result<void>& result) {
    return result ? std::nullopt : std::optional(result.error());
  }
  bool is_over() const {
    return group_.state() == play::PlayState::stopped || group_.state() == play::PlayState::failed;
  }
  // The first file that opens decides the rate; one that is not mono decides for two channels.
  Result<void> choose_format() {
    format_ = {0, 1};
    std::optional<Error> why;
    for (const std::string& file : files_) {
      auto source = media_.open_source(file);
      if (!source && !why) why = source.error();
      if (!source) continue;
      const render::SourceInfo& info = (*source)->info();
      if (format_.sample_rate == 0) format_.sample_rate = info.sample_rate;
      if (info.bits != 16) bits_ = 24;
      if (info.channels > 1) format_.channels = 2;
    }
    if (format_.sample_rate == 0) {
      if (files_.size() > 1) why->text = "none of the files can be played; " + why->text;
      return std::unexpected(*why);
    }
    group_.set_format({format_.sample_rate, format_.channels});
    return {};
  }
  Result<play::TrackFacts> facts_of(TrackId track) const {
    auto source = media_.open_source(file_of(track));
    if (!source) return std::unexpected(source.error());
    const render::SourceInfo& info = (*source)->info();
    play::TrackFacts facts;
    facts.track = track;
    facts.path = file_of(track);
    facts.sample_rate = info.sample_rate;
    facts.channels = info.channels;
    facts.bits = info.bits;
    if (info.frames > 0) facts.duration_ms = info.frames * 1000 / info.sample_rate;
    return facts;
  }
  void drain() {
    while (auto effect = group_.poll()) {
      Now now = clock_now();
      if (auto* ask = std::get_if<play::AskFacts>(&*effect))
        group_.facts(ask->token, facts_of(ask->track), now);
      if (auto* save = std::get_if<play::SaveGroup>(&*effect)) group_.saved(save->serial, {}, now);
      if (std::holds_alternative<play::EndStream>(*effect)) stream_.reset();
      if (auto* run = std::get_if<play::RunSlice>(&*effect)) slice(run->slice);
      if (!options_.realtime && std::holds_alternative<play::RunSlice>(*effect)) return;
    }
  }
  void slice(const play::SliceRequest& request) {
    if (!stream_) {
      auto made = StreamRender::create(format_, media_.open_source);
      if (!made) return void(failed_ = made.error());
      stream_ = std::move(*made);
    }
    MadeSlice made = stream_->run(request);
    if (!group_.slice_done(made.done, clock_now()) || made.pcm.empty()) return;
    if (!output_) failed_ = error_of(open_output());
    if (!failed_) failed_ = error_of(output_->write(made.pcm));
    frames_ += static_cast<std::int64_t>(made.done.frames);
  }
  Result<void> open_output() {
    if (options_.out == "null") {
      output_ = open_null_output(format_, false);
      return {};
    }
    auto file = open_wav_output(options_.out, format_, bits_);
    if (!file) return std::unexpected(file.error());
    output_ = std::move(*file);
    return {};
  }
  static void sleep_until(ServerTime at) {
    std::int64_t us = std::clamp<std::int64_t>(at.us - clock_now().mono.us, 0, 500'000);
    timespec wait{us / 1'000'000, us % 1'000'000 * 1000};
    ::nanosleep(&wait, nullptr);
  }
  // A line for each track as it begins; on a terminal also where it is.
  void show() {
    const play::QueueItem* current = group_.queue().current();
    if (group_.state() != play::PlayState::playing || current == nullptr) return;
    if (!(shown_ == current->id)) {
      shown_ = current->id;
      clear_line();
      std::size_t at = group_.queue().index_of(current->id) + 1;
      if (options_.json)
        fmt::print("{{\"event\":\"track\",\"number\":{},\"file\":{},\"at_s\":{:.6f}}}\n", at,
                   write_json(Json(library::display_text(file_of(current->track)))), began_s());
      else fmt::print("[{}/{}] {}\n", at, files_.size(), file_of(current->track));
      std::fflush(stdout);
    }
    if (::isatty(STDERR_FILENO) == 0 || options_.json) return;
    std::int64_t s = group_.position(clock_now()).us / 1'000'000;
    const auto& track = group_.track();
    std::int64_t all = track ? track->duration_ms / 1000 : 0;
    fmt::print(stderr, "\r  {}:{:02} of {}:{:02} ", s / 60, s % 60, all / 60, all % 60);
    line_shown_ = true;
  }
  double began_s() const {
    return seconds() - static_cast<double>(group_.position(clock_now()).us) / 1e6;
  }
  void clear_line() {
    if (line_shown_) fmt::print(stderr, "\r{:40}\r", "");
    line_shown_ = false;
  }

  const PlayOptions& options_;
  Media media_;
  std::vector<std::string> files_;
  SystemRandom random_;
  play::Group group_;
  render::PcmFormat format_;
  int bits_ = 16;
  std::unique_ptr<StreamRender> stream_;
  std::unique_ptr<Output> output_;
  std::int64_t frames_ = 0;
  std::optional<Error> failed_;
  play::ItemId shown_;
  bool line_shown_ = false;
};

int report(const Player& player, const PlayOptions& options, double wall_s) {
  const play::Group& group = player.group();
  for (const play::QueueItem& item : group.queue().items()) {
    auto failed = group.failed_entries().find(item.id.value);
    if (failed != group.failed_entries().end())
      fmt::print(stderr, "not played: {}: {}\n", player.file_of(item.track), failed->second);
  }
  std::size_t skipped = group.failed_entries().size();
  double seconds = player.seconds();
  if (options.json)
    fmt::print("{{\"tracks\":{},\"failed\":{},\"seconds\":{:.6f},\"late\":{},\"times\":{:.1f}}}\n",
               group.queue().items().size() - skipped, skipped, seconds, group.late(),
               seconds / std::max(wall_s, 1e-9));
  else
    fmt::print("{} of {} tracks, {:.3f} s of audio in {:.2f} s ({:.0f} times real time)\n",
               group.queue().items().size() - skipped, group.queue().items().size(), seconds,
               wall_s, seconds / std::max(wall_s, 1e-9));
  return skipped == 0 ? 0 : 1;
}

}  // namespace

int play_command(const PlayOptions& options) {
  auto explained = [](const Error& error) {
    fmt::print(stderr, "{}\n", explain(error));
    return 1;
  };
  auto files = files_of(options.paths);
  if (!files) return explained(files.error());
  auto media = load_media();
  if (!media) return explained(media.error());
  std::signal(SIGINT, [](int) { g_interrupted = 1; });
  std::signal(SIGTERM, [](int) { g_interrupted = 1; });
  ServerTime began = clock_now().mono;
  Player player(options, std::move(*media), std::move(*files));
  auto played = player.run();
  double wall_s = static_cast<double>((clock_now().mono - began).us) / 1e6;
  if (!played) return explained(played.error());
  return report(player, options, wall_s);
}

}  // namespace tutti::shell
