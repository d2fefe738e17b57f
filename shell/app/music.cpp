#include "shell/app/music.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/api/library.hpp"
#include "core/base/check.hpp"
#include "shell/app/log.hpp"
#include "shell/app/playlist_files.hpp"

namespace tutti::shell {
namespace {

constexpr int kReaders = 2;
constexpr int kAudioThreads = 2;
constexpr std::uint64_t kImageCache = 512 << 20;
constexpr Duration kWrite = seconds(60);
// Opening a file on a disk that sleeps takes seconds; a mount that hangs takes all of this.
constexpr Duration kSliceTime = seconds(15);

std::uint64_t key_of(GroupId group, Epoch epoch) {
  return group.value ^ hash_mix(epoch.number() + 1ULL);
}

}  // namespace

Result<std::unique_ptr<MusicUnit>> MusicUnit::create(Loop& loop, Store& store,
                                                     const std::vector<std::string>& folders,
                                                     const std::string& cache_folder) {
  std::unique_ptr<MusicUnit> unit(new MusicUnit(loop, store, cache_folder));
  if (auto ok = unit->open(folders); !ok) return std::unexpected(ok.error());
  return unit;
}

MusicUnit::MusicUnit(Loop& loop, Store& store, const std::string& cache_folder)
    : loop_(loop),
      store_(store),
      writer_(store.database(Base::library), store.house_view(), library_random_),
      house_lane_(std::make_unique<Lane>(loop, "house", 1)),
      library_lane_(std::make_unique<Lane>(loop, "library", 1)),
      audio_lane_(std::make_unique<Lane>(loop, "audio", kAudioThreads)),
      bulk_lane_(std::make_unique<Lane>(loop, "transcode", 1)),
      media_lane_(loop, random_, this_program(false)),
      cache_(cache_folder + "/streams"),
      images_(cache_folder + "/artwork", kImageCache) {}

// Threads end before what they use; what they owned of the store is then this thread's.
MusicUnit::~MusicUnit() {
  for (auto* lane : {&library_lane_, &bulk_lane_, &audio_lane_, &house_lane_}) lane->reset();
  for (auto& reader : readers_) reader->lane.reset();
  measurer_.reset();
  store_.take_over();
  for (auto& reader : readers_) reader->store.take_over();
  scanner_.reset();
  readers_.clear();
}

Result<void> MusicUnit::open(const std::vector<std::string>& folders) {
  for (const std::string& path : folders) {
    auto folder = folder_for(store_, writer_, house_random_, path);
    if (!folder) return std::unexpected(folder.error());
    folders_.push_back(std::move(*folder));
  }
  for (int i = 0; i < kReaders; ++i) {
    auto reader = store_.open_reader();
    if (!reader) return std::unexpected(reader.error());
    readers_.push_back(std::unique_ptr<Reader>(new Reader{
        std::move(*reader), std::make_unique<Lane>(loop_, fmt::format("read{}", i + 1), 1)}));
  }
  return {};
}

Result<std::vector<hub::StoredGroup>> MusicUnit::groups() {
  auto rows = readers_.front()->store.groups();
  if (!rows) return std::unexpected(rows.error());
  std::vector<hub::StoredGroup> groups;
  for (GroupRow& row : *rows)
    groups.push_back(
        {row.group, std::move(row.name), std::move(row.queue), std::move(row.playback)});
  return groups;
}

void MusicUnit::start(hub::House& house) {
  house_ = &house;
  for (auto& reader : readers_) reader->store.hand_over();
  store_.hand_over();
  ScannerOptions options;
  options.readers = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
  options.child = this_program(true);
  options.watch = true;
  ScannerEvents events;
  events.finished = [this](const library::ScanReport& report, std::int64_t tracks) {
    scan_finished(report, tracks);
  };
  events.problem = [](const library::ScanMachine::Problem& problem) {
    log_line(LogLevel::warn, "scan.problem path=" + quoted(library::display_text(problem.path)) +
                                 " why=" + quoted(problem.why.text));
  };
  scanner_ = std::make_unique<Scanner>(loop_, writer_, *library_lane_, random_, std::move(options),
                                       std::move(events));
  start_measuring();
  for (const MusicFolder& folder : folders_) {
    scanner_->add_folder(folder);
    scanner_->request(folder.folder);
  }
  tell_at_ = clock_now().mono;
}

void MusicUnit::finish(JobToken token, Result<hub::JobResult> result) {
  house_->done({token, std::move(result)}, clock_now());
}

// Every job's result comes back to the house exactly once, also when the lane gives it up.
void MusicUnit::submit(Lane& lane, JobToken token, Duration limit,
                       std::function<Result<hub::JobResult>()> work) {
  auto failed = [this, token](Error error) { finish(token, std::unexpected(std::move(error))); };
  auto run = [this, token, work = std::move(work)](const Cancelled&) -> Completion {
    return [this, token, result = work()]() mutable { finish(token, std::move(result)); };
  };
  auto submitted = lane.submit({token, limit, std::move(run), failed});
  if (!submitted) failed(submitted.error());
}

void MusicUnit::write(JobToken token, std::function<Result<hub::JobResult>()> work) {
  submit(*house_lane_, token, kWrite, std::move(work));
}

MusicUnit::Reader& MusicUnit::reader() {
  auto less = [](const auto& a, const auto& b) { return a->lane->waiting() < b->lane->waiting(); };
  return **std::min_element(readers_.begin(), readers_.end(), less);
}

bool MusicUnit::perform(hub::HouseEffect& effect) {
  if (auto* slice_job = std::get_if<hub::SliceJob>(&effect)) {
    slice(std::move(slice_job->slice));
  } else if (auto* end = std::get_if<hub::EndStreamJob>(&effect)) {
    end_stream(end->group, end->epoch);
  } else if (auto* close = std::get_if<hub::CloseStream>(&effect)) {
    close_stream(close->stream);
  } else if (auto* cancel = std::get_if<hub::CancelJob>(&effect)) {
    for (auto& each : readers_) each->lane->cancel(cancel->token);
  } else if (std::holds_alternative<hub::CancelScans>(effect)) {
    for (const MusicFolder& folder : folders_) scanner_->cancel(folder.folder);
  } else if (auto* request = std::get_if<hub::JobRequest>(&effect)) {
    if (std::holds_alternative<hub::BackupJob>(request->work) ||
        std::holds_alternative<hub::MetricsJob>(request->work))
      return false;
    perform_job(*request);
  } else {
    return false;
  }
  return true;
}

void MusicUnit::perform_job(hub::JobRequest& request) {
  JobToken token = request.token;
  if (auto* job = std::get_if<hub::LibraryJob>(&request.work))
    return library(token, std::move(*job));
  if (auto* job = std::get_if<hub::ScanJob>(&request.work)) return scan(token, job->scan);
  if (auto* job = std::get_if<hub::OpenStreamJob>(&request.work)) return open_stream(token, *job);
  if (auto* job = std::get_if<hub::ArtworkJob>(&request.work)) return artwork(token, *job);
  if (auto* job = std::get_if<hub::EditTagsJob>(&request.work)) return edit_tags(token, *job);
  if (auto* job = std::get_if<hub::FactsJob>(&request.work)) {
    Reader& from = reader();
    return submit(*from.lane, token, kQuestionTime,
                  [&from, account = job->account, track = job->track]() -> Result<hub::JobResult> {
                    auto found = from.store.facts(account, std::span(&track, 1));
                    if (!found) return std::unexpected(found.error());
                    if (found->empty()) return fail(Code::not_found, "it is not in the library");
                    return std::move(found->front());
                  });
  }
  StoreRequest change;
  if (auto* job = std::get_if<hub::SaveGroupJob>(&request.work)) {
    change = SaveGroup{job->group, std::move(job->save.name), std::move(job->save.queue),
                       std::move(job->save.playback), clock_now().wall};
  } else {
    change = ForgetGroup{std::get<hub::ForgetGroupJob>(request.work).group};
  }
  write(token, [this, change = std::move(change)]() -> Result<hub::JobResult> {
    auto stored = store_.run(change);
    if (!stored) return std::unexpected(stored.error());
    return hub::Stored{};
  });
}

// The answer becomes JSON where it was found: a page of a list is too long for the loop.
void MusicUnit::library(JobToken token, hub::LibraryJob job) {
  bool ids = job.ids;
  auto answer = [ids](Result<library::Answer> found) -> Result<hub::JobResult> {
    if (!found) return std::unexpected(found.error());
    if (ids) return std::get<library::TrackIds>(std::move(*found));
    return write_json(api::to_json(as_file(std::move(*found))));
  };
  if (library::changes(job.ask.request)) {
    return write(token, [this, answer, ask = std::move(job.ask)]() -> Result<hub::JobResult> {
      auto request = with_entries(ask.request);
      if (!request) return std::unexpected(request.error());
      return answer(store_.apply({ask.account, std::move(*request), ask.now}, house_random_));
    });
  }
  Reader& from = reader();
  submit(*from.lane, token, kQuestionTime,
         [&from, answer, ask = std::move(job.ask)]() -> Result<hub::JobResult> {
           auto request = with_entries(ask.request);
           if (!request) return std::unexpected(request.error());
           return answer(from.store.ask({ask.account, std::move(*request), ask.now}));
         });
}

void MusicUnit::slice(play::SliceRequest request) {
  Stream& stream = streams_[key_of(request.group, request.epoch)];
  for (const play::StreamCommand& command : request.commands) {
    if (const auto* begin = std::get_if<play::Begin>(&command)) stream.last = begin->track.entry;
    const auto* follow = std::get_if<play::Follow>(&command);
    if (follow != nullptr && follow->track) stream.last = follow->track->entry;
  }
  auto render = std::make_shared<std::unique_ptr<StreamRender>>(std::move(stream.render));
  auto shared = std::make_shared<play::SliceRequest>(std::move(request));
  // Whatever ends a slice, it comes back: as a track that failed, when it could not be made.
  auto failed = [this, shared, last = stream.last](const Error& error) {
    MadeSlice made{{shared->group, shared->epoch, 0, {}, true, {}}, {}};
    made.done.marks.push_back({play::StreamMark::Kind::failed, 0, last, {}, error.text});
    slice_back(*shared, std::move(made), nullptr);
  };
  auto run = [this, shared, render, failed](const Cancelled&) -> Completion {
    if (!*render) {
      auto media = load_media();
      Result<std::unique_ptr<StreamRender>> opened =
          media ? StreamRender::create({shared->format.sample_rate, shared->format.channels},
                                       media->open_source)
                : std::unexpected(media.error());
      if (!opened) return [failed, error = opened.error()] { failed(error); };
      *render = std::move(*opened);
    }
    auto made = std::make_shared<MadeSlice>((*render)->run(*shared));
    return
        [this, shared, render, made] { slice_back(*shared, std::move(*made), std::move(*render)); };
  };
  auto submitted = audio_lane_->submit({random_.id<JobToken>(), kSliceTime, run, failed});
  if (!submitted) loop_.post([failed, error = submitted.error()] { failed(error); });
}

void MusicUnit::slice_back(const play::SliceRequest& request, MadeSlice made,
                           std::unique_ptr<StreamRender> render) {
  auto found = streams_.find(key_of(request.group, request.epoch));
  INVARIANT(found != streams_.end());
  if (found->second.over) streams_.erase(found);
  else found->second.render = std::move(render);
  // Nobody listens yet but the clock: rooms take the frames from here.
  (void)house_->slice_done(made.done, clock_now());
}

void MusicUnit::end_stream(GroupId group, Epoch epoch) {
  auto found = streams_.find(key_of(group, epoch));
  if (found == streams_.end()) return;  // its first slice was never asked for
  if (found->second.render) streams_.erase(found);
  else found->second.over = true;
}

void MusicUnit::turn(Now now) {
  for (Lane* lane : {house_lane_.get(), library_lane_.get(), audio_lane_.get(), bulk_lane_.get()}) {
    if (lane->deadline() <= now.mono) lane->tick(now.mono);
  }
  for (auto& each : readers_) {
    if (each->lane->deadline() <= now.mono) each->lane->tick(now.mono);
  }
  media_lane_.turn(now);
  scanner_->turn(now);
  measurer_->turn(now);
  if (tell_at_ <= now.mono) tell_scans(now);
}

ServerTime MusicUnit::deadline() const {
  ServerTime at = std::min({house_lane_->deadline(), library_lane_->deadline(),
                            audio_lane_->deadline(), bulk_lane_->deadline(), media_lane_.deadline(),
                            scanner_->deadline(), measurer_->deadline(), tell_at_});
  for (const auto& each : readers_) at = std::min(at, each->lane->deadline());
  return at;
}

std::vector<const Lane*> MusicUnit::lanes() const {
  std::vector<const Lane*> all{house_lane_.get(), library_lane_.get(), audio_lane_.get(),
                               bulk_lane_.get(), &measurer_->lane()};
  for (const auto& each : readers_) all.push_back(each->lane.get());
  for (const Lane* lane : media_lane_.lanes()) all.push_back(lane);
  return all;
}

}  // namespace tutti::shell
