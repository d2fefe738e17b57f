#pragma once
// What was measured of the library's sound, and what is still to be.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/library/scan.hpp"
#include "shell/store/sqlite.hpp"

namespace tutti::shell {

// A track that no measuring of this version has dealt with.
struct UnmeasuredTrack {
  library::ContentId content;
  library::FileStamp stamp;
  std::string path;  // bytes, absolute
  std::int64_t duration_ms = 0;
};
// How far a pass over them has come: those of no version, then those of old ones; row by row.
struct MeasureCursor {
  std::int64_t measured = 0;
  std::int64_t row = 0;
};
struct UnmeasuredTracks {
  std::vector<UnmeasuredTrack> tracks;  // that can be reached, each content once
  MeasureCursor next;
  bool more = false;
};

struct Measurement {
  library::ContentId content;
  std::optional<double> lufs;  // none: silence
  double peak = 0;             // linear
  std::string blocks;          // not looked into here
};
struct UnmeasurableFile {
  library::ContentId content;
  library::FileStamp stamp;
  Error why;
};
struct MeasuredBatch {
  std::vector<Measurement> measured;
  std::vector<UnmeasurableFile> failed;
};
struct AlbumLoudness {
  AlbumId album;
  std::optional<double> lufs;
  double peak = 0;
};
struct AlbumsToLevel {
  std::vector<AlbumId> albums;  // whose tracks that can be reached are all dealt with
  std::optional<AlbumId> next;  // where to go on; none: that was all
};
struct MeasureCounts {
  std::int64_t measured = 0;    // dealt with
  std::int64_t to_measure = 0;  // that can be reached
};

// Thread: store (the library's writer lane). The database must outlive it. Errors of each call: io,
// no_space, corrupt, busy; nothing of a call that failed is stored. Each is one short transaction.
class LibraryMeasurements {
 public:
  // What an earlier version measured counts as not measured, but is used until it is.
  LibraryMeasurements(Database& library, std::int64_t version)
      : library_(library), version_(version) {}

  // The next to be measured, of at most kMeasureBatch rows looked at. Marks on the way those whose
  // content is known. Costs what it looks at, however many tracks there are.
  Result<UnmeasuredTracks> next(MeasureCursor after);
  // At most kMeasureBatch. Copies of a content are marked with it.
  Result<void> put(const MeasuredBatch& batch, WallTime now);
  // Of albums that changed, the next after `after`; looks at kMeasureBatch of them.
  Result<AlbumsToLevel> albums(AlbumId after);
  // Each measured content of an album once: its peak and its blocks, valid during the call.
  Result<void> parts(AlbumId album, const std::function<void(double, std::string_view)>& part);
  // An album's loudness is settled; without a value: nothing of it could be measured.
  Result<void> settle(AlbumId album, const std::optional<AlbumLoudness>& loudness);
  // Up to kMeasureBatch measurements that no track has any more are taken out, once there are more
  // of them than tracks. True: call again.
  Result<bool> forget_some();
  Result<MeasureCounts> counts();

 private:
  Result<void> mark_track(std::int64_t row);
  Result<void> mark_content(library::ContentId content);
  Result<void> put_one(const Measurement& measured);
  Result<void> put_failed(const UnmeasurableFile& failed, WallTime now);

  Database& library_;
  std::int64_t version_;
};

// Tracks of a transaction; one is up to three rows (measurement, mark, its album's mark).
inline constexpr std::size_t kMeasureBatch = 150;

// What next() asks, with ?1, ?2 the cursor, ?3 the version, ?4 a limit; whoever wants to know
// how it is found can have it explained.
extern const char* const kNextUnmeasured;

}  // namespace tutti::shell
