// Guards: that a snapshot's two directions are inverse, that extreme times stay defined, and that a
// cell hands over whole snapshots. How: properties over drawn snapshots; steps of a writer and a
// reader in drawn orders (every order: the race explorer's scenario `clock`).
#include "core/sync/clock_snapshot.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/sync/snapshot_cell.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::sync;

namespace {

double between(Choose& choose, double low, double high, const char* tag) {
  return low + (high - low) * static_cast<double>(choose.choose(1'000'001, tag)) / 1e6;
}

ClockSnapshot draw_clock(Choose& choose) {
  return {.at = {static_cast<std::int64_t>(choose.choose(1U << 31, "at"))},
          .base_us = static_cast<std::int64_t>(choose.choose(1U << 31, "base")) * 1000,
          .offset_us = between(choose, -1e6, 1e6, "offset"),
          .drift = between(choose, -1e-3, 1e-3, "drift"),
          .late_us = between(choose, -1e6, 1e6, "late"),
          .slew = between(choose, 0, 0.5, "slew"),
          .updates = 1 + choose.choose(9, "updates")};
}

}  // namespace

TEST_CASE("clock snapshot: there and back is the same time, and times never go back") {
  CHECK_FOR_ALL(1, 3000, [](Choose& choose) -> explore::Broken {
    ClockSnapshot clock = draw_clock(choose);
    ClientTime t{clock.at.us - 1'000'000 +
                 static_cast<std::int64_t>(choose.choose(20'000'000, "t"))};
    FAIL_UNLESS(std::abs((clock.to_client(clock.to_server(t)) - t).us) <= 2);
    FAIL_UNLESS(clock.to_server(t) <= clock.to_server({t.us + 1}));
    return explore::kHolds;
  });
}

TEST_CASE("clock snapshot: the correction fades at its speed and then is over") {
  ClockSnapshot clock{.late_us = 50'000, .slew = 0.5, .updates = 1};
  CHECK(clock.to_server({0}).us == -50'000);
  CHECK(clock.to_server({50'000}).us == 25'000);
  CHECK(clock.to_server({100'000}).us == 100'000);
  CHECK(clock.to_server({200'000}).us == 200'000);
  CHECK(clock.line({0}).us == 0);
}

TEST_CASE("clock snapshot: the ends of time are times too") {
  ClockSnapshot clock{.drift = 1e-3, .late_us = 1e6, .slew = 0.5, .updates = 1};
  for (std::int64_t t : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
    CHECK((clock.to_server({t}).us > 0) == (t > 0));
    CHECK((clock.to_client({t}).us > 0) == (t > 0));
  }
}

TEST_CASE("clock reader: never goes back within an epoch, follows into the next") {
  ClockReader reader;
  ClockSnapshot clock{.base_us = 1000, .updates = 1};
  CHECK(reader.read(clock, {100}).us == 1100);
  clock.base_us = 900;
  CHECK(reader.read(clock, {150}).us == 1100);
  CHECK(reader.read(clock, {250}).us == 1150);
  clock.epoch = 1;
  clock.base_us = 0;
  CHECK(reader.read(clock, {300}).us == 300);
}

TEST_CASE("snapshot cell: what is read was published, whole, for any order of accesses") {
  CHECK_FOR_ALL(2, 2000, [](Choose& choose) -> explore::Broken {
    SnapshotCell cell;
    ClockSnapshot before = draw_clock(choose), after = draw_clock(choose);
    cell.publish(before);
    FAIL_UNLESS(cell.read() == before);
    auto writing = SnapshotCell::begin(after);
    SnapshotCell::Reading reading;
    bool written = false, read = false;
    while (!written || !read) {
      bool writes = !written && (read || choose.choose(2, "who") == 0);
      (writes ? written : read) = writes ? cell.step(writing) : cell.step(reading);
    }
    auto seen = SnapshotCell::result(reading);
    FAIL_UNLESS(!seen || *seen == before || *seen == after);
    FAIL_UNLESS(cell.read() == after);
    return explore::kHolds;
  });
}

TEST_CASE("snapshot cell: a reader does not wait for a writer that was held up") {
  SnapshotCell cell;
  auto writing = SnapshotCell::begin({.updates = 1});
  cell.step(writing);
  CHECK_FALSE(cell.read());
  while (!cell.step(writing)) continue;
  CHECK(cell.read()->updates == 1);
}
