#pragma once
// Measurer: what the library's tracks and albums sound like, measured in the background after
// scans: loudness and peak, for levelling. One file at a time, decoded at idle priority in slices;
// what is known is in the database and never measured twice. Thread: loop.

#include <functional>
#include <memory>
#include <vector>

#include "core/base/random.hpp"
#include "shell/app/measure_file.hpp"
#include "shell/loop/lane.hpp"
#include "shell/store/library_measurements.hpp"

namespace tutti::shell {

// Of what is measured and how: a new number has everything measured again, once.
inline constexpr std::int64_t kMeasureVersion = 1;

// What a pass did. Seconds since it began, pauses included.
struct MeasureReport {
  std::int64_t measured = 0;
  std::int64_t failed = 0;
  std::int64_t albums = 0;
  double audio_seconds = 0;  // that were decoded
  double seconds = 0;
  std::optional<Error> error;  // why it ended early; the next one goes on there
};

struct MeasurerOptions {
  MeasureMedia media;  // its error ends the pass
  // Something more urgent wants the processor or the disk: no slice begins while it says so.
  std::function<bool()> busy;
  // A file that holds a slice for so long is given up. A slice takes 20 ms of a machine that is
  // free, seconds of one that is not: threads at idle priority get what is left.
  Duration slice_limit = seconds(300);
};
struct MeasurerEvents {
  std::function<void()> counted;  // counts() moved
  std::function<void(const MeasureReport&)> finished;
  std::function<void(const std::string& path, const Error& why)> problem;
};

class Measurer {
 public:
  // `library` is used on `writer_lane` only, which the owner ticks, and destroys before this. All
  // references must outlive this.
  Measurer(Loop& loop, Database& library, Lane& writer_lane, Random& random,
           MeasurerOptions options, MeasurerEvents events);
  // Ends at once: within a slice's next block.
  ~Measurer();
  Measurer(const Measurer&) = delete;
  Measurer& operator=(const Measurer&) = delete;

  // A pass over what is not measured; one that runs is followed by another.
  void request();
  const MeasureCounts& counts() const { return counts_; }
  bool idle() const { return phase_ == Phase::idle; }

  void turn(Now now);
  ServerTime deadline() const;
  const Lane& lane() const { return lane_; }

 private:
  enum class Phase : std::uint8_t { idle, fetch, measure, level, forget, count };

  void go_on();
  void fetch();
  void measure();
  void slice();
  void slice_back(const UnmeasuredTrack& track, MeasureSlice& slice);
  void file_failed(const UnmeasuredTrack& track, Error why);
  void write();
  void level();
  void forget();
  void count();
  void end_early(Error why);
  void give_up(Error why);
  void end_pass();
  // Something on the writer's lane; `work` leaves what to do on the loop, or an error.
  void on_store(std::function<Result<Completion>()> work);

  Loop& loop_;
  LibraryMeasurements store_;  // used on the writer's lane
  Lane& writer_lane_;
  Random& random_;
  MeasurerOptions options_;
  MeasurerEvents events_;
  Phase phase_ = Phase::idle;
  bool out_ = false;    // a slice or a question to the store is under way
  bool again_ = false;  // asked for while a pass ran
  bool more_ = true;    // behind `cursor_`
  MeasureCursor cursor_;
  std::vector<UnmeasuredTrack> tracks_;  // to do, the next one last
  std::shared_ptr<MeasureFile> work_;    // null while its slice is out, and between files
  MeasuredBatch results_;                // that are not stored yet
  ServerTime written_at_;
  AlbumId album_;  // how far the albums were looked at
  MeasureCounts counts_;
  MeasureReport report_;
  ServerTime began_;
  ServerTime resume_at_ = kNever;
  Lane lane_;
};

}  // namespace tutti::shell
