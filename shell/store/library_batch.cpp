#include "shell/store/library_batch.hpp"

#include "core/library/track_words.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr std::size_t kRememberedDirectories = 4096;
constexpr int kReasonBytes = 1000;  // of a failure's text

#define TUTTI_FOUND_COLUMNS                                                                 \
  "id, track, search_row, directory, added_at, "                                            \
  "available AND (SELECT f.available FROM folders f WHERE f.id = tracks.folder), content, " \
  "folder, duration_ms, size"

std::string directory_key(std::int64_t folder, const std::string& path) {
  return std::to_string(folder) + "/" + path;
}

}  // namespace

Result<LibraryBatches::Place> LibraryBatches::place_of(FolderId folder, WallTime now) {
  Place place;
  place.folder = folder;
  place.now = now;
  TRY_LET(found, one_row(library_.query("SELECT id FROM folders WHERE folder = ?", folder),
                         [&](const Statement& row) { place.row = row.integer(0); }));
  if (!found) return fail(Code::not_found, "the library has no such folder", "add it first");
  TRY_LET(known, house_.number("SELECT EXISTS (SELECT 1 FROM known_tracks)"));
  TRY_LET(failures, library_.number("SELECT EXISTS (SELECT 1 FROM failed_files)"));
  place.house_knows = known != 0;
  place.failures = failures != 0;
  return place;
}

Result<std::optional<std::int64_t>> LibraryBatches::known_directory(const Place& place,
                                                                    const std::string& path) {
  std::string key = directory_key(place.row, path);
  if (auto found = directories_.find(key); found != directories_.end()) return found->second;
  if (directories_.size() >= kRememberedDirectories) directories_.clear();
  std::optional<std::int64_t> id;
  TRY(one_row(library_.query("SELECT id FROM directories WHERE folder = ? AND path = ?", place.row,
                             as_bytes(path)),
              [&](const Statement& row) { id = row.integer(0); }));
  if (id) directories_.emplace(std::move(key), *id);
  return id;
}

Result<std::int64_t> LibraryBatches::directory_row(const Place& place, const std::string& path) {
  TRY_LET(known, known_directory(place, path));
  if (known) return *known;
  std::int64_t id = 0;
  TRY(one_row(library_.query("INSERT INTO directories(folder, path) VALUES (?, ?) RETURNING id",
                             place.row, as_bytes(path)),
              [&](const Statement& row) { id = row.integer(0); }));
  directories_.emplace(directory_key(place.row, path), id);
  return id;
}

Result<LibraryBatches::Found> LibraryBatches::found_by(Result<Statement> statement) {
  Found found;
  TRY(one_row(std::move(statement), [&](const Statement& row) {
    found.id = row.integer(0);
    found.track = row.id<TrackId>(1);
    found.search_row = row.integer(2);
    found.directory = row.integer(3);
    found.added_at.us = row.integer(4);
    found.available = row.integer(5) != 0;
    found.content = content_id(row.bytes(6));
    found.folder = row.integer(7);
    found.duration_ms = row.integer(8);
    found.bytes = row.integer(9);
  }));
  return found;
}

Result<LibraryBatches::Found> LibraryBatches::find(TrackId track) {
  return found_by(
      library_.query("SELECT " TUTTI_FOUND_COLUMNS " FROM tracks WHERE track = ?", track));
}

Result<LibraryBatches::Found> LibraryBatches::find(std::int64_t directory, std::string_view name) {
  return found_by(library_.query("SELECT " TUTTI_FOUND_COLUMNS
                                 " FROM tracks WHERE directory = ? AND name = ?",
                                 directory, as_bytes(name)));
}

Result<void> LibraryBatches::erase(const Found& found) {
  tracks_.remove(found.search_row);
  emptied_.insert(found.directory);
  Sums& sums = sums_[found.folder];
  --sums.tracks;
  sums.duration_ms -= found.duration_ms;
  sums.bytes -= found.bytes;
  return library_.execute("DELETE FROM tracks WHERE id = ?", found.id);
}

Result<void> LibraryBatches::forget_failure(const Place& place, std::int64_t directory,
                                            std::string_view name) {
  if (!place.failures) return {};
  return library_.execute("DELETE FROM failed_files WHERE directory = ? AND name = ?", directory,
                          as_bytes(name));
}

Result<TrackId> LibraryBatches::known_track(library::ContentId content) {
  std::vector<TrackId> known;
  std::string bytes = content_bytes(content);
  if (bytes.empty()) return TrackId{};
  TRY(each_row(house_.query("SELECT track FROM known_tracks WHERE content = ?", as_bytes(bytes)),
               [&](const Statement& row) { known.push_back(row.id<TrackId>(0)); }));
  for (TrackId track : known) {
    TRY_LET(found, find(track));
    if (found.id == 0 || !found.available) return track;
  }
  return TrackId{};
}

// Which row a file becomes: the one it names, the one that lies at its place, that of a file of the
// same content which is gone, or a new one. What stands in its way is taken out.
Result<TrackRow> LibraryBatches::row_for(const Place& place, const library::ScannedFile& file,
                                         bool& changed) {
  TrackRow row;
  row.file = file;
  row.added_at = place.now;
  row.folder = place.row;
  TRY_LET(directory, directory_row(place, file.directory));
  row.directory = directory;
  TRY_LET(here, find(directory, file.name));
  Found old;
  if (file.track) {
    TRY_LET(named, find(file.track));
    old = named;
  } else if (here.id != 0 && here.content == file.content) {
    row.file.track = here.track;
    old = here;
  } else if (place.house_knows) {
    TRY_LET(known, known_track(file.content));
    row.file.track = known;
    TRY_LET(gone, find(known));
    old = gone;
  }
  changed = old.id != 0 || here.id != 0;
  if (here.id != 0) TRY(erase(here));
  if (old.id != 0 && old.id != here.id) TRY(erase(old));
  if (!row.file.track) row.file.track = random_.id<TrackId>();
  if (old.id == 0) return row;
  row.id = old.id;
  row.added_at = old.added_at;
  row.search_row = old.search_row;
  return row;
}

Result<void> LibraryBatches::insert(const Place& place, TrackRow row, bool changed) {
  library::ScannedFile& file = row.file;
  if (row.id == 0) {
    // Row numbers grow, so that the tree of rows is written at its end.
    TRY_LET(last, library_.number("SELECT coalesce(max(id), 0) FROM tracks"));
    row.id = last + 1;
  }
  if (row.search_row == 0) {
    TRY_LET(search_row, tracks_.next_row(library_, kSearchClasses - 1));
    row.search_row = search_row;
  }
  TRY_LET(album, names_.album(place.folder, file, changed, place.now));
  row.album = album;
  TRY(insert_track_row(library_, row));
  Sums& sums = sums_[row.folder];
  ++sums.tracks;
  sums.duration_ms += file.audio.duration_ms;
  sums.bytes += file.stamp.size;
  TRY(names_.credit(row, place.now));
  tracks_.put(row.search_row, static_cast<std::int64_t>(file.track.value),
              library::track_words(file.tags, file.name, place.row));
  return forget_failure(place, row.directory, file.name);
}

Result<void> LibraryBatches::upsert(const Place& place, const library::ScannedFile& file,
                                    library::ScanBatchDone& done) {
  bool changed = false;
  TRY_LET(row, row_for(place, file, changed));
  ++(changed ? done.changed : done.added);
  return insert(place, std::move(row), changed);
}

Result<void> LibraryBatches::fail_file(Place& place, const library::FailedFile& file,
                                       library::ScanBatchDone& done) {
  TRY_LET(directory, directory_row(place, file.directory));
  TRY_LET(here, find(directory, file.name));
  if (here.id != 0) TRY(erase(here));
  place.failures = true;
  ++done.failed;
  std::string reason = file.why.text.substr(0, kReasonBytes);
  return library_.execute(
      "INSERT OR REPLACE INTO failed_files(directory, name, size, mtime_ns, failed_at, code, "
      "reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
      directory, as_bytes(file.name), file.stamp.size, file.stamp.mtime_ns, place.now.us,
      static_cast<int>(file.why.code), library::display_text(reason));
}

Result<void> LibraryBatches::remove(const Place& place, const library::FilePath& path,
                                    library::ScanBatchDone& done) {
  TRY_LET(directory, known_directory(place, path.directory));
  if (!directory) return {};
  TRY_LET(here, find(*directory, path.name));
  if (here.id != 0) {
    TRY(erase(here));
    ++done.removed;
  }
  emptied_.insert(*directory);
  return forget_failure(place, *directory, path.name);
}

Result<void> LibraryBatches::mark(const Place& place, const library::FilePath& path,
                                  bool available) {
  TRY_LET(directory, known_directory(place, path.directory));
  if (!directory) return {};
  return library_.execute("UPDATE tracks SET available = ? WHERE directory = ? AND name = ?",
                          available, *directory, as_bytes(path.name));
}

Result<void> LibraryBatches::drop_empty_directories() {
  for (std::int64_t directory : emptied_) {
    TRY(library_.execute(
        "DELETE FROM directories WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM tracks WHERE "
        "directory = ?1) AND NOT EXISTS (SELECT 1 FROM failed_files WHERE directory = ?1)",
        directory));
    if (library_.changes() > 0)
      std::erase_if(directories_, [&](const auto& entry) { return entry.second == directory; });
  }
  emptied_.clear();
  return {};
}

}  // namespace tutti::shell
