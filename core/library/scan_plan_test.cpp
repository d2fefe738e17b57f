// Guards: what one directory needs is exactly the difference of its files and its rows. How: random
// directories against the definition, entry by entry.
#include "core/library/scan_plan.hpp"

#include <doctest/doctest.h>

#include <map>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::library;

TEST_CASE("scan plan: each file and row is new, changed, gone, back or unchanged, as defined") {
  CHECK_FOR_ALL(1, 3000, [](Choose& choose) -> explore::Broken {
    std::map<std::string, FileStamp> disk;
    std::map<std::string, KnownFile> rows;
    for (std::uint32_t n = choose.choose(8, "files"); n > 0; --n)
      disk[explore::draw_bytes(choose, 2)] = {choose.choose(2, "size"), choose.choose(2, "mtime")};
    for (std::uint32_t n = choose.choose(8, "rows"); n > 0; --n) {
      std::string name = explore::draw_bytes(choose, 2);
      FileStamp stamp{choose.choose(2, "size"), choose.choose(2, "mtime")};
      rows[name] = {name, stamp, TrackId{1 + choose.choose(9, "id")},
                    choose.choose(2, "there") == 0};
    }
    if (choose.choose(2, "alike") == 0)
      for (auto& [name, row] : rows) disk.try_emplace(name, row.stamp);
    for (auto& [name, row] : rows) {
      row.beside = choose.choose(2, "beside the row");
      if (choose.choose(4, "failed") == 0) row.track = {};
    }
    std::map<std::string, std::uint64_t> beside;
    for (auto& [name, stamp] : disk) beside[name] = choose.choose(2, "beside the file");
    std::vector<ScanEntry> files;
    std::vector<KnownFile> known;
    for (auto& [name, stamp] : disk) files.push_back({name, stamp, beside[name]});
    for (auto& [name, row] : rows) known.push_back(row);
    DirectoryPlan plan = plan_directory(files, known);
    std::size_t reads = 0, gone = 0, back = 0;
    std::int64_t unchanged = 0;
    for (auto& [name, stamp] : disk) {
      bool same = rows.contains(name) && rows[name].stamp == stamp &&
                  (!rows[name].track || rows[name].beside == beside[name]);
      unchanged += same ? 1 : 0;
      if (same && !rows[name].available) FAIL_UNLESS(plan.back.at(back++) == name);
      if (same) continue;
      const PlannedRead& read = plan.reads.at(reads++);
      FAIL_UNLESS(read.name == name && read.stamp == stamp && read.beside == beside[name]);
      FAIL_UNLESS(read.track == (rows.contains(name) ? rows[name].track : TrackId{}));
    }
    for (auto& [name, row] : rows) {
      if (disk.contains(name)) continue;
      FAIL_UNLESS(plan.gone.at(gone).name == name && plan.gone[gone].available == row.available);
      ++gone;
    }
    FAIL_UNLESS(plan.reads.size() == reads && plan.gone.size() == gone &&
                plan.back.size() == back && plan.unchanged == unchanged);
    return explore::kHolds;
  });
}

TEST_CASE("scan: names that are audio, and those that are passed by") {
  for (const char* name : {"a.mp3", "a.FLAC", "b c.Ogg", "x.opus", "x.m4a", "x.wv", "\xff.dsf"})
    CHECK(is_audio_name(name));
  for (const char* name : {"a.txt", "mp3", ".mp3", "._a.mp3", "a.mp3.tmp-12", "cover.jpg", "a."})
    CHECK_FALSE(is_audio_name(name));
}
