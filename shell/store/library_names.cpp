#include "shell/store/library_names.hpp"

#include "core/library/fold.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

// Names remembered of each kind; beyond, all are forgotten and asked for again.
constexpr std::size_t kRemembered = 8192;

std::int64_t signed_id(std::uint64_t id) { return static_cast<std::int64_t>(id); }

// Who an album is by as far as one of its files can say; nobody: various.
const std::vector<std::string>& artists_of_album(const library::Tags& tags) {
  static const std::vector<std::string> kVarious;
  if (!tags.album_artists.empty()) return tags.album_artists;
  return tags.compilation ? kVarious : tags.artists;
}

std::uint64_t hash_of(const std::vector<std::string>& artists) {
  return artists.empty() ? 0 : library::stable_hash(join_values(artists));
}

std::string words_of_album(const library::Tags& tags, const std::vector<std::string>& artists) {
  std::string words = library::fold(tags.album) + '\n';
  for (const std::string& artist : artists) words += library::fold(artist) + ' ';
  words += '\n';
  if (int year = year_of(tags.date)) words += std::to_string(year);
  return words;
}

}  // namespace

Result<bool> LibraryNames::find_album(AlbumId id, KnownAlbum& known) {
  if (auto found = known_albums_.find(id); found != known_albums_.end()) {
    known = found->second;
    return true;
  }
  if (known_albums_.size() >= kRemembered) known_albums_.clear();
  return one_row(
      library_.query("SELECT length(artwork), artists, search_row FROM albums WHERE id = ?", id),
      [&](const Statement& row) {
        known = {row.integer(0) > 0, hash_of(split_values(row.text(1))), row.integer(2)};
        known_albums_.emplace(id, known);
      });
}

Result<AlbumId> LibraryNames::album(FolderId folder, const library::ScannedFile& file, bool changed,
                                    WallTime now) {
  const library::Tags& tags = file.tags;
  AlbumId id = library::album_id({tags.album, tags.mb_release, &tags.album_artists,
                                  tags.compilation, folder.value, file.directory});
  if (!id) return id;
  KnownAlbum known;
  TRY_LET(found, find_album(id, known));
  if (!found) {
    TRY(make_album(id, file, now));
  } else if (changed) {
    TRY(rewrite_album(id, file, known, hash_of(artists_of_album(tags))));
  } else {
    TRY(complete_album(id, file, known));
  }
  return id;
}

Result<void> LibraryNames::make_album(AlbumId id, const library::ScannedFile& file, WallTime now) {
  const library::Tags& tags = file.tags;
  const auto& artists = artists_of_album(tags);
  TRY_LET(search_row, albums_.next_row(library_, kSearchClasses - 1));
  std::string artwork = content_bytes(file.artwork);
  TRY(library_.execute(
      "INSERT INTO albums(id, title, sort_key, artists, date, original_date, compilation, "
      "artwork, mb_release, mb_release_group, added_at, search_row) VALUES (?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?, ?)",
      id, tags.album, library::sort_key(tags.album_sort.empty() ? tags.album : tags.album_sort),
      join_values(artists), tags.date, tags.original_date, tags.compilation, as_bytes(artwork),
      tags.mb_release, tags.mb_release_group, now.us, search_row));
  albums_.put(search_row, signed_id(id.value), words_of_album(tags, artists));
  known_albums_.insert_or_assign(id, KnownAlbum{bool{file.artwork}, hash_of(artists), search_row});
  return {};
}

// A further track: it may bring the artwork that the others lack, or show that there are several
// artists where no album artist is named.
Result<void> LibraryNames::complete_album(AlbumId id, const library::ScannedFile& file,
                                          KnownAlbum& known) {
  const library::Tags& tags = file.tags;
  bool more_artists = tags.album_artists.empty() && known.artists != 0 &&
                      known.artists != hash_of(artists_of_album(tags));
  if (more_artists) return rewrite_album(id, file, known, 0);
  if (known.artwork || !file.artwork) return {};
  known.artwork = true;
  known_albums_.insert_or_assign(id, known);
  std::string artwork = content_bytes(file.artwork);
  return library_.execute("UPDATE albums SET artwork = ? WHERE id = ?", as_bytes(artwork), id);
}

Result<void> LibraryNames::rewrite_album(AlbumId id, const library::ScannedFile& file,
                                         KnownAlbum& known, std::uint64_t artists_now) {
  const library::Tags& tags = file.tags;
  std::vector<std::string> artists;
  if (artists_now != 0) artists = artists_of_album(tags);
  std::string artwork = content_bytes(file.artwork);
  TRY(library_.execute(
      "UPDATE albums SET title = ?, sort_key = ?, artists = ?, date = ?, original_date = ?, "
      "compilation = ?, artwork = CASE WHEN length(?7) > 0 THEN ?7 ELSE artwork END, mb_release = "
      "?, mb_release_group = ? WHERE id = ?",
      tags.album, library::sort_key(tags.album_sort.empty() ? tags.album : tags.album_sort),
      join_values(artists), tags.date, tags.original_date, tags.compilation, as_bytes(artwork),
      tags.mb_release, tags.mb_release_group, id));
  albums_.remove(known.search_row);
  albums_.put(known.search_row, signed_id(id.value), words_of_album(tags, artists));
  known.artists = artists_now;
  known.artwork = known.artwork || file.artwork;
  known_albums_.insert_or_assign(id, known);
  return {};
}

Result<std::int64_t> LibraryNames::artist(const std::string& name, const std::string& mb_artist,
                                          WallTime now) {
  if (auto found = artist_ids_.find(name); found != artist_ids_.end()) return found->second;
  if (artist_ids_.size() >= kRemembered) artist_ids_.clear();
  std::int64_t id = signed_id(library::artist_id(name).value);
  TRY_LET(found, one_row(library_.query("SELECT 1 FROM artists WHERE id = ?", id),
                         [](const Statement&) {}));
  if (!found && id != 0) {
    TRY_LET(search_row, artists_.next_row(library_, kSearchClasses - 1));
    TRY(library_.execute(
        "INSERT INTO artists(id, name, sort_key, mb_artist, added_at, search_row) VALUES (?, ?, ?, "
        "?, ?, ?)",
        id, name, library::sort_key(name), mb_artist, now.us, search_row));
    artists_.put(search_row, id, library::fold(name));
  }
  artist_ids_.emplace(name, id);
  return id;
}

Result<std::int64_t> LibraryNames::genre(const std::string& name) {
  if (auto found = genre_ids_.find(name); found != genre_ids_.end()) return found->second;
  if (genre_ids_.size() >= kRemembered) genre_ids_.clear();
  std::int64_t id = signed_id(library::genre_id(name).value);
  if (id != 0) {
    TRY(library_.execute("INSERT OR IGNORE INTO genres(id, name, sort_key) VALUES (?, ?, ?)", id,
                         name, library::sort_key(name)));
  }
  genre_ids_.emplace(name, id);
  return id;
}

Result<void> LibraryNames::credit_all(const TrackRow& row, CreditRole role,
                                      const std::vector<std::string>& names,
                                      const std::vector<std::string>& mb_artists, WallTime now) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    bool paired = mb_artists.size() == names.size();
    TRY_LET(id, artist(names[i], paired ? mb_artists[i] : std::string(), now));
    if (id == 0) continue;
    TRY(library_.execute(
        "INSERT INTO credits(track, role, place, artist, folder, album) VALUES (?, ?, ?, ?, ?, ?)",
        row.id, static_cast<int>(role), static_cast<std::int64_t>(i), id, row.folder,
        album_column(row.album)));
  }
  return {};
}

Result<void> LibraryNames::credit(const TrackRow& row, WallTime now) {
  const library::Tags& tags = row.file.tags;
  TRY(credit_all(row, CreditRole::artist, tags.artists, tags.mb_artists, now));
  TRY(credit_all(row, CreditRole::album_artist, tags.album_artists, tags.mb_album_artists, now));
  TRY(credit_all(row, CreditRole::composer, tags.composers, {}, now));
  for (std::size_t i = 0; i < tags.genres.size(); ++i) {
    TRY_LET(id, genre(tags.genres[i]));
    if (id == 0) continue;
    TRY(library_.execute("INSERT INTO track_genres(track, place, genre) VALUES (?, ?, ?)", row.id,
                         static_cast<std::int64_t>(i), id));
  }
  return {};
}

Result<void> LibraryNames::flush() {
  TRY(artists_.flush(library_));
  return albums_.flush(library_);
}

void LibraryNames::forget() {
  artists_.forget();
  albums_.forget();
  artist_ids_.clear();
  genre_ids_.clear();
  known_albums_.clear();
}

}  // namespace tutti::shell
