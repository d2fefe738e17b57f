// 2424, report 002 (Dimension 2, "List comprehension (not * n) for band arrays",
// parallel_processor.py:218-222): safe in the report; the wrong variant is the code before that
// fix, `[zeros(frames)] * bands`, whose entries are one buffer. No interleaving is needed: any two
// bands written one after the other show it.
#include "sim/explore/property.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

// Each band is a view of the memory that it was given.
struct Bands {
  std::vector<std::vector<int>> memory;
  std::vector<std::vector<int>*> band;

  Bands(std::size_t bands, std::size_t frames, bool repaired) {
    // The fix: [zeros(frames) for _ in range(bands)].
    memory.assign(repaired ? bands : 1, std::vector<int>(frames));
    for (std::size_t i = 0; i < bands; ++i) band.push_back(&memory[repaired ? i : 0]);
  }
};

// Splits into bands that each take a drawn share of the input, in a drawn order, then sums them.
explore::Broken bands_sum_to_input(Choose& choose, bool repaired) {
  std::size_t bands = 1 + choose.choose(4, "bands");
  std::size_t frames = 1 + choose.choose(4, "frames");
  Bands split(bands, frames, repaired);
  std::vector<int> shares, sum(frames), want(frames);
  for (std::size_t i = 0; i < bands; ++i)
    shares.push_back(static_cast<int>(choose.choose(5, "share")));
  std::size_t first = choose.choose(static_cast<std::uint32_t>(bands), "first band");
  for (std::size_t i = 0; i < bands; ++i) {
    std::size_t at = (first + i) % bands;
    for (std::size_t f = 0; f < frames; ++f)
      (*split.band[at])[f] = shares[at] * static_cast<int>(f + 1);
  }
  for (std::size_t i = 0; i < bands; ++i) {
    for (std::size_t f = 0; f < frames; ++f) {
      sum[f] += (*split.band[i])[f];
      want[f] += shares[i] * static_cast<int>(f + 1);
    }
  }
  FAIL_UNLESS(sum == want, "two bands are one buffer");
  return explore::kHolds;
}

}  // namespace

Row row_2424() {
  Row row{"2424", "002", "L", "bands that are one buffer",
          "channels and bands never alias one buffer"};
  row.wrong_property = [](Choose& choose) { return bands_sum_to_input(choose, false); };
  row.repaired_property = [](Choose& choose) { return bands_sum_to_input(choose, true); };
  row.waits = "mastering";
  return row;
}

}  // namespace tutti::races
