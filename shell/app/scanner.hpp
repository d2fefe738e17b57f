#pragma once
// Scanner: executes what the scan machine asks for. Walking is one lane, reading another (each of
// its workers with a child process), rows are written on the library's writer lane, which the owner
// brings. Thread: loop.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/random.hpp"
#include "core/library/scan_machine.hpp"
#include "shell/disk/walker.hpp"
#include "shell/disk/watcher.hpp"
#include "shell/loop/lane.hpp"
#include "shell/media/media_child.hpp"
#include "shell/store/library_writer.hpp"
#include "shell/store/store.hpp"

namespace tutti::shell {

struct ScannerOptions {
  int readers = 2;     // children that read files
  ChildOptions child;  // see this_program
  bool watch = false;  // look again by itself when something changes
  // With it: how long after a whole scan the next begins by itself, for what no watch saw (a disk
  // of another machine tells nothing); and in a folder that is known not to be watched as a whole.
  Duration every = seconds(24 * 3600);
  Duration every_blind = seconds(15 * 60);
};

struct ScannerEvents {
  // A scan ended; with it the number of tracks in the library.
  std::function<void(const library::ScanReport&, std::int64_t tracks)> finished;
  // A file that failed, a directory that cannot be looked into, a watch that cannot see all.
  std::function<void(const library::ScanMachine::Problem&)> problem;
};

// The folder as the library has it, made if it is new. Before the store is handed to its lanes.
Result<MusicFolder> folder_for(Store& store, LibraryWriter& writer, Random& random,
                               const std::string& path);

class Scanner {
 public:
  // `writer_lane` has one thread, the only one that uses `writer`; the owner ticks it, and destroys
  // it before this, since its jobs use what is here. All other references must outlive this.
  Scanner(Loop& loop, LibraryWriter& writer, Lane& writer_lane, Random& random,
          ScannerOptions options, ScannerEvents events);
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // A folder the library has (LibraryWriter::folders). Requests for others are dropped.
  void add_folder(const MusicFolder& folder);
  void remove_folder(FolderId folder);
  // See ScanMachine. edited: after TagWriter has rewritten the file.
  void request(FolderId folder);
  void cancel(FolderId folder);
  void edited(FolderId folder, const library::FilePath& file);

  // Call in each turn of the loop; and when to turn next.
  void turn(Now now);
  ServerTime deadline() const;

  library::ScanProgress progress(FolderId folder) const { return machine_.progress(folder); }
  // Nothing runs or waits, and the library is in order.
  bool idle() const;

 private:
  using Machine = library::ScanMachine;
  // What the writer's jobs of one scan share; used on the writer lane only.
  struct WriteState;
  struct WriteBatch;  // that is being written
  struct Folder {
    std::string path;
    std::string name;
    bool available = true;
    std::unique_ptr<Watcher> watcher;
    bool blind = false;  // not all of it is watched
    ServerTime next_scan = kNever;
  };
  struct Running {  // a scan of the machine
    std::map<std::uint32_t, std::shared_ptr<Walker>> walkers;
    std::set<std::uint64_t> walk_jobs, read_jobs, load_jobs;  // values of tokens
    std::shared_ptr<WriteState> writing;
  };
  using Paths = std::map<std::uint64_t, std::string>;  // of folders, by the value of their ids

  void drain();
  void perform(Machine::Walk& walk);
  void perform(Machine::Load& load);
  void perform(Machine::ListKnown& list);
  void perform(Machine::Read& read);
  void perform(Machine::Write& write);
  void write_part(std::shared_ptr<WriteBatch> batch);
  void perform(Machine::Mark& mark);
  void perform(Machine::Cancel& cancel);
  void perform(Machine::Problem& problem);
  void perform(Machine::Finished& finished);
  void read_waiting();
  void watch(FolderId id, Folder& folder);
  void scan_again_later(Folder& folder, Now now);
  void tidy();
  void retire_children();
  // Submits; `jobs` remembers the token until the job is over. What fails reaches `failed`.
  void submit(Lane& lane, std::set<std::uint64_t>* jobs, Duration limit,
              std::function<Completion(const Cancelled&)> run, std::function<void(Error)> failed);

  Loop& loop_;
  LibraryWriter& writer_;
  Lane& writer_lane_;
  Random& random_;
  ScannerOptions options_;
  ScannerEvents events_;
  Machine machine_;
  std::unordered_map<FolderId, Folder> folders_;
  std::shared_ptr<const Paths> paths_ = std::make_shared<Paths>();
  std::unordered_map<Handle, Running> running_;
  std::deque<Machine::Read> to_read_;                  // until a child is free
  std::vector<std::shared_ptr<MediaChild>> children_;  // that are free
  int children_out_ = 0;
  bool tidying_ = false;
  bool untidy_ = true;  // an earlier process may have left it so
  int counting_ = 0;    // scans whose tracks are being counted
  Lane walk_lane_;
  Lane read_lane_;
};

}  // namespace tutti::shell
