// The work of one scan: what is asked for next, and what is made of the answers.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/library/scan_machine.hpp"

namespace tutti::library {
namespace {

// FNV-1a, 64 bits (Fowler, Noll, Vo), mixed. Two directories of one hash would make one that is
// gone look listed until the next scan's hashes are equal again: never, in practice.
std::uint64_t path_hash(std::string_view path) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash_mix(hash);
}

bool is_at_or_below(std::string_view path, std::string_view top) {
  return top.empty() || path == top || (path.starts_with(top) && path[top.size()] == '/');
}

// Moves up to `room` rows from the end of one list to another.
template <class Row>
void take(std::vector<Row>& from, std::vector<Row>& to, std::size_t& room) {
  std::size_t n = std::min(room, from.size());
  auto first = from.end() - static_cast<std::ptrdiff_t>(n);
  to.insert(to.end(), std::make_move_iterator(first), std::make_move_iterator(from.end()));
  from.erase(first, from.end());
  room -= n;
}

}  // namespace

void ScanMachine::walked(Handle handle, WalkSlice slice, Now now) {
  note_write(recorder_, this);
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr || is_ending(*scan)) return;
  std::uint32_t number = std::exchange(scan->walking, 0);
  if (slice.finished)
    std::erase_if(scan->walks, [&](const OpenWalk& walk) { return walk.number == number; });
  for (const WalkProblem& problem : slice.problems) {
    if (scan->unreachable.size() < kUnreachable) {
      scan->unreachable.push_back(problem.path);
      note_problem(*scan, problem.path, problem.why);
    } else if (!std::exchange(scan->unreachable_all, true)) {
      note_problem(*scan, "",
                   {Code::io, "more places could not be looked into than are listed",
                    "nothing is removed from the library this time"});
    }
  }
  if (GUARD("scan.vanished", slice.root_gone)) {
    // Where a disk is not mounted, everything looks removed.
    scan->vanished = true;
    scan->walks.clear();
    scan->to_load.clear();
    scan->sweep = Sweep::done;
    if (scan->mark != false) scan->mark = false;
  } else {
    if (scan->seen.empty() && !slice.directories.empty()) scan->mark = true;
    if (!slice.passed.empty()) scan->sweep = Sweep::waiting;
    std::move(slice.passed.begin(), slice.passed.end(), std::back_inserter(scan->passed));
    for (const ListedDirectory& each : slice.directories) {
      scan->seen.push_back(path_hash(each.directory));
      scan->totals.seen += static_cast<std::int64_t>(each.files.size());
    }
    if (!slice.directories.empty()) scan->to_load.push_back(std::move(slice.directories));
  }
  pump(handle, now);
}

void ScanMachine::loaded(Handle handle, std::vector<std::vector<KnownFile>> known, Now now) {
  note_write(recorder_, this);
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr || is_ending(*scan) || !scan->loading) return;
  Loading directories = std::move(*scan->loading);
  scan->loading.reset();
  INVARIANT(known.size() == directories.size());
  for (std::size_t i = 0; i < known.size() && !scan->vanished; ++i)
    plan(*scan, directories[i], known[i]);
  pump(handle, now);
}

void ScanMachine::plan(Scan& scan, const ListedDirectory& listed,
                       const std::vector<KnownFile>& known) {
  DirectoryPlan todo = plan_directory(listed.files, known);
  std::string path = listed.directory.empty() ? "" : listed.directory + "/";
  std::size_t length = path.size();
  auto full_path = [&](const std::string& name) -> const std::string& {
    path.resize(length);
    return path += name;
  };
  for (PlannedRead& each : todo.reads) {
    Version version;
    auto edit = scan.edits.empty() ? scan.edits.end() : scan.edits.find(full_path(each.name));
    if (edit != scan.edits.end()) {
      // Two reads of one version could arrive in either order; the one on its way will do.
      if (!GUARD("scan.one_read", !edit->second.read)) continue;
      edit->second.read = true;
      version = edit->second.version;
    }
    INVARIANT(scan.to_read.push(ReadItem{listed.directory, std::move(each.name), each.stamp,
                                         each.track, version, each.beside}));
  }
  for (GoneFile& each : todo.gone) {
    FilePath file{listed.directory, std::move(each.name)};
    if (!is_unreachable(scan, full_path(file.name))) scan.ready.removals.push_back(std::move(file));
    else if (each.available) scan.ready.unavailable.push_back(std::move(file));
  }
  for (std::string& name : todo.back)
    scan.ready.available.push_back({listed.directory, std::move(name)});
}

bool ScanMachine::is_unreachable(const Scan& scan, std::string_view path) {
  if (scan.unreachable_all) return true;
  return std::any_of(scan.unreachable.begin(), scan.unreachable.end(),
                     [&](const std::string& top) { return is_at_or_below(path, top); });
}

void ScanMachine::read(Handle handle, std::uint32_t batch, std::vector<ReadOutcome> outcomes,
                       Now now) {
  note_write(recorder_, this);
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr) return;
  auto found = scan->reading.find(batch);
  if (found == scan->reading.end()) return;  // forgotten by a cancellation
  std::vector<ReadItem> items = std::move(found->second);
  scan->reading.erase(found);
  INVARIANT(items.size() == outcomes.size());
  std::optional<Error> hopeless;
  for (std::size_t i = 0; i < items.size() && !scan->vanished; ++i) {
    if (!outcomes[i] && outcomes[i].error().code == Code::unavailable)
      hopeless = outcomes[i].error();
    accept(*scan, items[i], std::move(outcomes[i]));
  }
  if (hopeless) failed(handle, std::move(*hopeless), now);
  else pump(handle, now);
}

// The directories of the library that this scan was to see and did not.
void ScanMachine::listed(Handle handle, std::vector<std::string> directories, Now now) {
  note_write(recorder_, this);
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr || is_ending(*scan) || scan->vanished) return;
  constexpr std::size_t kLoadDirectories = 64;
  if (scan->sweep == Sweep::listing) scan->sweep = Sweep::done;
  std::sort(scan->seen.begin(), scan->seen.end());
  Loading gone;
  for (std::string& directory : directories) {
    if (!is_swept(*scan, directory)) continue;
    gone.push_back({std::move(directory), {}});
    if (gone.size() == kLoadDirectories) scan->to_load.push_back(std::exchange(gone, {}));
  }
  if (!gone.empty()) scan->to_load.push_back(std::move(gone));
  pump(handle, now);
}

bool ScanMachine::is_swept(const Scan& scan, const std::string& directory) {
  if (std::binary_search(scan.seen.begin(), scan.seen.end(), path_hash(directory))) return false;
  auto below = [&](const std::string& top) { return is_at_or_below(directory, top); };
  if (std::any_of(scan.passed.begin(), scan.passed.end(), below)) return true;
  return std::any_of(scan.scopes.begin(), scan.scopes.end(),
                     [&](const WalkStart& scope) { return scope.deep && below(scope.directory); });
}

void ScanMachine::pump(Handle handle, Now now) {
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr) return;
  if (!is_ending(*scan)) {
    pump_walk(handle, *scan);
    pump_loads(handle, *scan);
    pump_sweep(handle, *scan);
    pump_reads(handle, *scan);
  }
  pump_writes(handle, *scan, now);
  bool quiet = scan->walks.empty() && scan->walking == 0 && scan->to_load.empty() &&
               !scan->loading && scan->sweep == Sweep::done && scan->to_read.empty() &&
               scan->reading.empty() && row_count(scan->ready) == 0 && !scan->mark;
  // What a write is about to change, the next scan must not have read before it.
  if (quiet && GUARD("scan.write_in_flight", !scan->writing)) finish(handle, *scan, now);
}

void ScanMachine::pump_walk(Handle handle, Scan& scan) {
  if (scan.walks.empty() || scan.walking != 0 || scan.to_load.size() > 1) return;
  if (scan.to_read.size() + row_count(scan.ready) >= kAhead) return;
  OpenWalk& walk = scan.walks.back();
  scan.walking = walk.number;
  emit(Walk{handle, scan.folder, walk.number, std::exchange(walk.starts, {})});
}

void ScanMachine::pump_loads(Handle handle, Scan& scan) {
  if (scan.loading || scan.to_load.empty()) return;
  if (scan.to_read.size() + row_count(scan.ready) >= kAhead) return;
  scan.loading = std::move(scan.to_load.front());
  scan.to_load.erase(scan.to_load.begin());
  Load load{handle, scan.folder, {}};
  for (const ListedDirectory& each : *scan.loading) load.directories.push_back(each.directory);
  emit(std::move(load));
}

void ScanMachine::pump_sweep(Handle handle, Scan& scan) {
  bool walked = scan.walks.empty() && scan.walking == 0 && scan.to_load.empty() && !scan.loading;
  if (scan.sweep != Sweep::waiting || !walked) return;
  bool deep = std::any_of(scan.scopes.begin(), scan.scopes.end(),
                          [](const WalkStart& scope) { return scope.deep; });
  scan.sweep = deep || !scan.passed.empty() ? Sweep::listing : Sweep::done;
  if (scan.sweep == Sweep::listing) emit(ListKnown{handle, scan.folder});
}

void ScanMachine::pump_reads(Handle handle, Scan& scan) {
  if (scan.vanished) scan.to_read.clear();
  while (scan.reading.size() < readers_ && !scan.to_read.empty()) {
    std::vector<ReadItem> items;
    while (items.size() < kReadFiles && !scan.to_read.empty()) items.push_back(scan.to_read.pop());
    std::uint32_t number = ++scan.batches;
    emit(Read{handle, scan.folder, number, items});
    scan.reading.emplace(number, std::move(items));
  }
}

// Whole batches as they fill; less when nothing more is on its way, or when rows have waited long.
void ScanMachine::pump_writes(Handle handle, Scan& scan, Now now) {
  if (scan.writing) return;
  if (scan.mark) {
    scan.writing = true;
    if (scan.vanished) scan.ready = {};
    emit(Mark{handle, scan.folder, *std::exchange(scan.mark, std::nullopt)});
    return;
  }
  if (scan.vanished) scan.ready = {};
  std::size_t waiting = row_count(scan.ready);
  bool coming = !scan.reading.empty() || !scan.to_read.empty() || scan.loading ||
                !scan.to_load.empty() || scan.walking != 0;
  if (waiting == 0) return;
  if (waiting < kWriteRows && coming && now.mono - scan.wrote_at < kWriteEvery) return;
  scan.writing = true;
  emit(Write{handle, take_batch(scan)});
}

// Upserts before removals: a file read after it was missed is removed only if it is missed again.
ScanBatch ScanMachine::take_batch(Scan& scan) {
  ScanBatch batch;
  batch.folder = scan.folder;
  std::size_t room = kWriteRows;
  take(scan.ready.upserts, batch.upserts, room);
  take(scan.ready.failures, batch.failures, room);
  take(scan.ready.removals, batch.removals, room);
  take(scan.ready.unavailable, batch.unavailable, room);
  take(scan.ready.available, batch.available, room);
  return batch;
}

}  // namespace tutti::library
