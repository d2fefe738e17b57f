#include "shell/store/library_measurements.hpp"

#include <set>

#include "core/base/check.hpp"
#include "shell/store/track_row.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr std::size_t kReasonBytes = 1000;

struct Looked {  // a row that no measuring of this version has dealt with
  std::int64_t row = 0;
  bool known = false;  // its content is
  bool reachable = false;
  UnmeasuredTrack track;
};

Looked looked_at(const Statement& row) {
  Looked out;
  out.row = row.integer(0);
  UnmeasuredTrack& track = out.track;
  track.content = content_id(row.bytes(1));
  track.stamp = {row.integer(2), row.integer(3)};
  track.duration_ms = row.integer(4);
  track.path = as_text(row.bytes(5));
  for (int column : {6, 7}) {
    std::string_view part = as_text(row.bytes(column));
    if (!part.empty() && !track.path.ends_with('/')) track.path += '/';
    track.path += part;
  }
  out.reachable = row.integer(8) != 0;
  out.known = row.integer(9) != 0;
  return out;
}

}  // namespace

const char* const kNextUnmeasured =
    "SELECT t.id, t.content, t.size, t.mtime_ns, t.duration_ms, f.path, d.path, t.name, "
    "t.available AND f.available, t.content = zeroblob(16) OR EXISTS (SELECT 1 FROM measurements "
    "m WHERE m.content = t.content AND m.version >= ?3) OR EXISTS (SELECT 1 FROM unmeasurable u "
    "WHERE u.content = t.content AND u.size = t.size AND u.mtime_ns = t.mtime_ns AND u.version >= "
    "?3) FROM tracks t JOIN directories d ON d.id = t.directory JOIN folders f ON f.id = t.folder "
    "WHERE t.measured = ?1 AND t.id > ?2 ORDER BY t.id LIMIT ?4";

Result<void> LibraryMeasurements::mark_track(std::int64_t row) {
  TRY(
      library_.execute("INSERT OR IGNORE INTO albums_to_level(album) SELECT album FROM tracks "
                       "WHERE id = ? AND album IS NOT NULL",
                       row));
  return library_.execute("UPDATE tracks SET measured = ? WHERE id = ?", version_, row);
}

Result<UnmeasuredTracks> LibraryMeasurements::next(MeasureCursor after) {
  UnmeasuredTracks out;
  out.next = after;
  std::vector<std::int64_t> known;
  std::set<std::array<std::uint64_t, 2>> seen;
  std::size_t looked = 0;
  TRY_LET(transaction, Transaction::begin(library_));
  TRY(each_row(library_.query(kNextUnmeasured, after.measured, after.row, version_,
                              static_cast<std::int64_t>(kMeasureBatch)),
               [&](const Statement& row) {
                 Looked at = looked_at(row);
                 ++looked;
                 out.next.row = at.row;
                 if (at.known) known.push_back(at.row);
                 else if (at.reachable && seen.insert(at.track.content.words).second)
                   out.tracks.push_back(std::move(at.track));
               }));
  for (std::int64_t row : known) TRY(mark_track(row));
  TRY(transaction.commit());
  out.more = looked == kMeasureBatch;
  if (out.more) return out;
  TRY(one_row(library_.query("SELECT measured FROM tracks WHERE measured > ? AND measured < ? "
                             "ORDER BY measured LIMIT 1",
                             after.measured, version_),
              [&](const Statement& row) {
                out.next = {row.integer(0), 0};
                out.more = true;
              }));
  return out;
}

Result<void> LibraryMeasurements::mark_content(library::ContentId content) {
  std::string bytes = content_bytes(content);
  std::vector<std::int64_t> rows;
  TRY(each_row(library_.query("SELECT id FROM tracks WHERE content = ?", as_bytes(bytes)),
               [&](const Statement& row) { rows.push_back(row.integer(0)); }));
  for (std::int64_t row : rows) TRY(mark_track(row));
  return {};
}

Result<void> LibraryMeasurements::put_one(const Measurement& measured) {
  std::string bytes = content_bytes(measured.content);
  TRY(library_.execute(
      "INSERT INTO measurements(content, version, lufs, peak, blocks) VALUES (?, ?, ?, ?, ?) ON "
      "CONFLICT(content) DO UPDATE SET version = excluded.version, lufs = excluded.lufs, peak = "
      "excluded.peak, blocks = excluded.blocks",
      as_bytes(bytes), version_, measured.lufs, measured.peak, as_bytes(measured.blocks)));
  TRY(library_.execute("DELETE FROM unmeasurable WHERE content = ?", as_bytes(bytes)));
  return mark_content(measured.content);
}

// A copy that is another file may be whole: only those of the same stamp are given up with it.
Result<void> LibraryMeasurements::put_failed(const UnmeasurableFile& failed, WallTime now) {
  std::string bytes = content_bytes(failed.content);
  TRY(library_.execute(
      "INSERT OR REPLACE INTO unmeasurable(content, size, mtime_ns, version, failed_at, code, "
      "reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
      as_bytes(bytes), failed.stamp.size, failed.stamp.mtime_ns, version_, now.us,
      static_cast<int>(failed.why.code),
      library::display_text(std::string_view(failed.why.text).substr(0, kReasonBytes))));
  std::vector<std::int64_t> rows;
  TRY(each_row(
      library_.query("SELECT id FROM tracks WHERE content = ? AND size = ? AND mtime_ns = ?",
                     as_bytes(bytes), failed.stamp.size, failed.stamp.mtime_ns),
      [&](const Statement& row) { rows.push_back(row.integer(0)); }));
  for (std::int64_t row : rows) TRY(mark_track(row));
  return {};
}

Result<void> LibraryMeasurements::put(const MeasuredBatch& batch, WallTime now) {
  INVARIANT(batch.measured.size() + batch.failed.size() <= kMeasureBatch);
  TRY_LET(transaction, Transaction::begin(library_));
  for (const Measurement& each : batch.measured) TRY(put_one(each));
  for (const UnmeasurableFile& each : batch.failed) TRY(put_failed(each, now));
  return transaction.commit();
}

Result<AlbumsToLevel> LibraryMeasurements::albums(AlbumId after) {
  AlbumsToLevel out;
  std::size_t looked = 0;
  AlbumId last;
  // Ids are compared as SQLite has them, signed: the first question asks from the least of all on.
  std::int64_t from = after ? static_cast<std::int64_t>(after.value) : INT64_MIN;
  TRY(each_row(
      library_.query("SELECT album, EXISTS (SELECT 1 FROM tracks t JOIN folders f ON f.id = "
                     "t.folder WHERE t.album = a.album AND t.measured < ? AND t.available AND "
                     "f.available) FROM albums_to_level a WHERE album > ? ORDER BY album LIMIT ?",
                     version_, from, static_cast<std::int64_t>(kMeasureBatch)),
      [&](const Statement& row) {
        ++looked;
        last = row.id<AlbumId>(0);
        if (row.integer(1) == 0) out.albums.push_back(last);
      }));
  if (looked == kMeasureBatch) out.next = last;
  return out;
}

Result<void> LibraryMeasurements::parts(AlbumId album,
                                        const std::function<void(double, std::string_view)>& part) {
  return each_row(
      library_.query("SELECT peak, blocks FROM measurements WHERE content IN (SELECT content FROM "
                     "tracks WHERE album = ?)",
                     album),
      [&](const Statement& row) { part(row.real(0), as_text(row.bytes(1))); });
}

Result<void> LibraryMeasurements::settle(AlbumId album,
                                         const std::optional<AlbumLoudness>& loudness) {
  TRY_LET(transaction, Transaction::begin(library_));
  TRY(library_.execute("DELETE FROM album_loudness WHERE album = ?", album));
  if (loudness) {
    TRY(library_.execute(
        "INSERT INTO album_loudness(album, version, lufs, peak) SELECT id, ?, ?, ? FROM albums "
        "WHERE id = ?",
        version_, loudness->lufs, loudness->peak, album));
  }
  TRY(library_.execute("DELETE FROM albums_to_level WHERE album = ?", album));
  return transaction.commit();
}

Result<bool> LibraryMeasurements::forget_some() {
  TRY_LET(kept, library_.number("SELECT count(*) FROM measurements"));
  TRY_LET(tracks, library_.number("SELECT coalesce(sum(tracks), 0) FROM folders"));
  auto most = static_cast<std::int64_t>(kMeasureBatch);
  if (kept <= 2 * tracks + most) return false;
  TRY(
      library_.execute("DELETE FROM measurements WHERE id IN (SELECT id FROM measurements m WHERE "
                       "NOT EXISTS (SELECT 1 FROM tracks WHERE content = m.content) LIMIT ?)",
                       most));
  bool more = library_.changes() == most;
  TRY(
      library_.execute("DELETE FROM unmeasurable WHERE NOT EXISTS (SELECT 1 FROM tracks WHERE "
                       "content = unmeasurable.content)"));
  return more;
}

Result<MeasureCounts> LibraryMeasurements::counts() {
  MeasureCounts out;
  // A unary plus: folders are looked at in the index that has the versions, not the way into it.
  TRY(one_row(library_.query("SELECT (SELECT count(*) FROM tracks WHERE measured >= ?1), (SELECT "
                             "count(*) FROM tracks WHERE measured < ?1 AND available AND +folder "
                             "IN (SELECT id FROM folders WHERE available))",
                             version_),
              [&](const Statement& row) {
                out.measured = row.integer(0);
                out.to_measure = row.integer(1);
              }));
  return out;
}

}  // namespace tutti::shell
