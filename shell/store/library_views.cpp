#include "shell/store/library_views.hpp"

#include "core/library/track_words.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

#define TUTTI_TRACK_VIEW                                                                      \
  "SELECT t.id, t.track, t.title, t.name, t.artists, t.album, t.album_title, t.disc_number, " \
  "t.track_number, t.duration_ms, t.date, t.genres, t.artwork, t.codec, t.added_at, "         \
  "t.available, t.folder, EXISTS (SELECT 1 FROM house.favourites f WHERE f.account_id = ?2 "  \
  "AND f.kind = 0 AND f.item = t.track), (SELECT rating FROM house.ratings r WHERE "          \
  "r.account_id = ?2 AND r.track = t.track), (SELECT plays FROM house.play_counts p WHERE "   \
  "p.account_id = ?2 AND p.track = t.track) FROM tracks t WHERE "

library::TrackView read_track(const Scope& scope, const Statement& row) {
  library::TrackView view;
  view.id = row.id<TrackId>(1);
  library::Tags titled;
  titled.title = row.text(2);
  view.title = library::shown_title(titled, as_text(row.bytes(3)));
  view.artists = artist_refs(split_values(row.text(4)));
  if (!row.is_null(5)) view.album = row.id<AlbumId>(5);
  view.album_title = row.text(6);
  view.disc = row.integer(7);
  view.number = row.integer(8);
  view.duration_ms = row.integer(9);
  view.date = row.text(10);
  view.genres = split_values(row.text(11));
  view.artwork = artwork_text(row.bytes(12));
  view.codec = row.text(13);
  view.added_at = time_text(row.integer(14));
  const SeenFolder* folder = scope.find_row(row.integer(16));
  view.available = row.integer(15) != 0 && folder != nullptr && folder->available;
  view.favourite = row.integer(17) != 0;
  view.rating = row.integer(18);
  view.plays = row.integer(19);
  return view;
}

}  // namespace

std::string artwork_text(ByteView bytes) { return bytes.size() == 16 ? hex(bytes) : ""; }

std::string time_text(std::int64_t us) { return us == 0 ? "" : utc_text(WallTime{us}); }

std::vector<library::ArtistRef> artist_refs(const std::vector<std::string>& names) {
  std::vector<library::ArtistRef> out;
  for (const std::string& name : names) out.push_back({library::artist_id(name), name});
  return out;
}

Result<std::vector<library::TrackView>> track_views(const Scope& scope,
                                                    std::span<const std::int64_t> rows) {
  std::vector<library::TrackView> out;
  out.reserve(rows.size());
  for (std::int64_t id : rows) {
    TRY(one_row(scope.db.query(TUTTI_TRACK_VIEW "t.id = ?1", id, scope.account),
                [&](const Statement& row) { out.push_back(read_track(scope, row)); }));
  }
  return out;
}

Result<std::optional<library::TrackView>> track_view(const Scope& scope, TrackId track) {
  std::optional<library::TrackView> out;
  TRY(one_row(scope.db.query(TUTTI_TRACK_VIEW "t.track = ?1", track, scope.account),
              [&](const Statement& row) {
                if (scope.find_row(row.integer(16)) != nullptr) out = read_track(scope, row);
              }));
  return out;
}

Result<std::vector<library::AlbumView>> album_views(const Scope& scope,
                                                    std::span<const std::int64_t> ids) {
  std::vector<library::AlbumView> out;
  // A unary plus: the folder is looked at, never a way to find a track of an album.
  std::string sql =
      "SELECT a.id, a.title, a.artists, a.date, a.compilation, a.artwork, a.added_at, count(*), "
      "total(t.duration_ms), EXISTS (SELECT 1 FROM house.favourites f WHERE f.account_id = ?2 AND "
      "f.kind = 1 AND f.item = a.id) FROM albums a CROSS JOIN tracks t ON t.album = a.id WHERE "
      "a.id = ?1 "
      "AND +t.folder IN " +
      scope.rows() + " GROUP BY a.id";
  for (std::int64_t id : ids) {
    TRY(one_row(scope.db.query(sql, id, scope.account), [&](const Statement& row) {
      out.push_back({row.id<AlbumId>(0), std::string(row.text(1)),
                     artist_refs(split_values(row.text(2))), std::string(row.text(3)),
                     row.integer(4) != 0, artwork_text(row.bytes(5)), row.integer(7),
                     row.integer(8), time_text(row.integer(6)), row.integer(9) != 0});
    }));
  }
  return out;
}

Result<std::vector<library::ArtistView>> artist_views(const Scope& scope,
                                                      std::span<const std::int64_t> ids) {
  std::vector<library::ArtistView> out;
  // Counted in the index alone, which has an artist's tracks of a role in order; who performs
  // nothing is counted by what is theirs as an album artist.
  std::string seen = "FROM credits WHERE artist = ?1 AND role = ?3 AND folder IN " + scope.rows();
  std::string sql =
      "SELECT id, name, (SELECT count(*) FROM (SELECT DISTINCT folder, album " + seen +
      " AND album IS NOT NULL)), (SELECT count(*) " + seen +
      "), (SELECT artwork FROM albums WHERE length(artwork) > 0 AND id IN (SELECT album " + seen +
      " LIMIT 20) LIMIT 1), EXISTS (SELECT 1 FROM house.favourites f WHERE f.account_id = ?2 AND "
      "f.kind = 2 AND f.item = artists.id) FROM artists WHERE id = ?1";
  for (std::int64_t id : ids) {
    bool found = false;
    for (int role = 0; role < 2 && !found; ++role) {
      TRY(one_row(scope.db.query(sql, id, scope.account, role), [&](const Statement& row) {
        found = row.integer(3) > 0;
        if (!found) return;
        out.push_back({row.id<ArtistId>(0), std::string(row.text(1)), row.integer(2),
                       row.integer(3), artwork_text(row.bytes(4)), row.integer(5) != 0});
      }));
    }
  }
  return out;
}

}  // namespace tutti::shell
