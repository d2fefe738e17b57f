// S7, measured in the system of report 000: the resampler is built anew for each call, so what its
// filter still holds at the end of a call is thrown away: 35 % of the audio at its chunk size. No
// interleaving: the output must not depend on how the input is cut into blocks.
#include "sim/explore/property.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using Samples = std::vector<int>;

// Three samples in, two out: the sums of neighbours. What does not make three stays for the next.
class Resampler {
 public:
  void process(const Samples& in, Samples& out) {
    for (int sample : in) {
      held_.push_back(sample);
      if (held_.size() < 3) continue;
      out.push_back(held_[0] + held_[1]);
      out.push_back(held_[1] + held_[2]);
      held_.clear();
    }
  }

 private:
  Samples held_;
};

explore::Broken any_partition(Choose& choose, bool repaired) {
  Samples whole, want, got;
  Resampler stream;  // the fix: lives as long as its stream
  std::size_t blocks = choose.choose(6, "blocks");
  for (std::size_t i = 0; i < blocks; ++i) {
    Samples block;
    std::size_t frames = choose.choose(8, "frames of a block");
    for (std::size_t f = 0; f < frames; ++f) {
      whole.push_back(static_cast<int>(whole.size() * whole.size()));
      block.push_back(whole.back());
    }
    Resampler anew;
    (repaired ? stream : anew).process(block, got);
  }
  Resampler().process(whole, want);
  FAIL_UNLESS(got.size() == want.size(), "audio lost between calls");
  FAIL_UNLESS(got == want, "the output depends on the blocks");
  return explore::kHolds;
}

}  // namespace

Row row_s7() {
  Row row{"S7", "beyond", "L", "the resampler is rebuilt per call",
          "filters live with their stream: any partition gives the same samples"};
  row.wrong_property = [](Choose& choose) { return any_partition(choose, false); };
  row.repaired_property = [](Choose& choose) { return any_partition(choose, true); };
  row.waits = "rooms";
  return row;
}

}  // namespace tutti::races
