// The clock filter beside a reader on another thread (a speaker): each step is one access to the
// memory that they share. The hazards: offset and drift of two updates in one play time; a reader
// that asks between a probe's coming and its being worked in, and is then told an earlier time.
#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "core/sync/clock_filter.hpp"
#include "core/sync/snapshot_cell.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using sync::ClientTime;
using sync::ClockSnapshot;
using sync::SnapshotCell;

class ClockModel : public MoveModel {
 public:
  ClockModel() {
    explore::call_it(&cell_, "snapshot cell");
    explore::call_it(&now_, "the client's clock");
    // A first probe that waited on its way there: the later ones will say that it is earlier.
    back_ = now_;
    work_in(kWaited);
    writing_.reset();
    cell_.publish(filter_.snapshot());
  }
  void moves(Moves& out) override {
    if (writing_) out.add("loop", "writes a word", [this] { write(); });
    else if (back_) out.add("loop", "works it in", [this] { work_in(kFast); });
    else if (probes_ > 0)
      out.add("loop", "a probe is back", [this] { back_ = tick(kProbeUs), --probes_; });
    if (reading_) out.add("speaker", "reads a word", [this] { read(); });
    else if (asks_ > 0)
      out.add("speaker", "asks the time", [this] { reading_.emplace(), --asks_; });
  }
  void describe(StateWriter& out) const override {
    filter_.describe(out);
    cell_.describe(out);
    for (std::int64_t each :
         {now_, back_.value_or(0), told_.us, std::int64_t{probes_}, std::int64_t{asks_}, asked_.us})
      out.number(static_cast<std::uint64_t>(each));
    out.number(epoch_);
    out.number(writing_ ? writing_->next : ~0ULL);
    out.number(reading_ ? reading_->next : ~0ULL);
    if (reading_) {
      out.number(reading_->before);
      // Words behind `next` are not read yet.
      for (std::uint64_t word : reading_->words) out.number(word);
    }
    for (std::uint64_t word : std::bit_cast<SnapshotCell::Words>(seen_)) out.number(word);
    reader_.describe(out);
  }
  ServerTime now() const override { return {}; }

 private:
  // How much time passes before a probe is back, and before each reading: the first is so late
  // that the second, at half speed, is not beyond it.
  static constexpr std::int64_t kProbeUs = 2'000, kLateUs = 3'000, kSoonUs = 1'000;
  static constexpr std::int64_t kWaited = 9'000, kFast = 100;

  // Time passes where somebody looks at the clock.
  std::int64_t tick(std::int64_t us) {
    note_write(explore::recorder(), &now_);
    return now_ += us;
  }
  void work_in(std::int64_t there) {
    std::int64_t sent = *back_ - there - kFast;
    filter_.probe({sent}, {sent + there}, {sent + there}, {*back_});
    published_.push_back(filter_.snapshot());
    back_.reset();
    writing_ = SnapshotCell::begin(filter_.snapshot());
  }
  void write() {
    note_write(explore::recorder(), &cell_);
    if (cell_.step(*writing_)) writing_.reset();
  }
  void read() {
    note_read(explore::recorder(), &cell_);
    if (!cell_.step(*reading_)) return;
    auto whole = SnapshotCell::result(*reading_);
    reading_.reset();
    if (!whole) witness("a probe came while it was read");
    else if (seen_.known() && *whole != seen_) witness("a later snapshot");
    if (whole) seen_ = *whole;
    if (seen_.known()) play();
  }
  void play() {
    require(std::find(published_.begin(), published_.end(), seen_) != published_.end(),
            "offset and drift are of two updates");
    ClientTime at{tick(asks_ > 0 ? kLateUs : kSoonUs)};
    ServerTime time = reader_.read(seen_, at);
    require(seen_.epoch != epoch_ || time >= told_, "play time went back");
    double most = static_cast<double>(at.us - asked_.us) *
                  (1 + sync::ClockFilter::kSlewMost + sync::ClockFilter::kDriftMost);
    require(told_.us == 0 || static_cast<double>((time - told_).us) <= most + 1,
            "play time jumped beyond the slew limit");
    told_ = time, asked_ = at, epoch_ = seen_.epoch;
  }

  std::int64_t now_ = 100'000;
  sync::ClockFilter filter_;
  SnapshotCell cell_;
  int probes_ = 2;
  std::optional<std::int64_t> back_;  // t4 of a probe that is not worked in
  std::optional<SnapshotCell::Writing> writing_;
  std::vector<ClockSnapshot> published_;

  int asks_ = 2;
  std::optional<SnapshotCell::Reading> reading_;
  ClockSnapshot seen_;
  sync::ClockReader reader_;
  ServerTime told_;
  ClientTime asked_;
  std::uint64_t epoch_ = 0;
};

}  // namespace

Plan clock_plan() {
  return {{"clock",
           [](Choose&) { return std::make_unique<ClockModel>(); },
           {"a probe came while it was read", "a later snapshot"}},
          explore::Bounds{},
          20'000};
}

}  // namespace tutti::races
