#pragma once
// Everything the library can be asked, and how it answers. The structs are described where they
// are: browse.hpp (lists, single things, search), personal.hpp (ratings, favourites, plays),
// playlist.hpp. The store runs them; core/api makes operations of them.

#include <variant>

#include "core/base/time.hpp"
#include "core/library/answers.hpp"
#include "core/library/browse.hpp"
#include "core/library/personal.hpp"
#include "core/library/playlist.hpp"

namespace tutti::library {

using Request =
    std::variant<ListFolders, GetStats, ListTracks, ListAlbums, ListArtists, ListGenres,
                 ListUnavailable, ListFailed, GetArtist, GetAlbum, GetTrack, Search, ListTrackIds,
                 RateTrack, FavouriteTrack, FavouriteAlbum, FavouriteArtist, RecordPlay,
                 SetAccountFolders, ListPlaylists, GetPlaylist, CreatePlaylist, RenamePlaylist,
                 DeletePlaylist, AddToPlaylist, RemoveFromPlaylist, MoveInPlaylist, ReorderPlaylist,
                 ImportPlaylist, ExportPlaylist, ImportEntries, ExportEntries, CreateSmartPlaylist,
                 UpdateSmartPlaylist, PreviewSmartPlaylist>;
using Answer = std::variant<Done, FolderList, LibraryStats, TrackPage, AlbumPage, ArtistPage,
                            GenrePage, FailedPage, ArtistAnswer, AlbumAnswer, TrackAnswer,
                            SearchAnswer, TrackIds, PlaylistPage, PlaylistAnswer, PlaylistChanged,
                            PlaylistImported, PlaylistText, PlaylistEntries, SmartPreview>;

// Who asks what, and when.
struct Ask {
  AccountId account;
  Request request;
  WallTime now;
};

// Whether the request changes the house: then Store::apply takes it, else StoreReader::ask.
bool changes(const Request& request);

}  // namespace tutti::library
