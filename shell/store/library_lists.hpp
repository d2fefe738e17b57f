#pragma once
// Lists, page by page. Every list is read in the order of an index from where the last page ended;
// lists narrowed to a genre, an artist, favourites or years read those and order them.

#include "shell/store/library_scope.hpp"

namespace tutti::shell {

Result<library::TrackPage> list_tracks(const Scope& scope, const library::ListTracks& query);
Result<library::AlbumPage> list_albums(const Scope& scope, const library::ListAlbums& query);
Result<library::ArtistPage> list_artists(const Scope& scope, const library::ListArtists& query);
Result<library::GenrePage> list_genres(const Scope& scope, const library::ListGenres& query);
Result<library::TrackPage> list_unavailable(const Scope& scope,
                                            const library::ListUnavailable& query);
Result<library::FailedPage> list_failed(const Scope& scope, const library::ListFailed& query);

// The statement behind a page of tracks, for the tests that ask how it is carried out.
Result<library::SqlText> sql_of_tracks(const Scope& scope, const library::ListTracks& query);

}  // namespace tutti::shell
