// Scans of three folders with two slots: requested twice, cancelled, beside changes, an edited file
// and a folder that vanishes. The hazards: two scans of one folder, more scans than slots, a slot
// that is never free again, two writes at once, a record that was read before an edit written over
// the one read after it, tracks removed because a disk was not mounted.
#include "core/library/scan_machine.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using library::ScanMachine;

constexpr std::size_t kFolders = library::kScanSlots + 1;

class ScanModel : public MoveModel {
 public:
  // How often each may happen.
  struct Budget {
    int requests[kFolders];
    int cancels, edits, changes, vanishings;
  };
  explicit ScanModel(const Budget& budget)
      : cancels_(budget.cancels),
        edits_(budget.edits),
        changes_(budget.changes),
        vanishings_(budget.vanishings) {
    explore::call_it(&machine_, "scan machine");
    for (std::size_t f = 0; f < kFolders; ++f) {
      folders_[f].id = FolderId{f + 1};
      folders_[f].requests = budget.requests[f];
    }
  }

  void moves(Moves& out) override {
    for (std::size_t f = 0; f < kFolders; ++f) {
      // Only the first folder sees everything; the others want its slots.
      if (folders_[f].requests > 0)
        out.add("user", "scans folder " + std::to_string(f), [this, f] { request(f); });
    }
    Folder& first = folders_[0];
    if (cancels_ > 0) out.add("user", "cancels", [this] { cancel(); });
    if (edits_ > 0 && first.present) out.add("user", "edits a file", [this] { edit(); });
    if (changes_ > 0 && first.present) out.add("disk", "changes", [this] { change(); });
    if (vanishings_ > 0 && first.present) out.add("disk", "vanishes", [this] { vanish(); });
    if (!first.present) out.add("disk", "comes back", [this] { come_back(); });
    job_moves(out);
    if (machine_.deadline() != kNever) out.add("clock", "fires", [this] { fire(); });
    // What waits to be written then waits no longer for more.
    if (seconds_ > 0 && !jobs_.empty()) out.add("clock", "goes on", [this] { pass(); });
  }

  std::string_view check() const override {
    if (auto broken = first_broken(MoveModel::check(), scans_.broken(), writes_.broken());
        !broken.empty())
      return broken;
    if (machine_.running() > library::kScanSlots) return "more scans than slots";
    return {};
  }
  std::string_view over() const override {
    if (machine_.running() > 0 || !machine_.idle()) return "a scan never ends";
    for (const Folder& folder : folders_) {
      if (folder.owed && folder.row != folder.version) return "the library is not what is on disk";
      if (folder.owed && !folder.available) return "a folder that is there counts as gone";
    }
    return {};
  }
  void describe(StateWriter& out) const override {
    machine_.describe(out);
    for (const Folder& folder : folders_) {
      out.number(folder.version * 64 + folder.row * 8 + folder.present * 4U + folder.owed * 2U +
                 folder.available);
      out.number(static_cast<std::uint64_t>(folder.requests));
    }
    for (const Job& job : jobs_) {
      out.number(job.effect.index() * 4 + job.done * 2U + job.forgotten);
      out.number(job.seen * 2 + job.root_gone);
      out.number(job.folder);
    }
    out.number(
        static_cast<std::uint64_t>(cancels_ * 1000 + edits_ * 100 + changes_ * 10 + vanishings_));
  }
  ServerTime now() const override { return now_.mono; }

 private:
  // A folder with one file, whose content is its version.
  struct Folder {
    FolderId id;
    bool present = true;
    std::uint64_t version = 1;
    std::uint64_t row = 0;  // as written to the library; 0: no row
    bool available = true;
    bool owed = false;  // the library is to become what is on disk
    int requests = 0;
  };
  struct Job {
    ScanMachine::Effect effect;
    Handle scan;
    std::size_t folder = 0;
    bool done = false;       // on its worker; the outcome is on its way
    bool forgotten = false;  // cancelled: nobody waits for it
    std::uint64_t seen = 0;  // the version or row that it saw
    bool root_gone = false;
  };

  std::size_t place(FolderId id) const { return static_cast<std::size_t>(id.value - 1); }
  static std::string label(std::size_t i, const Job& job) {
    static constexpr const char* kNames[] = {"walk", "load", "list", "read", "write", "mark"};
    return kNames[job.effect.index()] + std::to_string(i);
  }
  static bool is_store(const Job& job) {  // one lane, in order
    return !std::holds_alternative<ScanMachine::Walk>(job.effect) &&
           !std::holds_alternative<ScanMachine::Read>(job.effect);
  }

  void job_moves(Moves& out) {
    bool store_busy = false;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      Job& job = jobs_[i];
      if (!job.done && !(is_store(job) && store_busy))
        out.add(label(i, job), "is done", [this, i] { work(jobs_[i]); });
      if (is_store(job) && !job.done) store_busy = true;
      if (job.done) out.add(label(i, job), "arrives", [this, i] { arrive(i); });
    }
  }

  // Jobs are named by their place in the list, and the folder is one: each step depends on each.
  void touch() { note_write(explore::recorder(), this); }

  void request(std::size_t f) {
    touch();
    if (machine_.progress(folders_[f].id).running) witness("a request beside a running scan");
    if (machine_.running() == library::kScanSlots) witness("a scan waits for a slot");
    --folders_[f].requests;
    folders_[f].owed = folders_[f].present;
    machine_.request(folders_[f].id, now_);
    drain();
  }
  void cancel() {
    touch();
    --cancels_;
    bool writing = false;
    for (const Job& job : jobs_)
      writing =
          writing || (job.folder == 0 && std::holds_alternative<ScanMachine::Write>(job.effect));
    if (writing) witness("cancelled while it writes");
    folders_[0].owed = false;
    machine_.cancel(folders_[0].id, now_);
    drain();
  }
  void edit() {
    touch();
    --edits_;
    if (machine_.progress(folders_[0].id).running) witness("an edit during a scan");
    ++folders_[0].version;
    folders_[0].owed = true;
    machine_.edited(folders_[0].id, {"", "a.mp3"}, now_);
    drain();
  }
  void change() {
    touch();
    --changes_;
    ++folders_[0].version;
    folders_[0].owed = true;
    machine_.changed(folders_[0].id, {"", false}, now_);
    drain();
  }
  void vanish() {
    touch();
    --vanishings_;
    folders_[0].present = false;
    folders_[0].owed = false;
  }
  void come_back() {
    touch();
    folders_[0].present = true;
    folders_[0].owed = true;
    machine_.request(folders_[0].id, now_);
    drain();
  }
  void fire() {
    touch();
    now_.mono = std::max(now_.mono, machine_.deadline());
    if (auto key = machine_.take_due(now_)) machine_.fire(*key, now_);
    drain();
  }

  void pass() {
    touch();
    --seconds_;
    now_.mono = now_.mono + library::kWriteEvery;
  }

  // On a worker: what it sees and does is of this moment.
  void work(Job& job) {
    touch();
    job.done = true;
    Folder& folder = folders_[job.folder];
    job.root_gone = !folder.present;
    if (auto* load = std::get_if<ScanMachine::Load>(&job.effect)) {
      (void)load;
      job.seen = folder.row;
    } else if (auto* write = std::get_if<ScanMachine::Write>(&job.effect)) {
      apply(folder, write->batch);
    } else if (auto* mark = std::get_if<ScanMachine::Mark>(&job.effect)) {
      folder.available = mark->available;
    } else {
      job.seen = folder.version;
    }
  }
  void apply(Folder& folder, const library::ScanBatch& batch) {
    require(batch.removals.empty(), "tracks were removed, though nobody removed a file");
    for (const auto& row : batch.upserts) {
      auto version = static_cast<std::uint64_t>(row.stamp.mtime_ns);
      require(version >= folder.row, "an older record was written over a newer one");
      folder.row = version;
    }
  }

  void arrive(std::size_t i) {
    touch();
    Job job = std::move(jobs_[i]);
    jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    if (job.forgotten) witness("an outcome that nobody waits for");
    if (is_write(job)) writes_.ended(job.folder);
    std::visit([&](auto& effect) { report(job, effect); }, job.effect);
    drain();
  }
  static bool is_write(const Job& job) {
    return std::holds_alternative<ScanMachine::Write>(job.effect) ||
           std::holds_alternative<ScanMachine::Mark>(job.effect);
  }
  static library::FileStamp stamp(std::uint64_t version) {
    return {1, static_cast<std::int64_t>(version)};
  }
  void report(const Job& job, ScanMachine::Walk&) {
    library::WalkSlice slice;
    slice.finished = true;
    slice.root_gone = job.root_gone;
    if (job.root_gone) witness("the folder is gone");
    else slice.directories.push_back({"", {{"a.mp3", stamp(job.seen)}}});
    // A mount point without its disk is an empty directory.
    if (job.root_gone) slice.directories.push_back({"", {}});
    machine_.walked(job.scan, std::move(slice), now_);
  }
  void report(const Job& job, ScanMachine::Load& load) {
    std::vector<std::vector<library::KnownFile>> known(load.directories.size());
    if (job.seen > 0) known[0].push_back({"a.mp3", stamp(job.seen), TrackId{1}, true});
    machine_.loaded(job.scan, std::move(known), now_);
  }
  void report(const Job& job, ScanMachine::ListKnown&) {
    std::vector<std::string> directories;
    if (folders_[job.folder].row > 0) directories.emplace_back();
    machine_.listed(job.scan, std::move(directories), now_);
  }
  void report(const Job& job, ScanMachine::Read& read) {
    std::vector<library::ReadOutcome> outcomes;
    for (std::size_t n = 0; n < read.files.size(); ++n) {
      if (job.root_gone) {
        outcomes.push_back(fail(Code::not_found, "gone"));
        continue;
      }
      library::ScannedFile file;
      file.stamp = stamp(job.seen);
      outcomes.emplace_back(std::move(file));
    }
    machine_.read(job.scan, read.batch, std::move(outcomes), now_);
  }
  void report(const Job& job, ScanMachine::Write&) {
    machine_.wrote(job.scan, library::ScanBatchDone{}, now_);
  }
  void report(const Job& job, ScanMachine::Mark&) {
    machine_.wrote(job.scan, library::ScanBatchDone{}, now_);
  }
  template <class Other>
  void report(const Job&, Other&) {}

  void drain() {
    while (auto effect = machine_.poll()) {
      std::visit([&](auto& each) { take(each, *effect); }, *effect);
    }
  }
  template <class Work>
  void take(Work& work, ScanMachine::Effect& effect) {
    add_job(work.scan, work.folder, effect);
  }
  void take(ScanMachine::Write& write, ScanMachine::Effect& effect) {
    add_job(write.scan, write.batch.folder, effect);
  }
  void take(ScanMachine::Cancel& cancel, ScanMachine::Effect&) {
    for (Job& job : jobs_)
      if (job.scan == cancel.scan && !is_write(job)) job.forgotten = true;
  }
  void take(ScanMachine::Problem&, ScanMachine::Effect&) {}
  void take(ScanMachine::Finished& finished, ScanMachine::Effect&) {
    std::size_t f = place(finished.report.folder);
    if (live_[f]) scans_.ended(f);
    live_[f].reset();
  }
  void add_job(Handle scan, FolderId id, ScanMachine::Effect& effect) {
    std::size_t f = place(id);
    if (!live_[f] || *live_[f] != scan) {
      scans_.began(f);
      live_[f] = scan;
    }
    Job job;
    job.scan = scan;
    job.folder = f;
    job.effect = std::move(effect);
    if (is_write(job)) writes_.began(f);
    jobs_.push_back(std::move(job));
  }

  ScanMachine machine_{2, explore::recorder()};
  Now now_{{1'000'000}, {}};
  std::array<Folder, kFolders> folders_{Folder{FolderId{1}, true, 1, 0, true, false, 2},
                                        Folder{FolderId{2}}, Folder{FolderId{3}}};
  std::vector<Job> jobs_;
  std::array<std::optional<Handle>, kFolders> live_;
  OneLivePerKey scans_;   // of each folder
  OneLivePerKey writes_;  // of each folder
  int cancels_, edits_, changes_, vanishings_, seconds_ = 1;
};

}  // namespace

Plan scan_plan() {
  static constexpr ScanModel::Budget kAll{{2, 1, 1}, 1, 2, 1, 1};
  return {
      {"scan",
       [](Choose&) { return std::make_unique<ScanModel>(kAll); },
       {"a request beside a running scan", "a scan waits for a slot", "cancelled while it writes",
        "an edit during a scan", "the folder is gone", "an outcome that nobody waits for"}},
      std::nullopt,
      20'000};
}

// Few enough things for a search of all orders.
Plan scan_edit_plan() {
  static constexpr ScanModel::Budget kEdits{{1, 0, 0}, 0, 1, 1, 0};
  return {{"scan beside an edit",
           [](Choose&) { return std::make_unique<ScanModel>(kEdits); },
           {"an edit during a scan"}},
          explore::Bounds{},
          20'000};
}

}  // namespace tutti::races
