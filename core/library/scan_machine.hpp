#pragma once
// ScanMachine: scans of all folders, as a machine. A scan walks a folder in slices, compares each
// directory with what the library knows, has new and changed files read, and has the outcome
// written in batches; then it sweeps: what the library knows of directories that are gone. Work is
// effects; whoever executes them (shell/app/scanner) reports each outcome exactly once, unless the
// scan was cancelled.
//
// - Of one folder at most one scan runs, of all folders at most kScanSlots; a slot is a place in a
//   table, so it is free again however its scan ends.
// - Who asks for a scan gets one that begins after asking: a request beside a running scan waits
//   for its end; further requests join the one that waits.
// - Memory is bounded: directories at hand, at most kAhead files waiting to be read, and eight
//   bytes for each directory seen.
// - A folder that vanished, or is empty where it was not, makes its tracks unavailable. So does
//   what could not be looked at. Nothing is removed on such grounds.
// - A cancelled or killed scan leaves whole batches; the next one finds the rest by comparing.
// - A file that is edited during a scan is looked at anew, and what was read of it before is not
//   written over what is read after.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/base/observed.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/base/table.hpp"
#include "core/base/timers.hpp"
#include "core/library/scan.hpp"
#include "core/library/scan_plan.hpp"

namespace tutti::library {

inline constexpr std::size_t kScanSlots = 2;       // scans at once; more wait for their turn
inline constexpr std::size_t kReadFiles = 64;      // of one read batch
inline constexpr std::size_t kWriteRows = 500;     // of one write batch
inline constexpr std::size_t kAhead = 4096;        // files or rows that wait; then walking waits
inline constexpr std::size_t kPendingStarts = 64;  // changed directories; more become a scan of all
inline constexpr std::size_t kUnreachable = 1000;  // remembered; more: nothing is removed this time
inline constexpr Duration kSettle = millis(200);   // from a change to looking: copies come in heaps
inline constexpr Duration kWriteEvery = seconds(1);

struct ReadItem {
  std::string directory;
  std::string name;
  FileStamp stamp;  // as listed
  TrackId track;
  Version version;  // of the file's edits when the read was asked for
  std::uint64_t beside = 0;
};
// What became of it. `stale`: it changes while it is read; not_found: gone meanwhile. Both are
// left to the next scan. Everything else is a failed file.
using ReadOutcome = Result<ScannedFile>;

struct ScanReport {
  FolderId folder;
  ScanTotals totals;  // without `tracks`
  bool full = false;  // the whole folder was looked at
  bool cancelled = false;
  bool vanished = false;       // the folder could not be looked at: its tracks are unavailable
  std::optional<Error> error;  // it ended before its time
};
struct ScanProgress {
  bool running = false;
  bool waiting = false;  // for a slot, or for the scan before it
  std::int64_t seen = 0;
  std::int64_t read = 0;
  std::int64_t to_read = 0;  // waiting or being read; grows while the walk goes on
};

class ScanMachine {
 public:
  // Continue the walk with this number; `starts` begin it.
  struct Walk {
    Handle scan;
    FolderId folder;
    std::uint32_t walk = 0;
    std::vector<WalkStart> starts;
  };
  // The rows of each directory, in order.
  struct Load {
    Handle scan;
    FolderId folder;
    std::vector<std::string> directories;
  };
  // All directories of the folder in which the library knows a file.
  struct ListKnown {
    Handle scan;
    FolderId folder;
  };
  struct Read {
    Handle scan;
    FolderId folder;
    std::uint32_t batch = 0;
    std::vector<ReadItem> files;
  };
  struct Write {  // one in flight a scan
    Handle scan;
    ScanBatch batch;
  };
  struct Mark {  // a write like any other: can the folder as a whole be reached?
    Handle scan;
    FolderId folder;
    bool available = true;
  };
  struct Cancel {  // all jobs of the scan but its write; nothing of them is expected any more
    Handle scan;
  };
  struct Problem {  // for the report: a file that failed, a directory that cannot be looked into
    FolderId folder;
    std::string path;
    Error why;
  };
  struct Finished {
    ScanReport report;
  };
  using Effect = std::variant<Walk, Load, ListKnown, Read, Write, Mark, Cancel, Problem, Finished>;

  // `readers`: read batches in flight of one scan.
  explicit ScanMachine(std::size_t readers, Recorder* recorder = nullptr)
      : readers_(readers), scans_(recorder), timers_(recorder), recorder_(recorder) {}

  // Scan all of the folder.
  void request(FolderId folder, Now now);
  // Look there again, soon: somebody saw a change.
  void changed(FolderId folder, WalkStart where, Now now);
  // The file was rewritten by us: look at it at once.
  void edited(FolderId folder, const FilePath& file, Now now);
  // What runs and what waits. The end is reported for each.
  void cancel(FolderId folder, Now now);

  // Outcomes.
  void walked(Handle scan, WalkSlice slice, Now now);
  void loaded(Handle scan, std::vector<std::vector<KnownFile>> known, Now now);
  void listed(Handle scan, std::vector<std::string> directories, Now now);
  void read(Handle scan, std::uint32_t batch, std::vector<ReadOutcome> outcomes, Now now);
  void wrote(Handle scan, Result<ScanBatchDone> done, Now now);
  // A walk, load, list or read could not be done at all: the scan ends with this error.
  void failed(Handle scan, Error why, Now now);

  std::optional<Effect> poll();
  ServerTime deadline() const { return timers_.deadline(); }
  std::optional<TimerKey> take_due(Now now) { return timers_.take_due(now.mono); }
  void fire(TimerKey key, Now now);

  ScanProgress progress(FolderId folder) const;
  std::size_t running() const { return scans_.size(); }
  bool knows(Handle scan) const { return scans_.read(scan) != nullptr; }
  // Nothing runs, waits or is about to.
  bool idle() const;
  void describe(StateWriter& out) const;

 private:
  struct Folder {
    FolderId id;
    std::optional<Handle> scan;  // the last one; stale when none runs
    bool wants_full = false;
    bool queued = false;    // for a slot
    bool settling = false;  // its timer runs
    std::vector<WalkStart> pending;
  };
  using Loading = std::vector<ListedDirectory>;  // directories whose rows are asked for
  struct OpenWalk {
    std::uint32_t number = 0;
    std::vector<WalkStart> starts;  // empty once it has begun
  };
  struct Edit {  // of a path, during this scan
    Version version;
    bool read = false;  // a read of this version is on its way
  };
  enum class Sweep : std::uint8_t { waiting, listing, done };
  struct Scan {
    std::size_t place = 0;  // of its folder
    FolderId folder;
    bool full = false;
    bool vanished = false;
    bool cancelled = false;
    std::optional<Error> error;

    std::vector<OpenWalk> walks;  // the last goes first: an edited file is looked at at once
    std::uint32_t walk_numbers = 0;
    std::uint32_t walking = 0;             // the number of the one in flight; 0: none
    std::vector<WalkStart> scopes;         // of all walks
    std::vector<std::string> passed;       // as WalkSlice
    std::vector<std::uint64_t> seen;       // hashes of directories listed
    std::vector<std::string> unreachable;  // paths of problems
    bool unreachable_all = false;

    std::vector<Loading> to_load;  // first in, first out
    std::optional<Loading> loading;
    Sweep sweep = Sweep::waiting;

    Ring<ReadItem> to_read{SIZE_MAX};
    std::map<std::uint32_t, std::vector<ReadItem>> reading;  // by number of batch
    std::uint32_t batches = 0;
    std::unordered_map<std::string, Edit> edits;

    ScanBatch ready;  // rows that wait to be written
    bool writing = false;
    std::optional<bool> mark;  // to be written first
    ServerTime wrote_at;
    ScanTotals totals;
    std::int64_t files_read = 0;
  };

  Folder& folder(FolderId id);
  const Folder* find(FolderId id) const;
  bool is_running(const Folder& folder) const;
  bool is_ending(const Scan& scan) const { return scan.cancelled || scan.error.has_value(); }
  static void want(Folder& folder, WalkStart where);
  void settle(Folder& folder, Now now);
  void enqueue(Folder& folder, Now now);
  void start_waiting(Now now);
  void start(Folder& folder, Now now);
  void open_walk(Scan& scan, std::vector<WalkStart> starts);
  void abandon(Handle handle, Scan& scan);
  void finish(Handle handle, Scan& scan, Now now);

  void pump(Handle handle, Now now);
  void pump_walk(Handle handle, Scan& scan);
  void pump_loads(Handle handle, Scan& scan);
  void pump_reads(Handle handle, Scan& scan);
  void pump_writes(Handle handle, Scan& scan, Now now);
  void pump_sweep(Handle handle, Scan& scan);
  void plan(Scan& scan, const ListedDirectory& listed, const std::vector<KnownFile>& known);
  void accept(Scan& scan, const ReadItem& item, ReadOutcome outcome);
  void accept_failure(Scan& scan, const ReadItem& item, Error why);
  void note_problem(Scan& scan, const std::string& path, const Error& why);
  static bool is_unreachable(const Scan& scan, std::string_view path);
  static bool is_swept(const Scan& scan, const std::string& directory);
  static ScanBatch take_batch(Scan& scan);
  void emit(Effect effect) { INVARIANT(effects_.push(std::move(effect))); }

  std::size_t readers_;
  Table<Scan> scans_;
  std::vector<Folder> folders_;
  std::vector<std::size_t> waiting_;  // places of folders, first come first
  Timers timers_;
  Ring<Effect> effects_{1 << 16};
  Recorder* recorder_;
};

}  // namespace tutti::library
