#pragma once
// Playlists: requests and answers. An edit names the version that it is based on; on any other the
// answer is the error `stale`, whose text says the current one, and nothing has changed.

#include <span>

#include "core/base/names.hpp"
#include "core/library/views.hpp"

namespace tutti::library {

inline constexpr std::size_t kNameLength = 200;
inline constexpr std::int64_t kPlaylistItems = 10'000;
inline constexpr std::size_t kEditItems = 2'000;  // tracks or places in one edit
inline constexpr std::size_t kImportBytes = 4 * 1024 * 1024;

struct ListPlaylists {
  std::string cursor;
  std::int64_t limit = 100;
  template <class V>
  void fields(V& v) {
    v.optional("cursor", cursor, {.text = "`next` of the page before", .max_length = 1024});
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = 500});
  }
};
struct GetPlaylist {
  PlaylistId playlist;
  std::string cursor;
  std::int64_t limit = 100;
  template <class V>
  void fields(V& v) {
    v.field("playlist", playlist, {.text = "the playlist"});
    v.optional("cursor", cursor, {.text = "`next` of the page before", .max_length = 1024});
    v.optional("limit", limit, {.text = "items at most", .min = 1, .max = 500});
  }
};
struct CreatePlaylist {
  std::string name;
  std::vector<TrackId> tracks;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "its name", .max_length = kNameLength});
    v.optional("tracks", tracks, {.text = "what it begins with", .max_items = kEditItems});
  }
};

// What every edit says.
struct PlaylistEdit {
  PlaylistId playlist;
  std::int64_t version = 0;
  template <class V>
  void edit_fields(V& v) {
    v.field("playlist", playlist, {.text = "the playlist"});
    v.field("version", version, {.text = "that the edit is based on", .min = 1});
  }
};
struct RenamePlaylist : PlaylistEdit {
  std::string name;
  template <class V>
  void fields(V& v) {
    edit_fields(v);
    v.field("name", name, {.text = "its new name", .max_length = kNameLength});
  }
};
struct DeletePlaylist : PlaylistEdit {
  template <class V>
  void fields(V& v) {
    edit_fields(v);
  }
};
// At the end, or before the item at `at`.
struct AddToPlaylist : PlaylistEdit {
  std::vector<TrackId> tracks;
  std::optional<std::int64_t> at;
  template <class V>
  void fields(V& v) {
    edit_fields(v);
    v.field("tracks", tracks, {.text = "in order", .max_items = kEditItems});
    v.optional("at", at,
               {.text = "before the item at this place, from 0; absent: at the end",
                .min = 0,
                .max = kPlaylistItems});
  }
};
struct RemoveFromPlaylist : PlaylistEdit {
  std::vector<std::int64_t> places;
  template <class V>
  void fields(V& v) {
    edit_fields(v);
    v.field(
        "places", places,
        {.text = "of the items, from 0", .min = 0, .max = kPlaylistItems, .max_items = kEditItems});
  }
};
struct MoveInPlaylist : PlaylistEdit {
  std::int64_t from = 0;
  std::int64_t count = 1;
  std::int64_t to = 0;
  template <class V>
  void fields(V& v) {
    edit_fields(v);
    v.field("from", from, {.text = "place of the first, from 0", .min = 0, .max = kPlaylistItems});
    v.optional("count", count, {.text = "how many in a row", .min = 1, .max = kPlaylistItems});
    v.field("to", to, {.text = "place of the first afterwards", .min = 0, .max = kPlaylistItems});
  }
};
struct ReorderPlaylist : PlaylistEdit {
  std::vector<std::int64_t> order;
  template <class V>
  void fields(V& v) {
    edit_fields(v);
    v.field("order", order,
            {.text = "each place of now once, in the order wanted",
             .min = 0,
             .max = kPlaylistItems,
             .max_items = static_cast<std::size_t>(kPlaylistItems)});
  }
};

enum class PlaylistFormat : std::uint8_t { m3u, xspf };
std::span<const EnumName<PlaylistFormat>> names_of(PlaylistFormat);

// Paths in it are looked for within the folders that the account sees: relative ones below
// `directory` of `folder`, or of any; what is not there is in the answer.
struct ImportPlaylist {
  std::string name;
  PlaylistFormat format = PlaylistFormat::m3u;
  std::string text;
  std::optional<FolderId> folder;
  std::string directory;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "its name", .max_length = kNameLength});
    v.optional("format", format, {.text = "of the text"});
    v.field("text", text, {.text = "the file", .max_length = kImportBytes});
    v.optional("folder", folder, {.text = "where the file lay; absent: any folder"});
    v.optional("directory", directory, {.text = "where in it", .max_length = 4096});
  }
};
// Relative to `directory` of `folder`; without one, the paths are those of the machine.
struct ExportPlaylist {
  PlaylistId playlist;
  PlaylistFormat format = PlaylistFormat::m3u;
  std::optional<FolderId> folder;
  std::string directory;
  template <class V>
  void fields(V& v) {
    v.field("playlist", playlist, {.text = "the playlist"});
    v.optional("format", format, {.text = "of the text"});
    v.optional("folder", folder, {.text = "where the file will lie; absent: absolute paths"});
    v.optional("directory", directory, {.text = "where in it", .max_length = 4096});
  }
};

// An entry of a playlist file, of whatever format: what it calls the file, and how it describes it.
struct PlaylistEntry {
  std::string path;  // bytes, as in the file
  std::string title;
  std::string artist;
  std::int64_t duration_ms = 0;
  friend bool operator==(const PlaylistEntry&, const PlaylistEntry&) = default;
};
// For formats that are read and written elsewhere (XSPF); not on the wire.
struct ImportEntries {
  std::string name;
  std::vector<PlaylistEntry> entries;
  std::optional<FolderId> folder;
  std::string directory;
};
struct ExportEntries {
  PlaylistId playlist;
  std::optional<FolderId> folder;
  std::string directory;
};

// Rules: see smart_playlist.hpp.
struct CreateSmartPlaylist {
  std::string name;
  Json rules;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "its name", .max_length = kNameLength});
    v.field("rules", rules, {.text = "what belongs to it, in which order, how many"});
  }
};
struct UpdateSmartPlaylist : PlaylistEdit {
  Json rules;
  template <class V>
  void fields(V& v) {
    edit_fields(v);
    v.field("rules", rules, {.text = "what belongs to it from now on"});
  }
};
struct PreviewSmartPlaylist {
  Json rules;
  std::int64_t limit = 20;
  template <class V>
  void fields(V& v) {
    v.field("rules", rules, {.text = "what would belong to it"});
    v.optional("limit", limit, {.text = "tracks to show at most", .min = 1, .max = 500});
  }
};

struct PlaylistPage {
  std::vector<PlaylistView> playlists;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("playlists", playlists, {.text = "of the account, by name"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};
struct PlaylistItem {
  std::int64_t place = 0;
  TrackId id;
  std::optional<TrackView> track;
  std::string title;
  std::string artist;
  template <class V>
  void fields(V& v) {
    v.field("place", place, {.text = "from 0", .min = 0});
    v.field("id", id, {.text = "the track"});
    v.field("track", track, {.text = "absent: it is not in the library, or not to be seen"});
    v.field("title", title, {.text = "also of a track that is missing"});
    v.field("artist", artist, {.text = "also of a track that is missing"});
  }
};
struct PlaylistAnswer {
  PlaylistView playlist;
  std::vector<PlaylistItem> items;
  std::optional<Json> rules;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("playlist", playlist, {.text = "the playlist"});
    v.field("items", items, {.text = "a page of them; of a smart one: what its rules give now"});
    v.field("rules", rules, {.text = "of a smart one"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};
struct PlaylistChanged {
  PlaylistView playlist;
  template <class V>
  void fields(V& v) {
    v.field("playlist", playlist, {.text = "as it is now"});
  }
};
struct PlaylistImported {
  PlaylistView playlist;
  std::int64_t found = 0;
  std::vector<std::string> missing;
  template <class V>
  void fields(V& v) {
    v.field("playlist", playlist, {.text = "the new playlist"});
    v.field("found", found, {.text = "entries that are in the library", .min = 0});
    v.field("missing", missing, {.text = "entries that are not, as the file has them"});
  }
};
struct PlaylistText {
  std::string name;
  std::string text;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "of the playlist"});
    v.field("text", text, {.text = "the file"});
  }
};
struct PlaylistEntries {  // answer to ExportEntries
  std::string name;
  std::vector<PlaylistEntry> entries;
};
struct SmartPreview {
  std::int64_t count = 0;
  std::int64_t duration_ms = 0;
  std::vector<TrackView> tracks;
  template <class V>
  void fields(V& v) {
    v.field("count", count, {.text = "tracks that would belong to it", .min = 0});
    v.field("duration_ms", duration_ms, {.text = "of those, milliseconds", .min = 0});
    v.field("tracks", tracks, {.text = "the first of them"});
  }
};

}  // namespace tutti::library
