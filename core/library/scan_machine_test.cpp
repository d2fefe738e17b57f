// Guards: what a scan asks for and writes. How: a small world executes the effects one by one, on a
// disk and a library that are maps. All orders of events are the explorer's: sim/races.
#include "core/library/scan_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

using namespace tutti;
using namespace tutti::library;

namespace {

constexpr FolderId kMusic{1};

struct World {
  using Files = std::map<std::string, std::map<std::string, std::int64_t>>;  // mtime by name
  struct Row {
    std::int64_t mtime = 0;
    bool available = true;
    bool failed = false;
  };
  ScanMachine machine{2};
  Now now{{1'000'000}, {}};
  Files disk;
  std::map<std::string, std::map<std::string, Row>> rows;
  std::map<std::string, Error> broken;  // by name
  std::vector<WalkProblem> unreadable;
  bool root_gone = false;
  bool folder_available = true;
  std::vector<ScanReport> reports;
  std::vector<std::string> problems;
  std::size_t reads = 0, largest_write = 0, largest_read = 0, writes = 0;

  // Until nothing is left but timers, or `steps` effects.
  void run(std::size_t steps = 1'000'000) {
    while (steps-- > 0) {
      auto effect = machine.poll();
      if (!effect) return;
      std::visit([this](auto& each) { perform(each); }, *effect);
    }
  }
  void scan() {
    machine.request(kMusic, now);
    run();
  }
  const ScanReport& last() const { return reports.back(); }

  void perform(ScanMachine::Walk& walk) {
    WalkSlice slice;
    slice.finished = true;
    slice.root_gone = root_gone;
    slice.problems = unreadable;
    std::vector<WalkStart> starts = walk.starts;
    for (const auto& [directory, files] : disk) {
      bool wanted = std::any_of(starts.begin(), starts.end(), [&](const WalkStart& start) {
        return directory == start.directory ||
               (start.deep && directory.starts_with(start.directory));
      });
      if (!wanted || root_gone) continue;
      ListedDirectory listed{directory, {}};
      for (const auto& [name, mtime] : files) listed.files.push_back({name, {1, mtime}});
      slice.directories.push_back(std::move(listed));
    }
    for (const WalkStart& start : starts)
      if (!start.directory.empty() && !disk.contains(start.directory))
        slice.passed.push_back(start.directory);
    machine.walked(walk.scan, std::move(slice), now);
  }
  void perform(ScanMachine::Load& load) {
    std::vector<std::vector<KnownFile>> known;
    for (const std::string& directory : load.directories) {
      auto& list = known.emplace_back();
      for (const auto& [name, row] : rows[directory])
        list.push_back({name, {1, row.mtime}, TrackId{row.failed ? 0U : 7U}, row.available});
    }
    machine.loaded(load.scan, std::move(known), now);
  }
  void perform(ScanMachine::ListKnown& list) {
    std::vector<std::string> all;
    for (const auto& [directory, files] : rows)
      if (!files.empty()) all.push_back(directory);
    machine.listed(list.scan, std::move(all), now);
  }
  void perform(ScanMachine::Read& read) {
    largest_read = std::max(largest_read, read.files.size());
    std::vector<ReadOutcome> outcomes;
    for (const ReadItem& item : read.files) {
      ++reads;
      auto why = broken.find(item.name);
      ScannedFile file;
      file.stamp = {1, disk[item.directory][item.name]};
      if (why != broken.end()) outcomes.push_back(std::unexpected(why->second));
      else outcomes.emplace_back(std::move(file));
    }
    machine.read(read.scan, read.batch, std::move(outcomes), now);
  }
  void perform(ScanMachine::Write& write) {
    const ScanBatch& batch = write.batch;
    ScanBatchDone done;
    ++writes;
    largest_write = std::max(largest_write, batch.upserts.size() + batch.removals.size() +
                                                batch.failures.size() + batch.unavailable.size());
    for (const auto& file : batch.upserts) {
      ++(rows[file.directory].contains(file.name) ? done.changed : done.added);
      rows[file.directory][file.name] = {file.stamp.mtime_ns, true, false};
    }
    for (const auto& file : batch.failures) {
      ++done.failed;
      rows[file.directory][file.name] = {file.stamp.mtime_ns, true, true};
    }
    for (const auto& file : batch.removals)
      done.removed += static_cast<std::int64_t>(rows[file.directory].erase(file.name));
    for (const auto& file : batch.unavailable) rows[file.directory][file.name].available = false;
    for (const auto& file : batch.available) rows[file.directory][file.name].available = true;
    machine.wrote(write.scan, done, now);
  }
  void perform(ScanMachine::Mark& mark) {
    folder_available = mark.available;
    machine.wrote(mark.scan, ScanBatchDone{}, now);
  }
  void perform(ScanMachine::Cancel&) {}
  void perform(ScanMachine::Problem& problem) { problems.push_back(problem.path); }
  void perform(ScanMachine::Finished& finished) { reports.push_back(finished.report); }
};

}  // namespace

TEST_CASE("scan: everything is added once, then nothing is left to do") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}, {"c.mp3", 2}}}, {"x/y", {{"d.mp3", 1}}}};
  world.scan();
  CHECK(world.last().totals.added == 4);
  CHECK(world.last().totals.seen == 4);
  CHECK(world.last().full);
  world.scan();
  CHECK(world.last().totals.added == 0);
  CHECK(world.last().totals.changed == 0);
  CHECK(world.reads == 4);
  CHECK(world.machine.idle());
}

TEST_CASE("scan: changed files are read again, gone ones and those of gone directories removed") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}, {"c.mp3", 2}}}, {"x/y", {{"d.mp3", 1}}}};
  world.scan();
  world.disk["x"] = {{"b.mp3", 9}};
  world.disk.erase("x/y");
  world.scan();
  CHECK(world.last().totals.changed == 1);
  CHECK(world.last().totals.removed == 2);
  CHECK(world.reads == 5);
}

TEST_CASE("scan: a folder that is gone or empty makes itself unavailable, and removes nothing") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}}}};
  world.scan();
  world.root_gone = true;
  world.scan();
  CHECK(world.last().vanished);
  CHECK(world.last().totals.removed == 0);
  CHECK(!world.folder_available);
  world.root_gone = false;
  world.scan();
  CHECK(world.folder_available);
  CHECK(world.last().totals.added == 0);
  CHECK(world.rows["x"].size() == 1);
}

TEST_CASE("scan: what cannot be looked into is unavailable until it can, and never removed") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}}}, {"x/y", {{"c.mp3", 1}}}};
  world.scan();
  auto hidden = world.disk;
  world.disk.erase("x");
  world.disk.erase("x/y");
  world.unreadable = {{"x", {Code::forbidden, "no"}}};
  world.scan();
  CHECK(world.last().totals.removed == 0);
  CHECK(!world.rows["x"]["b.mp3"].available);
  CHECK(!world.rows["x/y"]["c.mp3"].available);
  CHECK(world.rows[""]["a.mp3"].available);
  world.disk = hidden;
  world.unreadable.clear();
  world.scan();
  CHECK(world.rows["x/y"]["c.mp3"].available);
  CHECK(world.reads == 3);
}

TEST_CASE("scan: more problems than are remembered: nothing is removed at all") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}}}};
  world.scan();
  world.disk.erase("x");
  for (std::size_t i = 0; i < 100'000; ++i)
    world.unreadable.push_back({"p" + std::to_string(i), {Code::io, "no"}});
  world.scan();
  CHECK(world.last().totals.removed == 0);
  CHECK(world.problems.size() == kUnreachable + 1);  // the last says that there are more
}

TEST_CASE(
    "scan: a damaged file fails once and is tried again when it changes, a failing disk is not its "
    "fault") {
  World world;
  world.disk = {{"", {{"bad.mp3", 1}, {"good.mp3", 1}, {"slow.mp3", 1}, {"moving.mp3", 1}}}};
  world.broken = {{"bad.mp3", {Code::corrupt, "damaged"}},
                  {"slow.mp3", {Code::io, "disk"}},
                  {"moving.mp3", {Code::stale, "changes"}}};
  world.scan();
  CHECK(world.last().totals.added == 1);
  CHECK(world.problems == std::vector<std::string>{"bad.mp3", "slow.mp3"});
  world.reads = 0;
  world.scan();
  CHECK(world.reads == 2);  // the disk's and the changing one, not the damaged one
  world.disk[""]["bad.mp3"] = 2;
  world.broken.clear();
  world.scan();
  CHECK(world.rows[""].size() == 4);
  CHECK(!world.rows[""]["bad.mp3"].failed);
}

TEST_CASE("scan: batches are bounded, whatever a directory holds") {
  World world;
  for (int i = 0; i < 3000; ++i) world.disk[""][std::to_string(i) + ".mp3"] = 1;
  world.scan();
  CHECK(world.last().totals.added == 3000);
  CHECK(world.largest_read == kReadFiles);
  CHECK(world.largest_write <= kWriteRows);
  world.disk[""] = {{"0.mp3", 1}};
  world.scan();
  CHECK(world.last().totals.removed == 2999);
  CHECK(world.largest_write <= kWriteRows);
}

TEST_CASE("scan: a request beside a running scan waits for its end, further ones join it") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}};
  world.machine.request(kMusic, world.now);
  world.run(1);
  for (int i = 0; i < 5; ++i) world.machine.request(kMusic, world.now);
  CHECK(world.machine.running() == 1);
  CHECK(world.machine.progress(kMusic).waiting);
  world.run();
  CHECK(world.reports.size() == 2);
}

TEST_CASE("scan: more folders than slots take turns") {
  World world;
  for (std::uint64_t id = 1; id <= kScanSlots + 3; ++id)
    world.machine.request(FolderId{id}, world.now);
  CHECK(world.machine.running() == kScanSlots);
  world.run();
  CHECK(world.reports.size() == kScanSlots + 3);
  CHECK(world.machine.idle());
}

TEST_CASE("scan: cancelled at any effect it ends, keeps whole batches, and the next one finishes") {
  for (std::size_t at = 0; at < 40; ++at) {
    World world;
    for (int i = 0; i < 1200; ++i)
      world.disk["d" + std::to_string(i % 7)][std::to_string(i) + ".mp3"] = 1;
    world.machine.request(kMusic, world.now);
    world.run(at);
    world.machine.cancel(kMusic, world.now);
    world.run();
    REQUIRE(!world.reports.empty());
    CHECK(world.machine.running() == 0);
    world.scan();
    CHECK(!world.last().cancelled);
    std::size_t rows = 0;
    for (const auto& [directory, files] : world.rows) rows += files.size();
    CHECK(rows == 1200);
  }
}

TEST_CASE("scan: changes settle, then only their directories are looked at; many become all") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}}}, {"y", {{"c.mp3", 1}}}};
  world.scan();
  world.disk["x"]["b.mp3"] = 2;
  world.disk["y"]["c.mp3"] = 2;
  world.machine.changed(kMusic, {"x", false}, world.now);
  world.machine.changed(kMusic, {"x", false}, world.now);
  CHECK(world.machine.running() == 0);
  CHECK(world.machine.deadline() == world.now.mono + kSettle);
  world.now.mono = world.machine.deadline();
  world.machine.fire(*world.machine.take_due(world.now), world.now);
  world.run();
  CHECK(world.last().totals.changed == 1);
  CHECK(!world.last().full);
  for (std::size_t i = 0; i <= kPendingStarts; ++i)
    world.machine.changed(kMusic, {"d" + std::to_string(i), false}, world.now);
  world.now.mono = world.machine.deadline();
  world.machine.fire(*world.machine.take_due(world.now), world.now);
  world.run();
  CHECK(world.last().full);
  CHECK(world.last().totals.changed == 1);
}

TEST_CASE("scan: a directory that was told of and is gone takes its files along") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}, {"x", {{"b.mp3", 1}}}, {"x/z", {{"d.mp3", 1}}}};
  world.scan();
  world.disk.erase("x");
  world.disk.erase("x/z");
  world.machine.changed(kMusic, {"x", true}, world.now);
  world.now.mono = world.machine.deadline();
  world.machine.fire(*world.machine.take_due(world.now), world.now);
  world.run();
  CHECK(world.last().totals.removed == 2);
  CHECK(world.rows[""].size() == 1);
}

TEST_CASE("scan: an edited file is looked at at once, without waiting for changes to settle") {
  World world;
  world.disk = {{"x", {{"b.mp3", 1}}}};
  world.scan();
  world.disk["x"]["b.mp3"] = 5;
  world.machine.edited(kMusic, {"x", "b.mp3"}, world.now);
  world.run();
  CHECK(world.rows["x"]["b.mp3"].mtime == 5);
}

TEST_CASE("scan: a failing store or walk ends it with the error and frees its slot") {
  World world;
  world.disk = {{"", {{"a.mp3", 1}}}};
  world.machine.request(kMusic, world.now);
  auto effect = world.machine.poll();
  REQUIRE(effect);
  world.machine.failed(std::get<ScanMachine::Walk>(*effect).scan, {Code::io, "broken"}, world.now);
  world.run();
  REQUIRE(world.last().error);
  CHECK(world.last().error->code == Code::io);
  CHECK(world.machine.running() == 0);
  world.scan();
  CHECK(world.last().totals.added == 1);
}
