#include "shell/app/demo_album.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <span>

#include "core/base/json.hpp"
#include "core/sound/synth/piece.hpp"
#include "shell/app/demo_cover.hpp"
#include "shell/app/log.hpp"
#include "shell/media/media.hpp"
#include "shell/media/png.hpp"
#include "shell/media/tag_writer.hpp"
#include "shell/store/files.hpp"

namespace tutti::shell {
namespace {

using library::TagField;
using render::StreamFormat;
namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 8927;
constexpr int kCoverSize = 1000;

// How each track is kept.
struct Medium {
  const char* name;
  StreamFormat format;
  int rate;
};
constexpr Medium kMedia[] = {{"01 Morning in the Kitchen.mp3", StreamFormat::mp3, 44'100},
                             {"02 Stairs.flac", StreamFormat::flac, 44'100},
                             {"03 Hallway.flac", StreamFormat::flac, 44'100},
                             {"04 Rain on the Window.opus", StreamFormat::opus, 48'000},
                             {"05 Everyone at the Table.m4a", StreamFormat::aac, 44'100}};
constexpr std::size_t kTracks = std::size(kMedia);

std::vector<library::TagEdit> tags_of(std::size_t track, const std::string& title) {
  return {{TagField::title, {title}},
          {TagField::artist, {"tutti"}},
          {TagField::album, {"Rooms"}},
          {TagField::album_artist, {"tutti"}},
          {TagField::composer, {"tutti"}},
          {TagField::genre, {"Chamber"}},
          {TagField::date, {"2026"}},
          {TagField::track, {fmt::format("{}/{}", track + 1, kTracks)}},
          {TagField::disc, {"1/1"}},
          {TagField::copyright, {"CC0 1.0"}},
          {TagField::comment,
           {"Played by tutti from its own score. CC0 1.0: no rights reserved, "
            "https://creativecommons.org/publicdomain/zero/1.0/"}}};
}

Result<void> encode_file(const Media& media, const std::string& path, const Medium& medium,
                         std::span<const float> samples) {
  auto encoder = media.open_file_encoder(path, {.format = medium.format,
                                                .sample_rate = medium.rate,
                                                .channels = 2,
                                                .bits = 24,
                                                .kbps = 192});
  if (!encoder) return std::unexpected(encoder.error());
  std::string none;
  constexpr std::size_t kBlock = 2 * 44'100;
  for (std::size_t at = 0; at < samples.size(); at += kBlock) {
    auto done =
        (*encoder)->encode(samples.subspan(at, std::min(kBlock, samples.size() - at)), none);
    if (!done) return done;
  }
  return (*encoder)->finish(none);
}

// Where files are made before they get their names.
std::string workshop(const std::string& folder) { return temp_name(folder + "/.demo"); }

// Of a run that was killed.
void clear_old_work(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(".demo") && is_temp_name(name)) fs::remove_all(entry.path(), ignored);
  }
}

class Album {
 public:
  Album(const Media& media, const std::string& folder, const DemoProgress& progress)
      : media_(media), folder_(folder), work_(workshop(folder)), progress_(progress) {}
  ~Album() {
    std::error_code ignored;
    fs::remove_all(work_, ignored);
  }

  Result<void> render() {
    clear_old_work(folder_);
    std::error_code error;
    fs::create_directories(work_, error);
    if (error) return std::unexpected(errno_error(error.value(), "make the folder " + work_));
    auto cover = encode_png(kCoverSize, kCoverSize, draw_demo_cover(kCoverSize));
    if (!cover) return std::unexpected(cover.error());
    cover_ = std::move(*cover);
    for (const auto& recording : sound::synth::demo_recordings())
      if (auto done = track_recording(recording); !done) return done;
    if (auto done = write_file_atomic(folder_ + "/cover.png", cover_, 0644); !done) return done;
    for (const Medium& medium : kMedia) {
      std::string name = std::string("/") + medium.name;
      if (auto done = rename_durably(work_ + name, folder_ + name, true); !done) return done;
    }
    progress_(1, "done");
    return {};
  }

 private:
  Result<void> track_recording(const sound::synth::Recording& recording) {
    const Medium& first = kMedia[track_];
    double begun = static_cast<double>(track_) / kTracks;
    double share = static_cast<double>(recording.titles.size()) / kTracks;
    auto samples = sound::synth::record(
        recording.piece, first.rate, kSeed + track_,
        [&](double done) { progress_(begun + 0.7 * share * done, recording.titles.front()); });
    std::size_t from = 0;
    for (std::size_t i = 0; i < recording.titles.size(); ++i, ++track_) {
      std::size_t to = i < recording.cuts.size()
                           ? 2 * static_cast<std::size_t>(recording.cuts[i] * first.rate)
                           : samples.size();
      std::string path = work_ + "/" + kMedia[track_].name;
      auto part = std::span<const float>(samples).subspan(from, to - from);
      if (auto done = encode_file(media_, path, kMedia[track_], part); !done) return done;
      auto tagged = write_tags(path, tags_of(track_, recording.titles[i]), cover_);
      if (!tagged) return tagged;
      from = to;
    }
    return {};
  }

  const Media& media_;
  std::string folder_;
  std::string work_;
  const DemoProgress& progress_;
  std::string cover_;
  std::size_t track_ = 0;
};

void draw_bar(double done, const std::string& what) {
  constexpr int kWidth = 30;
  int full = static_cast<int>(done * kWidth);
  std::fprintf(stderr, "\r[%s%s] %3d %%  %-28s",
               std::string(static_cast<std::size_t>(full), '=').c_str(),
               std::string(static_cast<std::size_t>(kWidth - full), ' ').c_str(),
               static_cast<int>(done * 100), what.c_str());
  if (done >= 1) std::fputc('\n', stderr);
}

}  // namespace

std::vector<std::string> demo_album_files() {
  std::vector<std::string> names;
  for (const Medium& medium : kMedia) names.emplace_back(medium.name);
  return names;
}

bool has_demo_album(const std::string& folder) {
  for (const Medium& medium : kMedia)
    if (!file_exists(folder + "/" + medium.name)) return false;
  return true;
}

Result<void> render_demo_album(const std::string& folder, const DemoProgress& progress) {
  auto media = load_media();
  if (!media) return std::unexpected(media.error());
  return Album(*media, folder, progress).render();
}

int demo_command(const std::string& folder, bool json) {
  bool bar = !json && ::isatty(STDERR_FILENO) == 1;
  auto progress = [&](double part, const std::string& what) {
    if (bar) draw_bar(part, what);
  };
  auto done = has_demo_album(folder) ? Result<void>{} : render_demo_album(folder, progress);
  if (!done) {
    std::fprintf(stderr, "%s%s\n", bar ? "\n" : "", explain(done.error()).c_str());
    return 1;
  }
  if (json) {
    Json line = Json::object(
        {{"tracks", Json(static_cast<std::int64_t>(kTracks))}, {"folder", Json(folder)}});
    std::printf("%s\n", write_json(line).c_str());
  } else {
    std::printf("%zu tracks of the demo album are in %s\n", kTracks, folder.c_str());
  }
  return 0;
}

}  // namespace tutti::shell
