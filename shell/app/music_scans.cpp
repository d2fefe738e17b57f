// Scans, as the house asks for them and is told of them.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/api/library.hpp"
#include "shell/app/log.hpp"
#include "shell/app/music.hpp"

namespace tutti::shell {
namespace {

constexpr Duration kTellEvery = millis(500);
constexpr Duration kTellMeasured = seconds(1);

std::string wanted_path(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

void add(library::ScanTotals& sums, const library::ScanTotals& more) {
  sums.added += more.added;
  sums.changed += more.changed;
  sums.removed += more.removed;
  sums.failed += more.failed;
  sums.seen += more.seen;
}

api::ScanResult result_of(const library::ScanTotals& sums, std::int64_t tracks, double seconds,
                          bool scanning) {
  return {tracks, sums.added, sums.changed, sums.removed, sums.failed, seconds, scanning};
}

}  // namespace

void MusicUnit::scan(JobToken token, const api::StartScan& wish) {
  Wanted wanted{token, {}, clock_now().mono, {}};
  std::string path = wish.path.empty() ? "" : wanted_path(wish.path);
  for (const MusicFolder& folder : folders_) {
    bool named = (!wish.folder && path.empty()) || wish.folder == folder.folder ||
                 (!path.empty() && library::display_text(folder.path) == path);
    if (named) wanted.folders.push_back(folder.folder);
  }
  if (wanted.folders.empty()) {
    Error none = folders_.empty() ? Error{Code::conflict, "this server has no folder of music",
                                          "start it with --music FOLDER"}
                                  : Error{Code::not_found, "this server has no such folder",
                                          "start it with --music for each folder; folders.list "
                                          "names those it has"};
    return finish(token, std::unexpected(none));
  }
  for (FolderId folder : wanted.folders) scanner_->request(folder);
  tell_at_ = clock_now().mono;
  if (wish.wait) wanted_.push_back(std::move(wanted));
  else finish(token, write_json(api::write(result_of({}, tracks_, 0, true))));
}

void MusicUnit::scan_finished(const library::ScanReport& report, std::int64_t tracks) {
  tracks_ = tracks;
  const auto& sums = report.totals;
  changes_ += sums.added + sums.changed + sums.removed;
  reports_[report.folder] = report;
  measurer_->request();
  if (report.full || report.error || report.vanished)
    log_line(LogLevel::info,
             fmt::format("scan.done folder={} tracks={} added={} changed={} removed={} failed={}{}",
                         to_text(report.folder), tracks, sums.added, sums.changed, sums.removed,
                         sums.failed, report.vanished ? " vanished=true" : ""));
  tell_scans(clock_now());  // before anybody is told that it is done
  for (std::size_t i = 0; i < wanted_.size();) {
    Wanted& wanted = wanted_[i];
    // A scan that was asked for after its folder's last one began is a later one: it waits on.
    bool waits =
        scanner_->progress(report.folder).running || scanner_->progress(report.folder).waiting;
    auto mine = std::find(wanted.folders.begin(), wanted.folders.end(), report.folder);
    if (mine != wanted.folders.end() && !waits) {
      add(wanted.sums, sums);
      wanted.folders.erase(mine);
    }
    if (!wanted.folders.empty()) {
      ++i;
      continue;
    }
    Wanted done = std::move(wanted);
    wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(i));
    double seconds = static_cast<double>((clock_now().mono - done.since).us) / 1e6;
    finish(done.token, write_json(api::write(result_of(done.sums, tracks, seconds, false))));
  }
}

// Measuring gives way to scans, which use the same disk and writer, and to music that is waited
// for.
void MusicUnit::start_measuring() {
  MeasurerOptions options;
  options.media = [] {
    auto media = load_media();
    return media ? Result<render::OpenSource>(media->open_source) : std::unexpected(media.error());
  };
  options.busy = [this] { return audio_lane_->waiting() > 0 || !scanner_->idle(); };
  MeasurerEvents events;
  events.counted = [this] { tell_at_ = std::min(tell_at_, clock_now().mono + kTellMeasured); };
  events.problem = [](const std::string& path, const Error& why) {
    log_line(LogLevel::warn, "measure.problem path=" + shell::quoted(library::display_text(path)) +
                                 " why=" + shell::quoted(why.text));
  };
  events.finished = [this](const MeasureReport& report) {
    tell_at_ = clock_now().mono;
    if (report.error)
      log_line(LogLevel::warn, "measure.stopped why=" + shell::quoted(explain(*report.error)));
    if (report.measured + report.failed + report.albums == 0) return;
    log_line(
        LogLevel::info,
        fmt::format("measure.done measured={} failed={} albums={} audio_s={:.0f} seconds={:.1f}",
                    report.measured, report.failed, report.albums, report.audio_seconds,
                    report.seconds));
  };
  measurer_ = std::make_unique<Measurer>(loop_, store_.database(Base::library), *library_lane_,
                                         random_, std::move(options), std::move(events));
}

api::ScanStatus MusicUnit::scan_status() const {
  api::ScanStatus status;
  status.tracks = tracks_;
  status.changes = changes_;
  status.measured = measurer_->counts().measured;
  status.to_measure = measurer_->counts().to_measure;
  for (const MusicFolder& folder : folders_) {
    library::ScanProgress now = scanner_->progress(folder.folder);
    api::FolderScan each{folder.folder, folder.name, "idle"};
    if (now.waiting) each.state = "waiting";
    if (now.running) each.state = "scanning";
    status.scanning = status.scanning || now.running || now.waiting;
    auto last = reports_.find(folder.folder);
    if (last != reports_.end()) {
      const library::ScanTotals& sums = last->second.totals;
      each.seen = sums.seen, each.added = sums.added, each.changed = sums.changed;
      each.removed = sums.removed, each.failed = sums.failed;
      if (last->second.error) each.error = last->second.error->text;
      if (last->second.vanished) each.error = "the folder cannot be looked into";
    }
    if (now.running) each.seen = now.seen;
    status.folders.push_back(std::move(each));
  }
  return status;
}

void MusicUnit::tell_scans(Now now) {
  api::ScanStatus status = scan_status();
  tell_at_ = status.scanning ? now.mono + kTellEvery : kNever;
  house_->scans(std::move(status), now);
}

}  // namespace tutti::shell
