#include "shell/app/measurer.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/sound/loudness_histogram.hpp"

namespace tutti::shell {
namespace {

constexpr Duration kStorePiece = millis(20);
constexpr Duration kStoreLimit = seconds(120);  // behind a scan's writes, on a slow disk
constexpr Duration kLookAgain = millis(100);    // while something is more urgent
constexpr Duration kWriteEvery = seconds(1);

// The file is to be seen by the next scan, or by its owner: there is nothing wrong with its sound.
bool is_elsewhere(const Error& why) {
  return why.code == Code::not_found || why.code == Code::forbidden || why.code == Code::stale;
}

// Works out albums for a while. Their number, and where to go on; none: that was all.
struct Levelled {
  std::int64_t albums = 0;
  std::optional<AlbumId> next;
};
Result<Levelled> level_some(LibraryMeasurements& store, AlbumId after) {
  ServerTime until = clock_now().mono + kStorePiece;
  auto changed = store.albums(after);
  if (!changed) return std::unexpected(changed.error());
  Levelled done{0, changed->next};
  for (AlbumId album : changed->albums) {
    if (done.albums > 0 && clock_now().mono >= until) {
      done.next = after;
      break;
    }
    sound::LoudnessHistogram all;
    AlbumLoudness loudness{album, {}, 0};
    bool any = false;
    auto read = store.parts(album, [&](double peak, std::string_view blocks) {
      auto part = sound::LoudnessHistogram::from_bytes(blocks);
      if (!part) return;  // damaged: the album is that of its other tracks
      any = true;
      all.add(*part);
      loudness.peak = std::max(loudness.peak, peak);
    });
    if (!read) return std::unexpected(read.error());
    loudness.lufs = all.integrated();
    auto settled = store.settle(album, any ? std::optional(loudness) : std::nullopt);
    if (!settled) return std::unexpected(settled.error());
    ++done.albums;
    after = album;
  }
  return done;
}

}  // namespace

Measurer::Measurer(Loop& loop, Database& library, Lane& writer_lane, Random& random,
                   MeasurerOptions options, MeasurerEvents events)
    : loop_(loop),
      store_(library, kMeasureVersion),
      writer_lane_(writer_lane),
      random_(random),
      options_(std::move(options)),
      events_(std::move(events)),
      lane_(loop, "measure", 1) {}

Measurer::~Measurer() = default;

void Measurer::request() {
  INVARIANT(loop_.on_this_thread());
  again_ = true;
  go_on();
}

void Measurer::turn(Now now) {
  if (lane_.deadline() <= now.mono) lane_.tick(now.mono);
  if (resume_at_ <= now.mono) go_on();
}

ServerTime Measurer::deadline() const { return std::min(lane_.deadline(), resume_at_); }

// One thing is out at a time: the next slice, or a question to the store.
void Measurer::go_on() {
  resume_at_ = kNever;
  if (out_ || (phase_ == Phase::idle && !again_)) return;
  if (options_.busy && options_.busy()) {
    resume_at_ = clock_now().mono + kLookAgain;
    return;
  }
  switch (phase_) {
    case Phase::idle:
      again_ = false;
      report_ = {};
      cursor_ = {};
      began_ = written_at_ = clock_now().mono;
      phase_ = Phase::fetch;
      return fetch();
    case Phase::fetch: return fetch();
    case Phase::measure: return measure();
    case Phase::level: return level();
    case Phase::forget: return forget();
    case Phase::count: return count();
  }
}

void Measurer::on_store(std::function<Result<Completion>()> work) {
  out_ = true;
  auto failed = [this](Error why) { give_up(std::move(why)); };
  auto run = [this, failed, work = std::move(work)](const Cancelled&) -> Completion {
    auto done = work();
    if (!done) return [failed, why = done.error()] { failed(why); };
    return [this, then = std::move(*done)] {
      out_ = false;
      then();
      go_on();
    };
  };
  auto submitted = writer_lane_.submit({random_.id<JobToken>(), kStoreLimit, run, failed});
  if (!submitted) give_up(submitted.error());
}

void Measurer::fetch() {
  on_store([this, after = cursor_]() -> Result<Completion> {
    auto found = store_.next(after);
    if (!found) return std::unexpected(found.error());
    auto counts = store_.counts();
    if (!counts) return std::unexpected(counts.error());
    return [this, counted = *counts, found = std::make_shared<UnmeasuredTracks>(*found)] {
      counts_ = counted;
      cursor_ = found->next;
      more_ = found->more;
      tracks_.assign(found->tracks.rbegin(), found->tracks.rend());
      phase_ = Phase::measure;
      events_.counted();
    };
  });
}

void Measurer::measure() {
  std::size_t results = results_.measured.size() + results_.failed.size();
  bool last = !work_ && tracks_.empty();
  if (results > 0 && (last || clock_now().mono - written_at_ >= kWriteEvery)) return write();
  if (!last) return slice();
  phase_ = Phase::level;
  album_ = {};
  level();
}

void Measurer::slice() {
  if (!work_) {
    work_ = std::make_shared<MeasureFile>(std::move(tracks_.back()));
    tracks_.pop_back();
  }
  out_ = true;
  // What fails leaves the work to its worker, which may never come back.
  auto track = std::make_shared<const UnmeasuredTrack>(work_->track());
  auto failed = [this, track](Error why) {
    out_ = false;
    file_failed(*track, std::move(why));
    go_on();
  };
  auto run = [this, track, work = std::move(work_),
              media = options_.media](const Cancelled& cancelled) mutable -> Completion {
    auto mine = std::move(work);
    auto done = std::make_shared<MeasureSlice>(mine->run(media, cancelled));
    if (done->measured || done->failed || done->broken)
      mine.reset();  // closed here, not on the loop
    return [this, track, done, mine] {
      out_ = false;
      work_ = mine;
      slice_back(*track, *done);
    };
  };
  auto submitted = lane_.submit(
      {random_.id<JobToken>(), options_.slice_limit, std::move(run), std::move(failed)});
  if (!submitted) {
    out_ = false;
    end_early(submitted.error());
  }
}

void Measurer::slice_back(const UnmeasuredTrack& track, MeasureSlice& slice) {
  report_.audio_seconds += slice.audio_seconds;
  if (slice.broken) return end_early(std::move(*slice.broken));
  if (slice.failed) file_failed(track, std::move(*slice.failed));
  if (slice.measured) {
    results_.measured.push_back(std::move(*slice.measured));
    ++report_.measured;
    ++counts_.measured;
    --counts_.to_measure;
    events_.counted();
  }
  go_on();
}

void Measurer::file_failed(const UnmeasuredTrack& track, Error why) {
  work_ = nullptr;
  events_.problem(track.path, why);
  if (is_elsewhere(why)) return;
  results_.failed.push_back({track.content, track.stamp, std::move(why)});
  ++report_.failed;
  ++counts_.measured;
  --counts_.to_measure;
  events_.counted();
}

void Measurer::write() {
  auto batch = std::make_shared<const MeasuredBatch>(std::exchange(results_, {}));
  written_at_ = clock_now().mono;
  on_store([this, batch]() -> Result<Completion> {
    if (auto put = store_.put(*batch, clock_now().wall); !put) return std::unexpected(put.error());
    return [] {};
  });
}

// Behind each part of the tracks, so that albums need not wait for the whole library.
void Measurer::level() {
  on_store([this, after = album_]() -> Result<Completion> {
    auto done = level_some(store_, after);
    if (!done) return std::unexpected(done.error());
    return [this, levelled = *done] {
      report_.albums += levelled.albums;
      if (levelled.next) album_ = *levelled.next;
      else phase_ = more_ ? Phase::fetch : Phase::forget;
    };
  });
}

void Measurer::forget() {
  on_store([this]() -> Result<Completion> {
    auto more = store_.forget_some();
    if (!more) return std::unexpected(more.error());
    return [this, again = *more] { phase_ = again ? Phase::forget : Phase::count; };
  });
}

void Measurer::count() {
  on_store([this]() -> Result<Completion> {
    auto counts = store_.counts();
    if (!counts) return std::unexpected(counts.error());
    return [this, counted = *counts] {
      counts_ = counted;
      end_pass();
    };
  });
}

// No more files now; what was measured is still stored.
void Measurer::end_early(Error why) {
  work_ = nullptr;
  tracks_.clear();
  more_ = again_ = false;
  report_.error = std::move(why);
  go_on();
}

// The store failed: what it has not got is measured again by the next pass.
void Measurer::give_up(Error why) {
  out_ = false;
  work_ = nullptr;
  tracks_.clear();
  results_ = {};
  again_ = false;
  report_.error = std::move(why);
  end_pass();
}

void Measurer::end_pass() {
  phase_ = Phase::idle;
  report_.seconds = static_cast<double>((clock_now().mono - began_).us) / 1e6;
  events_.finished(report_);
}

}  // namespace tutti::shell
