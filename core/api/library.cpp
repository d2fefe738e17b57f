#include "core/api/library.hpp"

#include "core/api/server.hpp"

namespace tutti::api {
namespace {

using namespace library;

// A request that the store answers later.
template <class Request, class Answer>
void add(OperationTable& table, Spec spec) {
  table.add(operation<Request, Answer>(
      std::move(spec), [](Context& context, const Request& request) -> Outcome<Answer> {
        auto asked = context.services->ask_library(context, library::Request(request));
        if (!asked) return asked.error();
        return Pending{};
      }));
}

Spec reads(std::string name, std::string path, std::string summary) {
  return {.name = std::move(name), .summary = std::move(summary), .path = std::move(path)};
}
Spec changes(std::string name, Method method, std::string path, std::string summary,
             Effect effect = Effect::changes) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .method = method,
          .path = std::move(path),
          .effect = effect};
}

void add_lists(OperationTable& table) {
  add<ListFolders, FolderList>(
      table, reads("folders.list", "/api/folders", "The folders of music that you see."));
  add<GetStats, LibraryStats>(
      table, reads("library.stats", "/api/library/stats", "How much there is, and how long."));
  add<ListTracks, TrackPage>(
      table, reads("tracks.list", "/api/tracks", "Tracks by name, newest, most played and more."));
  add<ListAlbums, AlbumPage>(
      table, reads("albums.list", "/api/albums", "Albums by name, newest, most played and more."));
  add<ListArtists, ArtistPage>(
      table, reads("artists.list", "/api/artists", "Artists by name, most played and more."));
  add<ListGenres, GenrePage>(
      table, reads("genres.list", "/api/genres", "Genres with how much is of each."));
  add<ListUnavailable, TrackPage>(
      table,
      reads("library.unavailable", "/api/library/unavailable",
            "Tracks whose files cannot be reached now; they keep all that you know of them."));
  add<ListFailed, FailedPage>(table, reads("library.failed", "/api/library/failed",
                                           "Files that could not be read, each with the reason."));
  add<GetArtist, ArtistAnswer>(
      table, reads("artists.get", "/api/artists/{artist}", "An artist with all albums."));
  add<GetAlbum, AlbumAnswer>(
      table, reads("albums.get", "/api/albums/{album}", "An album with its discs and tracks."));
  add<GetTrack, TrackAnswer>(table, reads("tracks.get", "/api/tracks/{track}",
                                          "A track with all its tags, its file and its lyrics."));
  add<Search, SearchAnswer>(
      table, reads("library.search", "/api/search",
                   "Artists, albums and tracks for what is being typed, best first."));
  add<ListTrackIds, TrackIds>(
      table, reads("tracks.ids", "/api/library/tracks",
                   "The tracks of an album, artist, genre, playlist or search, in playing order."));
}

void add_personal(OperationTable& table) {
  add<RateTrack, Done>(
      table, changes("tracks.rate", Method::put, "/api/tracks/{track}/rating", "Rates a track."));
  add<FavouriteTrack, Done>(
      table, changes("tracks.favourite", Method::put, "/api/tracks/{track}/favourite",
                     "Makes a track a favourite, or takes it back."));
  add<FavouriteAlbum, Done>(
      table, changes("albums.favourite", Method::put, "/api/albums/{album}/favourite",
                     "Makes an album a favourite, or takes it back."));
  add<FavouriteArtist, Done>(
      table, changes("artists.favourite", Method::put, "/api/artists/{artist}/favourite",
                     "Makes an artist a favourite, or takes it back."));
  add<RecordPlay, Done>(table,
                        changes("tracks.played", Method::post, "/api/tracks/{track}/plays",
                                "Says that a track was heard, for players that are none of ours."));
  Spec folders = changes("accounts.folders", Method::put, "/api/accounts/{account}/folders",
                         "Which folders of music an account sees.");
  folders.permission = Permission::manage;
  add<SetAccountFolders, Done>(table, std::move(folders));
}

void add_playlists(OperationTable& table) {
  add<ListPlaylists, PlaylistPage>(
      table, reads("playlists.list", "/api/playlists", "Your playlists, by name."));
  add<GetPlaylist, PlaylistAnswer>(table, reads("playlists.get", "/api/playlists/{playlist}",
                                                "A playlist with a page of its tracks."));
  add<CreatePlaylist, PlaylistChanged>(
      table, changes("playlists.create", Method::post, "/api/playlists", "Makes a playlist."));
  add<RenamePlaylist, PlaylistChanged>(
      table, changes("playlists.rename", Method::put, "/api/playlists/{playlist}/name",
                     "Renames a playlist."));
  add<DeletePlaylist, Done>(table,
                            changes("playlists.delete", Method::remove, "/api/playlists/{playlist}",
                                    "Deletes a playlist.", Effect::destroys));
  add<AddToPlaylist, PlaylistChanged>(
      table, changes("playlists.add", Method::post, "/api/playlists/{playlist}/items",
                     "Adds tracks at the end, or at a place."));
  add<RemoveFromPlaylist, PlaylistChanged>(
      table, changes("playlists.remove", Method::post, "/api/playlists/{playlist}/remove",
                     "Takes tracks out, by their places."));
  add<MoveInPlaylist, PlaylistChanged>(
      table, changes("playlists.move", Method::post, "/api/playlists/{playlist}/move",
                     "Moves tracks in a row to another place."));
  add<ReorderPlaylist, PlaylistChanged>(
      table, changes("playlists.reorder", Method::put, "/api/playlists/{playlist}/order",
                     "Puts all tracks into another order."));
  add<ImportPlaylist, PlaylistImported>(
      table, changes("playlists.import", Method::post, "/api/playlists/import",
                     "Makes a playlist of the text of a file."));
  add<ExportPlaylist, PlaylistText>(
      table, reads("playlists.export", "/api/playlists/{playlist}/file",
                   "A playlist as the text of a file, with relative paths."));
  add<CreateSmartPlaylist, PlaylistChanged>(
      table, changes("playlists.create_smart", Method::post, "/api/smart-playlists",
                     "Makes a playlist whose tracks follow from rules."));
  add<UpdateSmartPlaylist, PlaylistChanged>(
      table, changes("playlists.set_rules", Method::put, "/api/smart-playlists/{playlist}",
                     "Changes the rules of a playlist."));
  add<PreviewSmartPlaylist, SmartPreview>(
      table, Spec{.name = "playlists.preview",
                  .summary = "What rules would give now, without keeping them.",
                  .method = Method::post,
                  .path = "/api/smart-playlists/preview"});
}

void add_files(OperationTable& table) {
  Spec artwork = reads("artwork.get", "/api/artwork/{artwork}",
                       "The image of a track, an album or an artist, made to fit.");
  artwork.media = "image/*";
  table.add(operation<GetArtwork, Nothing>(
      std::move(artwork), [](Context& context, const GetArtwork& request) -> Outcome<Nothing> {
        GetArtwork wanted = request;
        bool key = wanted.artwork.size() == 32 &&
                   wanted.artwork.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (!key) return Error{Code::bad_request, "args.artwork: expected 32 digits 0-9, a-f"};
        for (wanted.size = 64; wanted.size < request.size;) wanted.size *= 2;
        if (auto asked = context.services->ask_artwork(context, wanted); !asked)
          return asked.error();
        return Pending{};
      }));
  Spec edit = changes("tracks.edit", Method::patch, "/api/tracks/{track}/tags",
                      "Writes tags into a track's file, if this server may.");
  edit.permission = Permission::edit;
  table.add(operation<EditTags, Done>(
      std::move(edit), [](Context& context, const EditTags& request) -> Outcome<Done> {
        if (auto sound = check(request); !sound) return sound.error();
        if (auto asked = context.services->edit_tags(context, request); !asked)
          return asked.error();
        return Pending{};
      }));
}

void add_scan(OperationTable& table) {
  table.add(operation<Nothing, ScanStatus>(
      reads("library.scan_status", "/api/library/scan", "What is being scanned, and how far."),
      [](Context& context, const Nothing&) {
        return Outcome<ScanStatus>(context.services->scan_status());
      }));
  Spec start = changes("library.scan", Method::post, "/api/library/scan",
                       "Looks for what is new, changed or gone in the folders of music.");
  start.permission = Permission::manage;
  table.add(operation<StartScan, ScanResult>(
      std::move(start), [](Context& context, const StartScan& request) -> Outcome<ScanResult> {
        context.services->start_scan(context, request);
        return Pending{};
      }));
  Spec cancel = changes("library.cancel_scan", Method::remove, "/api/library/scan",
                        "Ends what is being scanned; what was found so far stays.");
  cancel.permission = Permission::manage;
  table.add(operation<Nothing, ScanStatus>(std::move(cancel), [](Context& context, const Nothing&) {
    context.services->cancel_scan();
    return Outcome<ScanStatus>(context.services->scan_status());
  }));
}

}  // namespace

void add_library_operations(OperationTable& table) {
  add_lists(table);
  add_personal(table);
  add_playlists(table);
  add_files(table);
  add_scan(table);
}

std::string cache_key(const library::Request& request) {
  return std::visit(
      [&](const auto& what) -> std::string {
        using T = std::decay_t<decltype(what)>;
        constexpr bool kOfNow =
            std::is_same_v<T, GetPlaylist> || std::is_same_v<T, PreviewSmartPlaylist> ||
            std::is_same_v<T, ListTrackIds> || std::is_same_v<T, ExportPlaylist> ||
            std::is_same_v<T, ExportEntries>;
        if constexpr (!kOfNow && requires(Writer& v, T copy) { copy.fields(v); })
          return std::to_string(request.index()) + write_json(write(what));
        else return {};
      },
      request);
}

Json to_json(const library::Answer& answer) {
  return std::visit(
      [](const auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<T, PlaylistEntries>) return Json();  // not on the wire
        else return write(what);
      },
      answer);
}

}  // namespace tutti::api
