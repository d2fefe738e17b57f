#include "shell/store/library_details.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shell/store/library_views.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr std::int64_t kAlbumsShown = 500;   // of an artist, of each kind
constexpr std::int64_t kTracksShown = 2000;  // of an album
constexpr double kReplayGainLufs = -18.0;    // what ReplayGain 2.0's gains bring a track to

std::int64_t signed_id(std::uint64_t id) { return static_cast<std::int64_t>(id); }

Result<std::vector<std::int64_t>> integers(Result<Statement> statement) {
  std::vector<std::int64_t> out;
  TRY(each_row(std::move(statement), [&](const Statement& row) { out.push_back(row.integer(0)); }));
  return out;
}

void set_discs(library::AlbumAnswer& out, std::vector<library::TrackView> tracks) {
  for (library::TrackView& track : tracks) {
    for (const std::string& genre : track.genres) {
      bool known = std::find(out.genres.begin(), out.genres.end(), genre) != out.genres.end();
      if (!known) out.genres.push_back(genre);
    }
    if (out.discs.empty() || out.discs.back().number != track.disc)
      out.discs.push_back({track.disc, "", {}});
    out.discs.back().tracks.push_back(std::move(track));
  }
}

void set_file(library::TrackAnswer& out, const TrackRow& row) {
  const library::ScannedFile& file = row.file;
  std::string path = file.directory.empty() ? file.name : file.directory + "/" + file.name;
  out.path = library::display_text(path);
  out.bytes = file.stamp.size;
  out.sample_rate = file.audio.sample_rate;
  out.channels = file.audio.channels;
  out.bits = file.audio.bits;
  out.bitrate = file.audio.bitrate;
}

void set_tags(library::TrackAnswer& out, const library::Tags& tags) {
  out.album_artists = artist_refs(tags.album_artists);
  out.composers = artist_refs(tags.composers);
  out.track_total = tags.track.total;
  out.disc_total = tags.disc.total;
  out.disc_subtitle = tags.disc_subtitle;
  out.original_date = tags.original_date;
  out.compilation = tags.compilation;
  out.comment = tags.comment;
  out.lyrics = tags.lyrics;
  out.synced_lyrics = tags.synced_lyrics;
  out.track_gain_db = tags.gain.track_db;
  out.album_gain_db = tags.gain.album_db;
  out.track_peak = tags.gain.track_peak;
  out.album_peak = tags.gain.album_peak;
  out.mb_recording = tags.mb_recording;
  out.mb_release = tags.mb_release;
  out.mb_release_group = tags.mb_release_group;
  out.mb_artists = tags.mb_artists;
  out.mb_album_artists = tags.mb_album_artists;
  out.title_sort = tags.title_sort;
  out.album_sort = tags.album_sort;
}

std::optional<double> optional_real(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.real(column);
}

// A gain says how far a track is from the reference; its loudness is that much below it.
std::optional<double> loudness(std::optional<double> gain_db) {
  if (!gain_db) return std::nullopt;
  return kReplayGainLufs - *gain_db;
}

play::TrackFacts read_facts(const SeenFolder& folder, const Statement& row) {
  play::TrackFacts facts;
  facts.track = row.id<TrackId>(0);
  facts.path = folder.path;
  for (int column : {1, 2}) {
    std::string_view part = as_text(row.bytes(column));
    if (!part.empty() && !facts.path.ends_with('/')) facts.path += '/';
    facts.path += part;
  }
  facts.duration_ms = row.integer(3);
  facts.sample_rate = static_cast<int>(row.integer(4));
  facts.channels = static_cast<int>(row.integer(5));
  facts.bits = static_cast<int>(row.integer(6));
  // What we measured ourselves goes before what the file says of itself, field by field.
  auto either = [&row](int measured, std::optional<double> tagged) {
    auto own = optional_real(row, measured);
    return own ? own : tagged;
  };
  facts.loudness = {either(16, loudness(optional_real(row, 7))),
                    either(17, loudness(optional_real(row, 8))), either(18, optional_real(row, 9)),
                    either(19, optional_real(row, 10))};
  facts.album = row.id<AlbumId>(11);
  facts.disc = static_cast<int>(row.integer(12));
  facts.number = static_cast<int>(row.integer(13));
  facts.available = folder.available && row.integer(14) != 0;
  return facts;
}

Result<TrackPlace> place_of(const Scope& scope, Result<Statement> found, const char* thing) {
  std::optional<TrackPlace> place;
  TRY(one_row(std::move(found), [&](const Statement& row) {
    const SeenFolder* folder = scope.find_row(row.integer(0));
    if (folder == nullptr) return;
    place = TrackPlace{folder->id,
                       folder->path,
                       {std::string(as_text(row.bytes(1))), std::string(as_text(row.bytes(2)))}};
  }));
  if (!place) return no_such(thing);
  return std::move(*place);
}

}  // namespace

Result<TrackPlace> track_place(const Scope& scope, TrackId track) {
  return place_of(scope,
                  scope.db.query("SELECT t.folder, d.path, t.name FROM tracks t JOIN directories d "
                                 "ON d.id = t.directory WHERE t.track = ?",
                                 track),
                  "track");
}

Result<TrackPlace> artwork_place(const Scope& scope, library::ArtworkKey artwork) {
  std::string key = content_bytes(artwork);
  return place_of(scope,
                  scope.db.query("SELECT t.folder, d.path, t.name FROM tracks t JOIN directories d "
                                 "ON d.id = t.directory WHERE t.artwork = ? AND t.artwork <> x'' "
                                 "AND +t.folder IN " +
                                     scope.rows() + " ORDER BY t.available DESC LIMIT 1",
                                 as_bytes(key)),
                  "image");
}

Result<library::FolderList> list_folders(const Scope& scope) {
  library::FolderList out;
  for (const SeenFolder& folder : scope.folders) {
    out.folders.push_back({folder.id, folder.name, library::display_text(folder.path),
                           folder.tracks, folder.available});
  }
  return out;
}

Result<library::LibraryStats> get_stats(const Scope& scope) {
  library::LibraryStats out;
  std::string in = scope.rows();
  TRY(one_row(scope.db.query("SELECT total(tracks), total(duration_ms), total(bytes) FROM "
                             "main.folders WHERE id IN " +
                             in),
              [&](const Statement& row) {
                out.tracks = row.integer(0);
                out.duration_ms = row.integer(1);
                out.bytes = row.integer(2);
              }));
  for (const SeenFolder& folder : scope.folders) {
    if (!folder.available) out.unavailable += folder.tracks;
    if (!folder.available) continue;
    TRY(one_row(scope.db.query("SELECT count(*) FROM tracks WHERE folder = ? AND available = 0",
                               folder.row),
                [&](const Statement& row) { out.unavailable += row.integer(0); }));
  }
  TRY_LET(albums, scope.db.number("SELECT count(*) FROM albums a WHERE EXISTS (SELECT 1 FROM "
                                  "tracks t WHERE t.album = a.id AND +t.folder IN " +
                                  in + ")"));
  out.albums = albums;
  TRY_LET(artists,
          scope.db.number("SELECT count(*) FROM artists a WHERE EXISTS (SELECT 1 FROM credits c "
                          "WHERE c.artist = a.id AND c.role < 2 AND c.folder IN " +
                          in + ")"));
  TRY_LET(genres,
          scope.db.number("SELECT count(*) FROM genres g WHERE EXISTS (SELECT 1 FROM track_genres "
                          "n CROSS JOIN tracks t ON t.id = n.track WHERE n.genre = g.id AND "
                          "t.folder IN " +
                          in + ")"));
  TRY_LET(failed, scope.db.number("SELECT count(*) FROM failed_files f JOIN directories d ON d.id "
                                  "= f.directory WHERE d.folder IN " +
                                  in));
  out.artists = artists;
  out.genres = genres;
  out.failed = failed;
  return out;
}

Result<library::ArtistAnswer> get_artist(const Scope& scope, ArtistId artist) {
  library::ArtistAnswer out;
  std::int64_t id = signed_id(artist.value);
  TRY_LET(views, artist_views(scope, std::span(&id, 1)));
  if (views.empty()) return no_such("artist");
  out.artist = std::move(views.front());
  // Their own: as album artist, or of an album that names none; the rest they appear on.
  constexpr const char* kAlbums =
      "SELECT id FROM (SELECT c.album AS id, max(c.role = 1 OR NOT EXISTS (SELECT 1 FROM credits o "
      "WHERE o.track = c.track AND o.role = 1)) AS own FROM credits c WHERE c.artist = ? AND "
      "c.role < 2 AND c.album IS NOT NULL AND c.folder IN {} GROUP BY c.album) JOIN albums USING "
      "(id) WHERE own = ? ORDER BY date DESC, sort_key, id LIMIT ?";
  std::string sql = fmt::format(kAlbums, scope.rows());
  TRY_LET(own, integers(scope.db.query(sql, id, 1, kAlbumsShown)));
  TRY_LET(others, integers(scope.db.query(sql, id, 0, kAlbumsShown)));
  TRY_LET(albums, album_views(scope, own));
  TRY_LET(appears_on, album_views(scope, others));
  out.albums = std::move(albums);
  out.appears_on = std::move(appears_on);
  return out;
}

Result<std::vector<std::int64_t>> rows_of_album(const Scope& scope, AlbumId album,
                                                std::int64_t limit) {
  return integers(scope.db.query("SELECT id FROM tracks WHERE album = ? AND +folder IN " +
                                     scope.rows() +
                                     " ORDER BY disc_number, track_number, id LIMIT ?",
                                 album, limit));
}

Result<std::vector<std::int64_t>> rows_of_artist(const Scope& scope, ArtistId artist,
                                                 std::int64_t limit) {
  return integers(scope.db.query(
      "SELECT t.id FROM (SELECT DISTINCT track FROM credits WHERE artist = ? AND role < 2 AND "
      "folder IN " +
          scope.rows() +
          ") c CROSS JOIN tracks t ON t.id = c.track LEFT JOIN albums a ON a.id = t.album ORDER BY "
          "a.date, a.sort_key, t.album, t.disc_number, t.track_number, t.id LIMIT ?",
      artist, limit));
}

Result<library::AlbumAnswer> get_album(const Scope& scope, AlbumId album) {
  library::AlbumAnswer out;
  std::int64_t id = signed_id(album.value);
  TRY_LET(views, album_views(scope, std::span(&id, 1)));
  if (views.empty()) return no_such("album");
  out.album = std::move(views.front());
  TRY_LET(rows, rows_of_album(scope, album, kTracksShown));
  TRY_LET(tracks, track_views(scope, rows));
  set_discs(out, std::move(tracks));
  for (library::DiscView& disc : out.discs) {
    TRY(one_row(scope.db.query("SELECT disc_subtitle FROM tracks WHERE album = ? AND disc_number = "
                               "? AND disc_subtitle <> '' LIMIT 1",
                               album, disc.number),
                [&](const Statement& row) { disc.subtitle = row.text(0); }));
  }
  return out;
}

Result<library::TrackAnswer> get_track(const Scope& scope, TrackId track) {
  library::TrackAnswer out;
  TRY_LET(view, track_view(scope, track));
  if (!view) return no_such("track");
  TRY_LET(row, load_track_row(scope.db, track));
  if (!row) return no_such("track");
  out.track = std::move(*view);
  out.folder = scope.find_row(row->folder)->id;
  set_file(out, *row);
  set_tags(out, row->file.tags);
  TRY(one_row(scope.db.query("SELECT last_at FROM house.play_counts WHERE account_id = ? AND track "
                             "= ?",
                             scope.account, track),
              [&](const Statement& at) { out.last_played_at = time_text(at.integer(0)); }));
  return out;
}

Result<std::vector<play::TrackFacts>> track_facts(const Scope& scope,
                                                  std::span<const TrackId> tracks) {
  std::vector<play::TrackFacts> out;
  out.reserve(tracks.size());
  for (TrackId track : tracks) {
    TRY(one_row(
        scope.db.query("SELECT t.track, d.path, t.name, t.duration_ms, t.sample_rate, t.channels, "
                       "t.bits, t.track_gain_db, t.album_gain_db, t.track_peak, t.album_peak, "
                       "t.album, t.disc_number, t.track_number, t.available, t.folder, m.lufs, "
                       "a.lufs, m.peak, a.peak FROM tracks t JOIN directories d ON d.id = "
                       "t.directory LEFT JOIN measurements m ON m.content = t.content LEFT JOIN "
                       "album_loudness a ON a.album = t.album WHERE t.track = ?",
                       track),
        [&](const Statement& row) {
          const SeenFolder* folder = scope.find_row(row.integer(15));
          if (folder != nullptr) out.push_back(read_facts(*folder, row));
        }));
  }
  return out;
}

}  // namespace tutti::shell
