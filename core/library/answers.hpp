#pragma once
// Answers to the requests of browse.hpp.

#include "core/library/views.hpp"

namespace tutti::library {

struct TrackPage {
  std::vector<TrackView> tracks;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("tracks", tracks, {.text = "in the order asked for"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};
struct AlbumPage {
  std::vector<AlbumView> albums;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("albums", albums, {.text = "in the order asked for"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};
struct ArtistPage {
  std::vector<ArtistView> artists;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("artists", artists, {.text = "in the order asked for"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};
struct GenrePage {
  std::vector<GenreView> genres;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("genres", genres, {.text = "by name"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};
struct FolderList {
  std::vector<FolderView> folders;
  template <class V>
  void fields(V& v) {
    v.field("folders", folders, {.text = "that the account sees"});
  }
};

struct FailedView {
  FolderId folder;
  std::string path;
  std::string code;
  std::string reason;
  std::string failed_at;
  template <class V>
  void fields(V& v) {
    v.field("folder", folder, {.text = "the folder it lies in"});
    v.field("path", path, {.text = "within the folder"});
    v.field("code", code, {.text = "io, corrupt, unsupported, ..."});
    v.field("reason", reason, {.text = "why it could not be read"});
    v.field("failed_at", failed_at, {.text = "when it was tried last, RFC 3339"});
  }
};
struct FailedPage {
  std::vector<FailedView> files;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("files", files, {.text = "folder by folder"});
    v.field("next", next, {.text = "cursor of the next page; absent: this was the last"});
  }
};

struct LibraryStats {
  std::int64_t tracks = 0;
  std::int64_t albums = 0;
  std::int64_t artists = 0;
  std::int64_t genres = 0;
  std::int64_t duration_ms = 0;
  std::int64_t bytes = 0;
  std::int64_t failed = 0;
  std::int64_t unavailable = 0;
  template <class V>
  void fields(V& v) {
    v.field("tracks", tracks, {.text = "that the account sees", .min = 0});
    v.field("albums", albums, {.text = "with such a track", .min = 0});
    v.field("artists", artists, {.text = "with such a track", .min = 0});
    v.field("genres", genres, {.text = "of such a track", .min = 0});
    v.field("duration_ms", duration_ms, {.text = "of all, milliseconds", .min = 0});
    v.field("bytes", bytes, {.text = "of all files", .min = 0});
    v.field("failed", failed, {.text = "files that could not be read", .min = 0});
    v.field("unavailable", unavailable, {.text = "tracks that cannot be reached", .min = 0});
  }
};

struct ArtistAnswer {
  ArtistView artist;
  std::vector<AlbumView> albums;
  std::vector<AlbumView> appears_on;
  template <class V>
  void fields(V& v) {
    v.field("artist", artist, {.text = "the artist"});
    v.field("albums", albums, {.text = "of theirs, newest first"});
    v.field("appears_on", appears_on, {.text = "albums of others that they perform on"});
  }
};

struct DiscView {
  std::int64_t number = 0;
  std::string subtitle;
  std::vector<TrackView> tracks;
  template <class V>
  void fields(V& v) {
    v.field("number", number, {.text = "0: not said", .min = 0});
    v.field("subtitle", subtitle, {.text = "its own title, where it has one"});
    v.field("tracks", tracks, {.text = "in order"});
  }
};
struct AlbumAnswer {
  AlbumView album;
  std::vector<std::string> genres;
  std::vector<DiscView> discs;
  template <class V>
  void fields(V& v) {
    v.field("album", album, {.text = "the album"});
    v.field("genres", genres, {.text = "of its tracks"});
    v.field("discs", discs, {.text = "in order"});
  }
};

struct TrackAnswer {
  TrackView track;
  std::vector<ArtistRef> album_artists;
  std::vector<ArtistRef> composers;
  std::int64_t track_total = 0;
  std::int64_t disc_total = 0;
  std::string disc_subtitle;
  std::string original_date;
  bool compilation = false;
  std::string comment;
  std::string lyrics;
  std::string synced_lyrics;
  std::string path;
  FolderId folder;
  std::int64_t bytes = 0;
  std::int64_t sample_rate = 0;
  std::int64_t channels = 0;
  std::int64_t bits = 0;
  std::int64_t bitrate = 0;
  std::optional<double> track_gain_db;
  std::optional<double> album_gain_db;
  std::optional<double> track_peak;
  std::optional<double> album_peak;
  std::string mb_recording;
  std::string mb_release;
  std::string mb_release_group;
  std::vector<std::string> mb_artists;
  std::vector<std::string> mb_album_artists;
  std::string title_sort;
  std::string album_sort;
  std::string last_played_at;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "as in lists"});
    v.field("album_artists", album_artists, {.text = "in the file's order"});
    v.field("composers", composers, {.text = "in the file's order"});
    v.field("track_total", track_total, {.text = "tracks on its disc; 0: not said"});
    v.field("disc_total", disc_total, {.text = "discs; 0: not said"});
    v.field("disc_subtitle", disc_subtitle, {.text = "title of its disc"});
    v.field("original_date", original_date, {.text = "of the first release"});
    v.field("compilation", compilation, {.text = "tagged as part of one"});
    v.field("comment", comment, {.text = "as tagged"});
    v.field("lyrics", lyrics, {.text = "plain"});
    v.field("synced_lyrics", synced_lyrics, {.text = "as in an .lrc file"});
    file_fields(v);
  }

 private:
  template <class V>
  void file_fields(V& v) {
    v.field("path", path, {.text = "within its folder"});
    v.field("folder", folder, {.text = "the folder it lies in"});
    v.field("bytes", bytes, {.text = "size of the file", .min = 0});
    v.field("sample_rate", sample_rate, {.text = "Hz", .min = 0});
    v.field("channels", channels, {.text = "how many", .min = 0});
    v.field("bits", bits, {.text = "per sample; 0: the codec has none", .min = 0});
    v.field("bitrate", bitrate, {.text = "kbit/s", .min = 0});
    v.field("track_gain_db", track_gain_db, {.text = "ReplayGain as tagged, to -18 LUFS"});
    v.field("album_gain_db", album_gain_db, {.text = "ReplayGain as tagged, to -18 LUFS"});
    v.field("track_peak", track_peak, {.text = "1 is full scale"});
    v.field("album_peak", album_peak, {.text = "1 is full scale"});
    v.field("mb_recording", mb_recording, {.text = "MusicBrainz id"});
    v.field("mb_release", mb_release, {.text = "MusicBrainz id"});
    v.field("mb_release_group", mb_release_group, {.text = "MusicBrainz id"});
    v.field("mb_artists", mb_artists, {.text = "MusicBrainz ids"});
    v.field("mb_album_artists", mb_album_artists, {.text = "MusicBrainz ids"});
    v.field("title_sort", title_sort, {.text = "what it is sorted by, where tagged"});
    v.field("album_sort", album_sort, {.text = "what its album is sorted by, where tagged"});
    v.field("last_played_at", last_played_at, {.text = "by the account; empty: never"});
  }
};

struct SearchAnswer {
  std::vector<ArtistView> artists;
  std::vector<AlbumView> albums;
  std::vector<TrackView> tracks;
  std::optional<std::string> next;
  template <class V>
  void fields(V& v) {
    v.field("artists", artists, {.text = "best first; on the first page only"});
    v.field("albums", albums, {.text = "best first; on the first page only"});
    v.field("tracks", tracks, {.text = "best first"});
    v.field("next", next, {.text = "cursor for more tracks; absent: there are no more"});
  }
};

struct TrackIds {
  std::vector<TrackId> tracks;
  bool more = false;
  template <class V>
  void fields(V& v) {
    v.field("tracks", tracks, {.text = "in order"});
    v.field("more", more, {.text = "there were more than asked for"});
  }
};

}  // namespace tutti::library
