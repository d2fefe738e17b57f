// Guards: the exactness of timelines over long times and odd rates. How: 24 hours at the rates that
// truncated durations get wrong, and random frames there and back.
#include "core/sync/timeline.hpp"

#include <doctest/doctest.h>

#include "sim/explore/property.hpp"

using namespace tutti;
using sync::Timeline;

TEST_CASE("timeline: 24 hours end exactly, at any rate") {
  for (int rate : {44'100, 88'200, 11'025, 48'000, 192'000, 7'999}) {
    Timeline line({1234}, rate);
    CHECK(line.at(std::int64_t{rate} * 86'400).us == 1234 + 86'400'000'000);
    // What adding whole microseconds for each chunk of about 20 ms would do instead.
    std::int64_t chunk = rate / 50, added = 0;
    for (std::int64_t frame = 0; frame < std::int64_t{rate} * 3'600; frame += chunk)
      added += chunk * 1'000'000 / rate;
    if (rate == 11'025) CHECK(3'600'000'000 - added > 50'000);
  }
}

TEST_CASE("timeline: a frame's time names that frame, and times never go back") {
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    int rate = 1 + static_cast<int>(choose.choose(400'000, "rate"));
    Timeline line({static_cast<std::int64_t>(choose.choose(1U << 30, "start"))}, rate);
    auto frame = static_cast<std::int64_t>(explore::draw_bits(choose) >> 24);
    FAIL_UNLESS(line.at(frame) <= line.at(frame + 1));
    FAIL_UNLESS(line.frame_at(line.at(frame)) >= frame);
    FAIL_UNLESS(line.at(line.frame_at(line.at(frame))) <= line.at(frame));
    FAIL_UNLESS(rate > 1'000'000 || line.frame_at(line.at(frame)) == frame);
    return explore::kHolds;
  });
}

TEST_CASE("timeline: before its start frames are negative") {
  Timeline line({1'000'000}, 48'000);
  CHECK(line.frame_at({0}) == -48'000);
  CHECK(line.at(-48'000).us == 0);
}
