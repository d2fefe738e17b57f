#include "shell/store/library_reader.hpp"

#include "shell/store/library_details.hpp"
#include "shell/store/library_lists.hpp"
#include "shell/store/library_playlists.hpp"
#include "shell/store/library_search.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

template <class T>
Result<library::Answer> answer(Result<T> result) {
  if (!result) return std::unexpected(result.error());
  return library::Answer(std::move(*result));
}

// One function a request that only looks; the last takes all that change something.
struct Asked {
  const Scope& scope;
  using R = Result<library::Answer>;
  R operator()(const library::ListFolders&) { return answer(list_folders(scope)); }
  R operator()(const library::GetStats&) { return answer(get_stats(scope)); }
  R operator()(const library::ListTracks& q) { return answer(list_tracks(scope, q)); }
  R operator()(const library::ListAlbums& q) { return answer(list_albums(scope, q)); }
  R operator()(const library::ListArtists& q) { return answer(list_artists(scope, q)); }
  R operator()(const library::ListGenres& q) { return answer(list_genres(scope, q)); }
  R operator()(const library::ListUnavailable& q) { return answer(list_unavailable(scope, q)); }
  R operator()(const library::ListFailed& q) { return answer(list_failed(scope, q)); }
  R operator()(const library::GetArtist& q) { return answer(get_artist(scope, q.artist)); }
  R operator()(const library::GetAlbum& q) { return answer(get_album(scope, q.album)); }
  R operator()(const library::GetTrack& q) { return answer(get_track(scope, q.track)); }
  R operator()(const library::Search& q) { return answer(search(scope, q)); }
  R operator()(const library::ListTrackIds& q) { return answer(list_track_ids(scope, q)); }
  R operator()(const library::ListPlaylists& q) { return answer(list_playlists(scope, q)); }
  R operator()(const library::GetPlaylist& q) { return answer(get_playlist(scope, q)); }
  R operator()(const library::ExportPlaylist& q) { return answer(export_playlist(scope, q)); }
  R operator()(const library::ExportEntries& q) { return answer(export_entries(scope, q)); }
  R operator()(const library::PreviewSmartPlaylist& q) { return answer(preview(scope, q)); }
  template <class Write>
  R operator()(const Write&) {
    return fail(Code::internal, "a change was sent to a reader");
  }
};

// Begun at the first read, ended when destroyed: one state for all statements of an answer.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& db) : db_(db), begun_(db.execute("BEGIN")) {}
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction() {
    if (begun_) (void)db_.execute("COMMIT");
  }
  const Result<void>& begun() const { return begun_; }

 private:
  Database& db_;
  Result<void> begun_;
};

// What `ask` finds in the library as the account sees it.
template <class Ask>
auto within(Database& db, AccountId account, WallTime now, const Ask& ask)
    -> decltype(ask(std::declval<const Scope&>())) {
  ReadTransaction transaction(db);
  if (!transaction.begun()) return std::unexpected(transaction.begun().error());
  TRY_LET(scope, scope_of(db, account, now));
  return ask(scope);
}

}  // namespace

Result<void> attach_house(Database& library, const std::string& house_path) {
  TRY(library.add_fold());
  return library.execute("ATTACH ? AS house", house_path);
}

Result<library::Answer> ask_library(Database& db, const library::Ask& ask) {
  return within(db, ask.account, ask.now,
                [&](const Scope& scope) { return std::visit(Asked{scope}, ask.request); });
}

Result<std::vector<play::TrackFacts>> ask_facts(Database& db, AccountId account,
                                                std::span<const TrackId> tracks) {
  return within(db, account, {}, [&](const Scope& scope) { return track_facts(scope, tracks); });
}

Result<TrackPlace> ask_place(Database& db, AccountId account, TrackId track) {
  return within(db, account, {}, [&](const Scope& scope) { return track_place(scope, track); });
}
Result<TrackPlace> ask_place(Database& db, AccountId account, library::ArtworkKey artwork) {
  return within(db, account, {}, [&](const Scope& scope) { return artwork_place(scope, artwork); });
}

}  // namespace tutti::shell
