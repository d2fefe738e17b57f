// S2, measured in the system of report 000: a chunk of 25 ms takes as many whole frames as fit, at
// 44.1 kHz 1,102 of 1,102.5, and the timeline goes on by the full 25 ms: 1.6 s of drift per hour.
// No interleaving: arithmetic. The repaired timeline counts frames.
#include <cstdint>

#include "sim/explore/property.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

constexpr std::uint64_t kMicros = 1'000'000;

struct Timeline {
  const bool repaired;
  std::uint64_t rate;
  std::uint64_t micros = 0;
  std::uint64_t part = 0;  // of a microsecond, in 1/rate

  // Each chunk has as many whole frames as fit into its duration, which is in microseconds.
  void advance(std::uint64_t frames, std::uint64_t duration, std::uint64_t chunks) {
    if (!repaired) {
      micros += chunks * duration;  // 1,102 frames count as 25 ms, which is 1,102.5
      return;
    }
    // The fix: what was sent counts, as an exact rational.
    std::uint64_t more = frames * chunks * kMicros + part;
    micros += more / rate;
    part = more % rate;
  }
};

explore::Broken day_of_chunks(Choose& choose, bool repaired) {
  constexpr std::uint64_t kDay = 24 * 3600 * kMicros;
  Timeline timeline{repaired,
                    explore::pick<std::uint64_t>(choose, {48'000, 44'100, 88'200, 11'025}, "rate")};
  std::uint64_t frames = 0;
  for (std::uint64_t passed = 0; passed < kDay && choose.choose(4, "goes on") > 0;) {
    auto duration = explore::pick<std::uint64_t>(choose, {25'000, 20'000, 10'000, 2'500}, "us");
    std::uint64_t most = (kDay - passed) / duration;
    std::uint64_t chunks = choose.choose(static_cast<std::uint32_t>(most + 1), "chunks");
    std::uint64_t each = timeline.rate * duration / kMicros;
    timeline.advance(each, duration, chunks);
    frames += each * chunks;
    passed += duration * chunks + 1;
  }
  std::uint64_t exact = frames * kMicros;  // in 1/rate of a microsecond
  // Ahead or late by a microsecond or more; and with the part there is no error at all.
  bool near = timeline.micros * timeline.rate <= exact &&
              exact - timeline.micros * timeline.rate < timeline.rate;
  FAIL_UNLESS(near, "the timeline is not what was sent");
  FAIL_UNLESS(!repaired || timeline.micros * timeline.rate + timeline.part == exact, "not exact");
  return explore::kHolds;
}

}  // namespace

Row row_s2() {
  Row row{"S2", "beyond", "L", "chunk durations rounded down",
          "timelines are exact rationals: no error after 24 h at any rate"};
  row.wrong_property = [](Choose& choose) { return day_of_chunks(choose, false); };
  row.repaired_property = [](Choose& choose) { return day_of_chunks(choose, true); };
  row.waits = "rooms";
  return row;
}

}  // namespace tutti::races
