#include "shell/store/house_library.hpp"

#include "shell/store/house_playlists.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

enum FavouriteKind : int { kTrack = 0, kAlbum = 1, kArtist = 2 };

Result<void> set_favourite(House& house, int kind, std::uint64_t item, bool favourite) {
  auto id = static_cast<std::int64_t>(item);
  if (!favourite) {
    return house.db.execute("DELETE FROM favourites WHERE account_id = ? AND kind = ? AND item = ?",
                            house.scope.account, kind, id);
  }
  return house.db.execute(
      "INSERT OR IGNORE INTO favourites(account_id, kind, item, at) VALUES (?, ?, ?, ?)",
      house.scope.account, kind, id, house.scope.now.us);
}

// Whether a seen track is on the album or by the artist.
Result<void> check_seen(const House& house, const std::string& sql, std::uint64_t id,
                        const char* thing) {
  TRY_LET(seen, one_row(house.scope.db.query(sql + house.scope.rows() + " LIMIT 1",
                                             static_cast<std::int64_t>(id)),
                        [](const Statement&) {}));
  if (!seen) return no_such(thing);
  return {};
}

Result<library::Done> write(House& house, const library::RateTrack& ask) {
  TRY(know_track(house, ask.track));
  if (ask.rating == 0) {
    TRY(house.db.execute("DELETE FROM ratings WHERE account_id = ? AND track = ?",
                         house.scope.account, ask.track));
    return library::Done{};
  }
  if (ask.rating < 0 || ask.rating > 100)
    return fail(Code::bad_request, "rating: expected a number from 0 to 100");
  TRY(house.db.execute(
      "INSERT INTO ratings(account_id, track, rating, at) VALUES (?, ?, ?, ?) ON CONFLICT DO "
      "UPDATE SET rating = excluded.rating, at = excluded.at",
      house.scope.account, ask.track, ask.rating, house.scope.now.us));
  return library::Done{};
}

Result<library::Done> write(House& house, const library::FavouriteTrack& ask) {
  TRY(know_track(house, ask.track));
  TRY(set_favourite(house, kTrack, ask.track.value, ask.favourite));
  return library::Done{};
}

Result<library::Done> write(House& house, const library::FavouriteAlbum& ask) {
  if (ask.favourite) {
    TRY(check_seen(house, "SELECT 1 FROM tracks WHERE album = ? AND +folder IN ", ask.album.value,
                   "album"));
  }
  TRY(set_favourite(house, kAlbum, ask.album.value, ask.favourite));
  return library::Done{};
}

Result<library::Done> write(House& house, const library::FavouriteArtist& ask) {
  if (ask.favourite) {
    TRY(check_seen(house, "SELECT 1 FROM credits WHERE artist = ? AND folder IN ", ask.artist.value,
                   "artist"));
  }
  TRY(set_favourite(house, kArtist, ask.artist.value, ask.favourite));
  return library::Done{};
}

Result<library::Done> write(House& house, const library::RecordPlay& ask) {
  TRY(know_track(house, ask.track));
  if (ask.played_ms < 0) return fail(Code::bad_request, "played_ms: expected at least 0");
  TRY(house.db.execute("INSERT INTO plays(account_id, track, at, played_ms) VALUES (?, ?, ?, ?)",
                       house.scope.account, ask.track, house.scope.now.us, ask.played_ms));
  std::int64_t duration_ms = 0;
  TRY(one_row(house.scope.db.query("SELECT duration_ms FROM tracks WHERE track = ?", ask.track),
              [&](const Statement& row) { duration_ms = row.integer(0); }));
  if (!library::counts_as_play(ask.played_ms, duration_ms)) return library::Done{};
  TRY(house.db.execute(
      "INSERT INTO play_counts(account_id, track, plays, last_at) VALUES (?, ?, 1, ?) ON CONFLICT "
      "DO UPDATE SET plays = plays + 1, last_at = max(last_at, excluded.last_at)",
      house.scope.account, ask.track, house.scope.now.us));
  return library::Done{};
}

Result<library::Done> write(House& house, const library::SetAccountFolders& ask) {
  std::int64_t account = 0;
  TRY_LET(known, one_row(house.db.query("SELECT id FROM accounts WHERE account = ?", ask.account),
                         [&](const Statement& row) { account = row.integer(0); }));
  if (!known) return no_such("account");
  TRY(house.db.execute("DELETE FROM account_folders WHERE account_id = ?", account));
  for (FolderId folder : ask.folders) {
    TRY_LET(found, one_row(house.db.query("SELECT 1 FROM folders WHERE folder = ?", folder),
                           [](const Statement&) {}));
    if (!found) return no_such("folder");
    TRY(house.db.execute("INSERT OR IGNORE INTO account_folders(account_id, folder) VALUES (?, ?)",
                         account, folder));
  }
  return library::Done{};
}

// One transaction around the write; then, for a playlist, how it is now.
struct Applied {
  House& house;
  Random& random;
  using R = Result<library::Answer>;

  template <class Write>
  R in_transaction(Write write_it) {
    TRY_LET(transaction, Transaction::begin(house.db));
    auto done = write_it();
    if (!done) return std::unexpected(done.error());
    TRY(transaction.commit());
    return library::Answer(std::move(*done));
  }
  template <class Change>
  R operator()(const Change& change) {
    if constexpr (requires { write(house, change); }) {
      return in_transaction([&] { return write(house, change); });
    } else if constexpr (requires { write_playlist(house, change, random); }) {
      return in_transaction([&] { return write_playlist(house, change, random); });
    } else {
      return fail(Code::internal, "a question was sent to the writer");
    }
  }
  // Paths are looked up before the transaction begins: it stays short.
  R operator()(const library::ImportPlaylist& ask) {
    TRY_LET(import, resolve(house.scope, ask));
    return in_transaction([&] { return write_import(house, std::move(import), random); });
  }
  R operator()(const library::ImportEntries& ask) {
    TRY_LET(import, resolve(house.scope, ask));
    return in_transaction([&] { return write_import(house, std::move(import), random); });
  }
};

}  // namespace

Result<library::Answer> apply_library(Database& house, Database& view, const library::Ask& ask,
                                      Random& random) {
  TRY_LET(scope, scope_of(view, ask.account, ask.now));
  House in{house, scope};
  return std::visit(Applied{in, random}, ask.request);
}

}  // namespace tutti::shell
