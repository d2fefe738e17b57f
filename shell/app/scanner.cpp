#include "shell/app/scanner.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/base/check.hpp"

namespace tutti::shell {
namespace {

constexpr Duration kWalkLimit = seconds(60);    // a directory that does not answer
constexpr Duration kStoreLimit = seconds(120);  // behind other writes, on a slow disk
constexpr Duration kReadLimit = seconds(1800);  // a batch; the child's own patience is shorter

// A record from the child as the row it becomes.
library::ReadOutcome outcome_of(Result<MediaRecord> answer) {
  if (!answer) return std::unexpected(std::move(answer.error()));
  library::ScannedFile file;
  file.stamp = answer->stamp;
  file.content = answer->content;
  file.audio = std::move(answer->audio);
  file.tags = std::move(answer->tags);
  file.artwork = answer->artwork;
  return file;
}

bool is_gone(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

struct Scanner::WriteState {
  std::shared_ptr<const Paths> paths;
  std::optional<bool> had_tracks;  // before this scan wrote

  // Whether a new file is one that the library knows at a place where it is no more. A track is
  // given to one file only.
  Result<void> find_moves(LibraryWriter& writer, library::ScanBatch& batch) {
    if (!had_tracks) {
      auto count = writer.track_count();
      if (!count) return std::unexpected(count.error());
      had_tracks = *count > 0;
    }
    if (!*had_tracks) return {};
    std::set<std::uint64_t> given;
    for (library::ScannedFile& file : batch.upserts) {
      if (file.track) continue;
      auto candidates = writer.candidates(file.content);
      if (!candidates) return std::unexpected(candidates.error());
      for (const Candidate& from : *candidates) {
        auto root = paths->find(from.folder.value);
        if (root == paths->end() || given.contains(from.track.value)) continue;
        std::string place = join_path(join_path(root->second, from.path.directory), from.path.name);
        // In a folder that is gone as a whole nothing has moved.
        if (!is_gone(place) || is_gone(root->second)) continue;
        file.track = from.track;
        given.insert(from.track.value);
        break;
      }
    }
    return {};
  }
};

struct Scanner::WriteBatch {
  Handle scan;
  std::shared_ptr<WriteState> state;
  library::ScanBatch rows;
  std::size_t next = 0;  // the row to go on with
  library::ScanBatchDone sums;
};

Scanner::Scanner(Loop& loop, LibraryWriter& writer, Lane& writer_lane, Random& random,
                 ScannerOptions options, ScannerEvents events)
    : loop_(loop),
      writer_(writer),
      writer_lane_(writer_lane),
      random_(random),
      options_(std::move(options)),
      events_(std::move(events)),
      machine_(static_cast<std::size_t>(options_.readers)),
      walk_lane_(loop, "walk", static_cast<int>(library::kScanSlots)),
      read_lane_(loop, "read", options_.readers) {}

Scanner::~Scanner() = default;

void Scanner::add_folder(const MusicFolder& added) {
  INVARIANT(loop_.on_this_thread());
  Folder& folder = folders_[added.folder];
  folder.path = added.path;
  folder.name = added.name;
  folder.available = added.available;
  auto paths = std::make_shared<Paths>(*paths_);
  (*paths)[added.folder.value] = added.path;
  paths_ = std::move(paths);
  if (!options_.watch) return;
  watch(added.folder, folder);
  scan_again_later(folder, clock_now());
}

void Scanner::remove_folder(FolderId folder) {
  INVARIANT(loop_.on_this_thread());
  machine_.cancel(folder, clock_now());
  drain();
  folders_.erase(folder);
  auto paths = std::make_shared<Paths>(*paths_);
  paths->erase(folder.value);
  paths_ = std::move(paths);
}

void Scanner::watch(FolderId id, Folder& folder) {
  auto say = [this, id](Error why) { events_.problem({id, "", std::move(why)}); };
  auto watcher = Watcher::create(loop_, folder.path,
                                 {[this, id](library::WalkStart where) {
                                    machine_.changed(id, std::move(where), clock_now());
                                  },
                                  [this, id, say](Error why) {
                                    if (why.code == Code::overloaded) {
                                      machine_.request(id, clock_now());
                                    } else {
                                      Folder& of = folders_.at(id);
                                      of.blind = true;
                                      scan_again_later(of, clock_now());
                                    }
                                    say(std::move(why));
                                  }});
  folder.blind = !watcher;
  if (watcher) folder.watcher = std::move(*watcher);
  else say(watcher.error());
}

void Scanner::scan_again_later(Folder& folder, Now now) {
  if (!options_.watch) return;
  folder.next_scan = now.mono + (folder.blind ? options_.every_blind : options_.every);
}

void Scanner::request(FolderId folder) {
  if (!folders_.contains(folder)) return;
  machine_.request(folder, clock_now());
  drain();
}

void Scanner::cancel(FolderId folder) {
  machine_.cancel(folder, clock_now());
  drain();
}

void Scanner::edited(FolderId folder, const library::FilePath& file) {
  if (!folders_.contains(folder)) return;
  machine_.edited(folder, file, clock_now());
  drain();
}

void Scanner::turn(Now now) {
  walk_lane_.tick(now.mono);
  read_lane_.tick(now.mono);
  while (auto key = machine_.take_due(now)) machine_.fire(*key, now);
  for (auto& [id, folder] : folders_) {
    if (folder.next_scan > now.mono) continue;
    folder.next_scan = kNever;  // until this one has ended
    machine_.request(id, now);
  }
  drain();
}

ServerTime Scanner::deadline() const {
  ServerTime next = std::min({machine_.deadline(), walk_lane_.deadline(), read_lane_.deadline()});
  for (const auto& [id, folder] : folders_) next = std::min(next, folder.next_scan);
  return next;
}

bool Scanner::idle() const { return machine_.idle() && !tidying_ && !untidy_ && counting_ == 0; }

void Scanner::drain() {
  INVARIANT(loop_.on_this_thread());
  while (auto effect = machine_.poll()) std::visit([this](auto& each) { perform(each); }, *effect);
}

void Scanner::submit(Lane& lane, std::set<std::uint64_t>* jobs, Duration limit,
                     std::function<Completion(const Cancelled&)> run,
                     std::function<void(Error)> failed) {
  auto token = random_.id<JobToken>();
  if (jobs != nullptr) jobs->insert(token.value);
  auto refused = lane.submit({token, limit, std::move(run), failed});
  if (!refused) failed(refused.error());
}

void Scanner::perform(Machine::Walk& walk) {
  Running& scan = running_[walk.scan];
  Folder& folder = folders_.at(walk.folder);
  std::shared_ptr<Walker>& walker = scan.walkers[walk.walk];
  if (!walker) {
    walker = std::make_shared<Walker>(folder.path, std::move(walk.starts));
    if (folder.watcher) walker->before_listing(folder.watcher->adder());
  }
  auto run = [this, walker, handle = walk.scan, number = walk.walk](const Cancelled& cancelled) {
    auto slice = std::make_shared<library::WalkSlice>(walker->next({}, cancelled));
    return [this, slice, handle, number] {
      auto of = running_.find(handle);
      if (slice->finished && of != running_.end()) of->second.walkers.erase(number);
      machine_.walked(handle, std::move(*slice), clock_now());
      drain();
    };
  };
  submit(walk_lane_, &scan.walk_jobs, kWalkLimit, std::move(run),
         [this, handle = walk.scan](Error why) {
           machine_.failed(handle, std::move(why), clock_now());
           drain();
         });
}

void Scanner::perform(Machine::Load& load) {
  auto run = [this, handle = load.scan, folder = load.folder,
              directories = std::move(load.directories)](const Cancelled&) -> Completion {
    auto known = std::make_shared<Result<std::vector<std::vector<library::KnownFile>>>>(
        writer_.known_files(folder, directories));
    return [this, handle, known] {
      if (*known) machine_.loaded(handle, std::move(**known), clock_now());
      else machine_.failed(handle, known->error(), clock_now());
      drain();
    };
  };
  submit(writer_lane_, &running_[load.scan].load_jobs, kStoreLimit, std::move(run),
         [this, handle = load.scan](Error why) {
           machine_.failed(handle, std::move(why), clock_now());
           drain();
         });
}

void Scanner::perform(Machine::ListKnown& list) {
  auto run = [this, handle = list.scan, folder = list.folder](const Cancelled&) -> Completion {
    auto found = std::make_shared<Result<std::vector<std::string>>>(writer_.directories(folder));
    return [this, handle, found] {
      if (*found) machine_.listed(handle, std::move(**found), clock_now());
      else machine_.failed(handle, found->error(), clock_now());
      drain();
    };
  };
  submit(writer_lane_, &running_[list.scan].load_jobs, kStoreLimit, std::move(run),
         [this, handle = list.scan](Error why) {
           machine_.failed(handle, std::move(why), clock_now());
           drain();
         });
}

void Scanner::perform(Machine::Read& read) {
  to_read_.push_back(std::move(read));
  read_waiting();
}

void Scanner::read_waiting() {
  while (!to_read_.empty() && children_out_ < options_.readers) {
    Machine::Read next = std::move(to_read_.front());
    to_read_.pop_front();
    std::shared_ptr<MediaChild> child;
    if (children_.empty()) {
      child = std::make_shared<MediaChild>(options_.child);
    } else {
      child = std::move(children_.back());
      children_.pop_back();
    }
    ++children_out_;
    std::vector<FileTask> files;
    const std::string& root = folders_.at(next.folder).path;
    for (const library::ReadItem& item : next.files)
      files.push_back({join_path(root, item.directory), item.name});
    auto run = [this, child, handle = next.scan, batch = next.batch,
                files = std::move(files)](const Cancelled& cancelled) -> Completion {
      auto outcomes = std::make_shared<std::vector<library::ReadOutcome>>();
      for (auto& answer : child->read(files, cancelled))
        outcomes->push_back(outcome_of(std::move(answer)));
      return [this, child, handle, batch, outcomes] {
        --children_out_;
        children_.push_back(child);
        machine_.read(handle, batch, std::move(*outcomes), clock_now());
        read_waiting();
        drain();
      };
    };
    submit(read_lane_, &running_[next.scan].read_jobs, kReadLimit, std::move(run),
           [this, handle = next.scan](Error why) {
             --children_out_;
             machine_.failed(handle, std::move(why), clock_now());
             read_waiting();
             drain();
           });
  }
}

void Scanner::perform(Machine::Write& write) {
  Running& scan = running_[write.scan];
  if (!scan.writing) scan.writing = std::make_shared<WriteState>();
  scan.writing->paths = paths_;
  untidy_ = true;
  auto batch = std::make_shared<WriteBatch>();
  batch->scan = write.scan;
  batch->state = scan.writing;
  batch->rows = std::move(write.batch);
  write_part(std::move(batch));
}

// A transaction is a job of its own, so that what else is to be written comes in between.
void Scanner::write_part(std::shared_ptr<WriteBatch> batch) {
  auto run = [this, batch](const Cancelled&) -> Completion {
    Result<library::WrittenPart> part;
    auto moves = batch->next > 0 ? Result<void>() : batch->state->find_moves(writer_, batch->rows);
    if (moves) part = writer_.write_part(batch->rows, batch->next, clock_now().wall);
    else part = std::unexpected(moves.error());
    bool over = !part || part->next == row_count(batch->rows);
    if (over) batch->rows = {};  // its strings are freed here, not on the loop
    return [this, batch, part, over] {
      if (part) batch->sums += part->sums;
      if (!over) {
        batch->next = part->next;
        return write_part(batch);
      }
      Result<library::ScanBatchDone> done = batch->sums;
      if (!part) done = std::unexpected(part.error());
      machine_.wrote(batch->scan, done, clock_now());
      drain();
    };
  };
  submit(writer_lane_, nullptr, kStoreLimit, std::move(run), [this, batch](Error why) {
    machine_.wrote(batch->scan, std::unexpected(std::move(why)), clock_now());
    drain();
  });
}

void Scanner::perform(Machine::Mark& mark) {
  Folder& folder = folders_.at(mark.folder);
  if (folder.available == mark.available) {
    machine_.wrote(mark.scan, library::ScanBatchDone{}, clock_now());
    return;
  }
  folder.available = mark.available;
  auto run = [this, handle = mark.scan, id = mark.folder,
              available = mark.available](const Cancelled&) {
    auto marked = writer_.set_available(id, available);
    Result<library::ScanBatchDone> done;
    if (!marked) done = std::unexpected(marked.error());
    return [this, handle, done] {
      machine_.wrote(handle, done, clock_now());
      drain();
    };
  };
  submit(writer_lane_, nullptr, kStoreLimit, std::move(run), [this, handle = mark.scan](Error why) {
    machine_.wrote(handle, std::unexpected(std::move(why)), clock_now());
    drain();
  });
}

void Scanner::perform(Machine::Cancel& cancel) {
  std::erase_if(to_read_, [&](const Machine::Read& read) { return read.scan == cancel.scan; });
  auto found = running_.find(cancel.scan);
  if (found == running_.end()) return;
  Running& scan = found->second;
  for (std::uint64_t token : scan.walk_jobs) walk_lane_.cancel(JobToken{token});
  for (std::uint64_t token : scan.load_jobs) writer_lane_.cancel(JobToken{token});
  for (std::uint64_t token : scan.read_jobs) {
    if (read_lane_.cancel(JobToken{token})) --children_out_;
  }
  scan.walkers.clear();
  read_waiting();
}

void Scanner::perform(Machine::Problem& problem) {
  if (events_.problem) events_.problem(problem);
}

// What was running is forgotten; the tracks are counted behind the scan's last write.
void Scanner::perform(Machine::Finished& finished) {
  std::erase_if(running_, [&](const auto& entry) { return !machine_.knows(entry.first); });
  ++counting_;
  auto of = folders_.find(finished.report.folder);
  bool whole = finished.report.full || finished.report.cancelled;
  if (of != folders_.end() && whole) scan_again_later(of->second, clock_now());
  auto report = std::make_shared<library::ScanReport>(std::move(finished.report));
  auto tell = [this, report](std::int64_t tracks) {
    --counting_;
    report->totals.tracks = tracks;
    if (machine_.running() == 0) retire_children();
    tidy();
    if (events_.finished) events_.finished(*report, tracks);
  };
  auto run = [this, tell](const Cancelled&) {
    auto count = writer_.track_count();
    return [tell, n = count.value_or(0)] { tell(n); };
  };
  submit(writer_lane_, nullptr, kStoreLimit, std::move(run), [tell](Error) { tell(0); });
}

void Scanner::tidy() {
  if (tidying_ || !untidy_ || machine_.running() > 0) return;
  tidying_ = true;
  auto run = [this](const Cancelled&) {
    auto more = writer_.tidy();
    return [this, again = more.value_or(false)] {
      tidying_ = false;
      untidy_ = again;
      tidy();
    };
  };
  submit(writer_lane_, nullptr, kStoreLimit, std::move(run),
         [this](Error) { tidying_ = untidy_ = false; });
}

// Ending a child may wait for it, so it is done on a worker.
void Scanner::retire_children() {
  if (children_.empty()) return;
  auto retired = std::make_shared<std::vector<std::shared_ptr<MediaChild>>>(std::move(children_));
  children_.clear();
  submit(
      read_lane_, nullptr, kReadLimit,
      [retired](const Cancelled&) {
        retired->clear();
        return [] {};
      },
      [](Error) {});
}

}  // namespace tutti::shell
