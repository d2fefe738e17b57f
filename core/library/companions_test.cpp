// Guards: which files beside tracks belong to them, and that any change of these shows in the mark.
// How: names of every kind; drawn directories in two orders, then one change.
#include "core/library/companions.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::library;

namespace {

struct File {
  std::string name;
  FileStamp stamp;
};

Companions listed(const std::vector<File>& files) {
  Companions out;
  for (const File& file : files) out.add(file.name, file.stamp);
  out.sort();
  return out;
}

}  // namespace

TEST_CASE("companions: covers in their order, in any case; lyrics of the track's name") {
  CHECK(cover_rank("cover.jpg") == 0);
  CHECK(cover_rank("Cover.JPEG") < cover_rank("cover.png"));
  CHECK(cover_rank("COVER.webp") < cover_rank("folder.jpg"));
  CHECK(cover_rank("folder.webp") < cover_rank("front.jpg"));
  for (const char* name : {"cover", "cover.gif", "my cover.jpg", "cover.jpg.tmp", ".jpg", "", "x"})
    CHECK(cover_rank(name) == -1);
  for (const char* name : {"a.lrc", "a.b.LRC", "front.png"}) CHECK(is_companion_name(name));
  for (const char* name : {".lrc", "lrc", "a.lrcx", "a.mp3"}) CHECK_FALSE(is_companion_name(name));
  Companions all = listed({{"a.LRC"}, {"Folder.jpg"}, {"a.lrc"}, {"a.b.lrc"}, {"front.png"}});
  CHECK(all.cover() == "Folder.jpg");
  CHECK(all.lyrics("a.mp3") == "a.lrc");
  CHECK(all.lyrics("a.b.flac") == "a.b.lrc");
  CHECK(all.lyrics("b.mp3").empty());
  CHECK(all.lyrics("A.mp3").empty());
  CHECK(listed({{"note.txt"}}).mark("a.mp3") == 0);
}

TEST_CASE("companions: the mark is that of what belongs to a track, however it was listed") {
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    const std::vector<std::string> names{"cover.jpg", "Cover.jpg", "front.png", "a.lrc",
                                         "a.LRC",     "b.lrc",     "notes.txt"};
    std::vector<File> files;
    for (const std::string& name : names)
      if (choose.choose(2, "there") == 0)
        files.push_back({name, {choose.choose(3, "size"), choose.choose(3, "time")}});
    Companions before = listed(files);
    std::vector<File> other(files.rbegin(), files.rend());
    FAIL_UNLESS(listed(other).mark("a.mp3") == before.mark("a.mp3"));
    FAIL_UNLESS(listed(other).cover() == before.cover());
    if (files.empty()) return explore::kHolds;
    std::size_t at = choose.choose(static_cast<std::uint32_t>(files.size()), "changed");
    std::string name = files[at].name;
    bool belongs = name == before.cover() || name == before.lyrics("a.mp3");
    if (choose.choose(2, "gone") == 0) files.erase(files.begin() + static_cast<std::ptrdiff_t>(at));
    else files[at].stamp.mtime_ns += 7;
    FAIL_UNLESS((listed(files).mark("a.mp3") != before.mark("a.mp3")) == belongs, name);
    return explore::kHolds;
  });
}
