// Guards: the laws of the simulated disk, on which the laws of whatever writes to it rest.
// How: the same few operations under thousands of drawn power losses; what must survive does in
// all of them, and what may tear does in some.
#include "sim/world/disk.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tutti;
using namespace tutti::world;

namespace {

// What a file holds after each of many power losses: its content, or "-" where it has no name.
template <class Do>
std::set<std::string> after_power_loss(const std::string& path, Do&& prepare) {
  std::set<std::string> found;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SeededChoose choose(seed);
    Disk disk(choose);
    prepare(disk);
    disk.lose_power();
    found.insert(disk.read(path).value_or("-"));
  }
  return found;
}
using Set = std::set<std::string>;

// Replaces "d/file" the safe way; each step may be left out.
void replace(Disk& disk, std::string_view with, bool sync, bool rename, bool sync_folder) {
  std::string name = rename ? "d/file.tmp" : "d/file";
  REQUIRE(disk.create(name));
  REQUIRE(disk.append(name, with));
  if (sync) REQUIRE(disk.sync(name));
  if (rename) REQUIRE(disk.rename(name, "d/file"));
  if (sync_folder) REQUIRE(disk.sync_folder("d"));
}
void old_file(Disk& disk) { replace(disk, "old", true, false, true); }

}  // namespace

TEST_CASE("disk: what was synced, with its folder, is there after every power loss") {
  CHECK(after_power_loss("d/file", [](Disk& disk) { old_file(disk); }) == Set{"old"});
}

TEST_CASE("disk: a name without a sync of its folder may be gone, its bytes are whole if not") {
  auto found =
      after_power_loss("d/file", [](Disk& disk) { replace(disk, "abc", true, false, false); });
  CHECK(found == Set{"-", "abc"});
}

TEST_CASE("disk: bytes that were not synced may be lost, torn at any byte, or zeros") {
  auto found =
      after_power_loss("d/file", [](Disk& disk) { replace(disk, "abc", false, false, true); });
  CHECK(found == Set{"", "a", "ab", "abc", std::string(3, '\0')});
}

TEST_CASE("disk: a later write may survive an earlier one") {
  auto found = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    REQUIRE(disk.write_at("d/file", 0, "O"));
    REQUIRE(disk.write_at("d/file", 2, "D"));
  });
  CHECK(found == Set{"old", "Old", "olD", "OlD"});
}

TEST_CASE("disk: temporary name, sync, rename, sync of the folder: old or new, then new") {
  auto before = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    replace(disk, "new!", true, true, false);
  });
  CHECK(before == Set{"old", "new!"});
  auto done = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    replace(disk, "new!", true, true, true);
  });
  CHECK(done == Set{"new!"});
}

TEST_CASE("disk: the two famous mistakes are found: no sync before the rename, none at all") {
  auto no_sync = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    replace(disk, "new!", false, true, true);
  });
  CHECK(no_sync.contains(""));
  CHECK(no_sync.contains("ne"));
  auto in_place = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    replace(disk, "new!", false, false, false);
  });
  CHECK(in_place.size() > 3);
}

TEST_CASE("disk: a removal without a sync of its folder may be undone") {
  auto found = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    REQUIRE(disk.remove("d/file"));
  });
  CHECK(found == Set{"-", "old"});
}

TEST_CASE("disk: a sync that failed has lost its writes, whatever the next one says") {
  auto found = after_power_loss("d/file", [](Disk& disk) {
    old_file(disk);
    REQUIRE(disk.append("d/file", "er"));
    disk.fail_one_in(1);
    CHECK(disk.sync("d/file").error().code == Code::io);
    disk.fail_one_in(0);
    REQUIRE(disk.sync("d/file"));
    CHECK(disk.read("d/file") == "older");  // programs still see it
  });
  CHECK(found == Set{"old"});
}

TEST_CASE("disk: a full one refuses and changes nothing") {
  SeededChoose choose(1);
  Disk disk(choose);
  old_file(disk);
  disk.limit(5);
  CHECK(disk.append("d/file", "est").error().code == Code::no_space);
  CHECK(disk.read("d/file") == "old");
  CHECK(disk.used() == 3);
  CHECK(disk.append("d/none", "x").error().code == Code::not_found);
}
