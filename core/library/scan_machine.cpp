#include "core/library/scan_machine.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace tutti::library {
namespace {

constexpr std::uint16_t kMachine = 3;  // names this machine's timers

std::string path_of(std::string_view directory, std::string_view name) {
  std::string out(directory);
  if (!out.empty()) out += '/';
  return out += name;
}

template <class Row>
void forget_path(std::vector<Row>& rows, const FilePath& file) {
  std::erase_if(rows, [&](const Row& each) {
    return each.name == file.name && each.directory == file.directory;
  });
}

}  // namespace

ScanMachine::Folder& ScanMachine::folder(FolderId id) {
  for (Folder& each : folders_)
    if (each.id == id) return each;
  folders_.push_back({id, {}, false, false, false, {}});
  return folders_.back();
}

const ScanMachine::Folder* ScanMachine::find(FolderId id) const {
  for (const Folder& each : folders_)
    if (each.id == id) return &each;
  return nullptr;
}

bool ScanMachine::is_running(const Folder& folder) const {
  return folder.scan && scans_.read(*folder.scan) != nullptr;
}

void ScanMachine::request(FolderId id, Now now) {
  note_write(recorder_, this);
  Folder& asked = folder(id);
  asked.wants_full = true;
  enqueue(asked, now);
}

// Remembers where to look. Many places become one: everything.
void ScanMachine::want(Folder& folder, WalkStart where) {
  if (folder.wants_full) return;
  if (std::find(folder.pending.begin(), folder.pending.end(), where) != folder.pending.end())
    return;
  folder.pending.push_back(std::move(where));
  if (folder.pending.size() > kPendingStarts || folder.pending.back() == WalkStart{"", true}) {
    folder.pending.clear();
    folder.wants_full = true;
  }
}

void ScanMachine::settle(Folder& folder, Now now) {
  if (std::exchange(folder.settling, true)) return;  // not put off by each further change
  auto place = static_cast<std::uint64_t>(&folder - folders_.data());
  timers_.arm({kMachine, 0, place}, now.mono + kSettle);
}

void ScanMachine::changed(FolderId id, WalkStart where, Now now) {
  note_write(recorder_, this);
  Folder& changed = folder(id);
  want(changed, std::move(where));
  settle(changed, now);
}

void ScanMachine::edited(FolderId id, const FilePath& file, Now now) {
  note_write(recorder_, this);
  Folder& of = folder(id);
  Scan* scan = of.scan ? scans_.edit(*of.scan) : nullptr;
  WalkStart where{file.directory, false};
  if (scan == nullptr || is_ending(*scan)) {
    want(of, std::move(where));
    enqueue(of, now);
    return;
  }
  Edit& edit = scan->edits[path_of(file.directory, file.name)];
  edit = {edit.version.next(), false};
  forget_path(scan->ready.upserts, file);
  forget_path(scan->ready.failures, file);
  open_walk(*scan, {std::move(where)});
  pump(*of.scan, now);
}

void ScanMachine::fire(TimerKey key, Now now) {
  note_write(recorder_, this);
  Folder& of = folders_.at(key.id);
  of.settling = false;
  if (of.wants_full || !of.pending.empty()) enqueue(of, now);
}

void ScanMachine::enqueue(Folder& folder, Now now) {
  if (folder.queued) return;
  // A running scan may have passed what this one is to see: it waits, and `finish` comes back here.
  if (!GUARD("scan.one_per_folder", !is_running(folder))) return;
  folder.queued = true;
  waiting_.push_back(static_cast<std::size_t>(&folder - folders_.data()));
  start_waiting(now);
}

void ScanMachine::start_waiting(Now now) {
  while (!waiting_.empty() && GUARD("scan.slot", scans_.size() < kScanSlots)) {
    Folder& next = folders_.at(waiting_.front());
    waiting_.erase(waiting_.begin());
    start(next, now);
  }
}

void ScanMachine::start(Folder& folder, Now now) {
  folder.queued = false;
  Handle handle = scans_.create();
  folder.scan = handle;
  Scan& scan = *scans_.edit(handle);
  scan.place = static_cast<std::size_t>(&folder - folders_.data());
  scan.folder = folder.id;
  scan.ready.folder = folder.id;
  scan.wrote_at = now.mono;
  scan.full = std::exchange(folder.wants_full, false);
  auto starts = std::exchange(folder.pending, {});
  if (scan.full) starts = {{"", true}};
  open_walk(scan, std::move(starts));
  pump(handle, now);
}

void ScanMachine::open_walk(Scan& scan, std::vector<WalkStart> starts) {
  scan.scopes.insert(scan.scopes.end(), starts.begin(), starts.end());
  scan.walks.push_back({++scan.walk_numbers, std::move(starts)});
}

void ScanMachine::cancel(FolderId id, Now now) {
  note_write(recorder_, this);
  Folder& of = folder(id);
  of.wants_full = false;
  of.pending.clear();
  if (of.queued) {
    of.queued = false;
    std::erase(waiting_, static_cast<std::size_t>(&of - folders_.data()));
    ScanReport report;
    report.folder = id;
    report.cancelled = true;
    emit(Finished{std::move(report)});
  }
  Scan* scan = of.scan ? scans_.edit(*of.scan) : nullptr;
  if (scan == nullptr || is_ending(*scan)) return;
  scan->cancelled = true;
  abandon(*of.scan, *scan);
  pump(*of.scan, now);
}

// What is under way is forgotten but for the write, which cannot be taken back.
void ScanMachine::abandon(Handle handle, Scan& scan) {
  scan.walks.clear();
  scan.walking = 0;
  scan.to_load.clear();
  scan.loading.reset();
  scan.sweep = Sweep::done;
  scan.to_read.clear();
  scan.reading.clear();
  scan.ready = {};
  scan.mark.reset();
  emit(Cancel{handle});
}

void ScanMachine::failed(Handle handle, Error why, Now now) {
  note_write(recorder_, this);
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr || is_ending(*scan)) return;
  scan->error = std::move(why);
  abandon(handle, *scan);
  pump(handle, now);
}

void ScanMachine::wrote(Handle handle, Result<ScanBatchDone> done, Now now) {
  note_write(recorder_, this);
  Scan* scan = scans_.edit(handle);
  if (scan == nullptr) return;
  scan->writing = false;
  scan->wrote_at = now.mono;
  if (done) {
    scan->totals.added += done->added;
    scan->totals.changed += done->changed;
    scan->totals.removed += done->removed;
    scan->totals.failed += done->failed;
  } else if (!is_ending(*scan)) {
    scan->error = done.error();
    abandon(handle, *scan);
  }
  pump(handle, now);
}

void ScanMachine::finish(Handle handle, Scan& scan, Now now) {
  ScanReport report{scan.folder, scan.totals, scan.full, scan.cancelled, scan.vanished, scan.error};
  Folder& of = folders_.at(scan.place);
  scans_.erase(handle);
  emit(Finished{std::move(report)});
  // A whole scan somebody asked for meanwhile comes at once, changes when they have settled.
  if (of.wants_full) enqueue(of, now);
  else if (!of.pending.empty()) settle(of, now);
  start_waiting(now);
}

std::optional<ScanMachine::Effect> ScanMachine::poll() {
  if (effects_.empty()) return std::nullopt;
  note_write(recorder_, this);
  return effects_.pop();
}

ScanProgress ScanMachine::progress(FolderId id) const {
  note_read(recorder_, this);
  ScanProgress out;
  const Folder* of = find(id);
  if (of == nullptr) return out;
  out.waiting = of->queued || of->wants_full;
  const Scan* scan = of->scan ? scans_.read(*of->scan) : nullptr;
  if (scan == nullptr) return out;
  out.running = true;
  out.seen = scan->totals.seen;
  out.read = scan->files_read;
  out.to_read = static_cast<std::int64_t>(scan->to_read.size());
  for (const auto& [number, items] : scan->reading)
    out.to_read += static_cast<std::int64_t>(items.size());
  return out;
}

bool ScanMachine::idle() const {
  note_read(recorder_, this);
  return scans_.size() == 0 && waiting_.empty() && timers_.deadline() == kNever && effects_.empty();
}

void ScanMachine::describe(StateWriter& out) const {
  for (const Folder& each : folders_) {
    out.number(each.wants_full + 2U * each.queued + 4U * each.settling);
    out.number(each.pending.size());
    for (const WalkStart& where : each.pending) out.text(where.directory);
  }
  for (std::size_t place : waiting_) out.number(place);
  scans_.for_each([&](Handle handle, const Scan& scan) {
    out.handle(handle);
    out.number(scan.place);
    out.number(scan.full + 2U * scan.vanished + 4U * scan.cancelled + 8U * scan.error.has_value() +
               16U * scan.writing + 32U * scan.loading.has_value() +
               64U * static_cast<unsigned>(scan.sweep) + 512U * scan.mark.has_value());
    out.number(scan.walking);
    for (const OpenWalk& walk : scan.walks) out.number(walk.number * 2 + walk.starts.empty());
    out.number(scan.to_load.size());
    out.number(scan.to_read.size());
    for (std::size_t i = 0; i < scan.to_read.size(); ++i) out.text(scan.to_read[i].name);
    for (const auto& [number, items] : scan.reading) {
      out.number(number);
      for (const ReadItem& item : items) {
        out.text(item.name);
        out.number(item.version.number());
      }
    }
    for (const ScannedFile& row : scan.ready.upserts) out.text(row.name);
    for (const FilePath& row : scan.ready.removals) out.text(row.name);
    out.number(scan.ready.failures.size() + scan.ready.unavailable.size() +
               scan.ready.available.size());
    for (std::uint64_t seen : scan.seen) out.number(seen);
  });
  out.number(effects_.size());
  timers_.describe(out);
}

// Of a file that is edited during the scan, what was read of an earlier version is dropped, and
// what is read takes the place of all that waits to be written of it.
void ScanMachine::accept(Scan& scan, const ReadItem& item, ReadOutcome outcome) {
  ++scan.files_read;
  auto edit = scan.edits.find(path_of(item.directory, item.name));
  Version current = edit == scan.edits.end() ? Version{} : edit->second.version;
  if (!GUARD("scan.edited", is_current(current, item.version))) return;
  if (edit != scan.edits.end()) {
    edit->second.read = false;
    FilePath path{item.directory, item.name};
    forget_path(scan.ready.upserts, path);
    forget_path(scan.ready.failures, path);
    forget_path(scan.ready.removals, path);
    forget_path(scan.ready.unavailable, path);
  }
  if (!outcome) return accept_failure(scan, item, std::move(outcome.error()));
  outcome->directory = item.directory;
  outcome->name = item.name;
  outcome->track = item.track;
  outcome->beside = item.beside;
  scan.ready.upserts.push_back(std::move(*outcome));
}

// A file that is damaged is written down, to be tried again when it has changed. What failed for
// reasons outside of it (a disk, a lack of rights, of memory or time) is tried again next time.
void ScanMachine::accept_failure(Scan& scan, const ReadItem& item, Error why) {
  switch (why.code) {
    case Code::stale:
    case Code::not_found:
    case Code::cancelled: return;
    case Code::corrupt:
    case Code::unsupported:
    case Code::too_large:
    case Code::internal:
      note_problem(scan, path_of(item.directory, item.name), why);
      scan.ready.failures.push_back({item.directory, item.name, item.stamp, std::move(why)});
      return;
    default: ++scan.totals.failed; note_problem(scan, path_of(item.directory, item.name), why);
  }
}

void ScanMachine::note_problem(Scan& scan, const std::string& path, const Error& why) {
  emit(Problem{scan.folder, path, why});
}

}  // namespace tutti::library
