#include "shell/store/library_writer.hpp"

#include "shell/store/library_batch.hpp"
#include "shell/store/library_tidy.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

struct LibraryWriter::Parts {
  Parts(Database& l, Database& h, Random& random, const WritePace::Clock& clock)
      : library(l),
        house(h),
        batches(l, h, random, WritePace(clock)),
        tidying(l, h, batches, WritePace(clock)) {}
  Database& library;
  Database& house;
  LibraryBatches batches;
  LibraryTidy tidying;

  // 0: not known.
  Result<std::int64_t> folder_row(FolderId folder) {
    std::int64_t id = 0;
    TRY(one_row(library.query("SELECT id FROM folders WHERE folder = ?", folder),
                [&](const Statement& row) { id = row.integer(0); }));
    return id;
  }
};

LibraryWriter::LibraryWriter(Database& library, Database& house, Random& random,
                             WritePace::Clock clock)
    : parts_(std::make_unique<Parts>(library, house, random, clock)) {}
LibraryWriter::~LibraryWriter() = default;

Result<std::vector<MusicFolder>> LibraryWriter::folders() {
  std::vector<MusicFolder> out;
  TRY(each_row(
      parts_->library.query("SELECT folder, path, name, available FROM folders ORDER BY id"),
      [&](const Statement& row) {
        out.push_back({row.id<FolderId>(0), std::string(as_text(row.bytes(1))),
                       std::string(row.text(2)), row.integer(3) != 0});
      }));
  return out;
}

Result<void> LibraryWriter::add_folder(FolderId folder, const std::string& path,
                                       const std::string& name) {
  return parts_->library.execute(
      "INSERT INTO folders(folder, path, name) VALUES (?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
      "folder = excluded.folder, name = excluded.name",
      folder, as_bytes(path), name);
}

Result<std::int64_t> LibraryWriter::remove_folder(FolderId folder) {
  TRY_LET(row, parts_->folder_row(folder));
  if (row == 0) return 0;
  return parts_->batches.erase_some(row);
}

Result<std::vector<std::string>> LibraryWriter::directories(FolderId folder) {
  std::vector<std::string> out;
  TRY(each_row(parts_->library.query(
                   "SELECT path FROM directories WHERE folder = (SELECT id FROM folders WHERE "
                   "folder = ?) ORDER BY path",
                   folder),
               [&](const Statement& row) { out.emplace_back(as_text(row.bytes(0))); }));
  return out;
}

Result<std::vector<library::KnownFile>> LibraryWriter::known_files(FolderId folder,
                                                                   const std::string& directory) {
  std::vector<library::KnownFile> out;
  std::optional<std::int64_t> at;
  TRY(one_row(parts_->library.query(
                  "SELECT d.id FROM directories d JOIN folders f ON f.id = d.folder WHERE "
                  "f.folder = ? AND d.path = ?",
                  folder, as_bytes(directory)),
              [&](const Statement& row) { at = row.integer(0); }));
  if (!at) return out;
  TRY(each_row(
      parts_->library.query(
          "SELECT name, size, mtime_ns, track, available, beside FROM tracks WHERE directory = ?1 "
          "UNION ALL SELECT name, size, mtime_ns, 0, 1, 0 FROM failed_files WHERE directory "
          "= ?1 ORDER BY name",
          *at),
      [&](const Statement& row) {
        out.push_back({std::string(as_text(row.bytes(0))),
                       {row.integer(1), row.integer(2)},
                       row.id<TrackId>(3),
                       row.integer(4) != 0,
                       static_cast<std::uint64_t>(row.integer(5))});
      }));
  return out;
}

Result<std::vector<std::vector<library::KnownFile>>> LibraryWriter::known_files(
    FolderId folder, const std::vector<std::string>& directories) {
  std::vector<std::vector<library::KnownFile>> all;
  // A reading transaction: the locks are taken once, not for each directory.
  TRY(parts_->library.exec("BEGIN DEFERRED"));
  Result<void> done;
  for (const std::string& directory : directories) {
    auto known = known_files(folder, directory);
    if (!known) done = std::unexpected(known.error());
    if (!done) break;
    all.push_back(std::move(*known));
  }
  auto ended = parts_->library.exec(done ? "COMMIT" : "ROLLBACK");
  if (done) done = ended;
  if (!done) return std::unexpected(done.error());
  return all;
}

Result<std::vector<Candidate>> LibraryWriter::candidates(library::ContentId content) {
  std::vector<Candidate> out;
  std::string bytes = content_bytes(content);
  if (bytes.empty()) return out;
  TRY(each_row(parts_->library.query(
                   "SELECT t.track, f.folder, d.path, t.name, t.size, t.mtime_ns, t.available AND "
                   "f.available FROM "
                   "tracks t JOIN directories d ON d.id = t.directory JOIN folders f ON f.id = "
                   "t.folder WHERE t.content = ?",
                   as_bytes(bytes)),
               [&](const Statement& row) {
                 out.push_back(
                     {row.id<TrackId>(0),
                      row.id<FolderId>(1),
                      {std::string(as_text(row.bytes(2))), std::string(as_text(row.bytes(3)))},
                      {row.integer(4), row.integer(5)},
                      row.integer(6) != 0});
               }));
  return out;
}

Result<TrackId> LibraryWriter::known_track(library::ContentId content) {
  return parts_->batches.known_track(content);
}

Result<library::ScanBatchDone> LibraryWriter::write(const library::ScanBatch& batch, WallTime now) {
  library::WrittenPart all;
  do {
    TRY_LET(part, write_part(batch, all.next, now));
    all.sums += part.sums;
    all.next = part.next;
  } while (all.next < row_count(batch));
  return all.sums;
}

Result<library::WrittenPart> LibraryWriter::write_part(const library::ScanBatch& batch,
                                                       std::size_t from, WallTime now) {
  return parts_->batches.write(batch, from, now);
}

Result<void> LibraryWriter::set_available(FolderId folder, bool available) {
  return parts_->library.execute("UPDATE folders SET available = ? WHERE folder = ?", available,
                                 folder);
}

Result<std::int64_t> LibraryWriter::track_count() {
  return parts_->library.number("SELECT coalesce(sum(tracks), 0) FROM folders");
}

Result<bool> LibraryWriter::tidy() { return parts_->tidying.step(); }

}  // namespace tutti::shell
