#pragma once
// For the tests that ask the library: a store with accounts and readers, every question by name,
// and all texts and ids of an answer.

#include <set>

#include "core/library/requests.hpp"
#include "shell/store/library_scope.hpp"
#include "shell/store/library_test_kit.hpp"

namespace tutti::shell::test {

// What lies in the folder that a guest does not see.
struct Hidden {
  TrackId track;
  AlbumId album;
  ArtistId artist;
  library::GenreId genre;
  FolderId folder;
  PlaylistId playlist;  // of the account that sees all
};

struct AskKit {
  explicit AskKit(const std::string& path) : writer_kit(path), reader_(open_one()) {}

  AccountId local() { return writer_kit.store.local_account()->account; }
  StoreReader& reader() { return reader_; }
  Database& view() {
    if (!view_) {
      auto opened = open_reader(writer_kit.dir.library());
      REQUIRE(opened);
      view_ = std::make_unique<Database>(std::move(*opened));
      REQUIRE(attach_house(*view_, writer_kit.dir.house()));
    }
    return *view_;
  }

  Result<library::Answer> try_ask(const library::Request& request, AccountId who = {}) {
    return reader_.ask({who ? who : local(), request, now()});
  }
  Result<library::Answer> try_apply(const library::Request& request, AccountId who = {}) {
    CHECK(library::changes(request));
    return writer_kit.store.apply({who ? who : local(), request, now()}, writer_kit.random);
  }
  template <class Answer>
  Answer ask(const library::Request& request, AccountId who = {}) {
    CHECK_FALSE(library::changes(request));
    auto answer = try_ask(request, who);
    REQUIRE_MESSAGE(answer, said(answer));
    REQUIRE(std::holds_alternative<Answer>(*answer));
    return std::move(std::get<Answer>(*answer));
  }
  template <class Answer = library::Done>
  Answer apply(const library::Request& request, AccountId who = {}) {
    auto answer = try_apply(request, who);
    REQUIRE_MESSAGE(answer, said(answer));
    REQUIRE(std::holds_alternative<Answer>(*answer));
    return std::move(std::get<Answer>(*answer));
  }
  std::vector<TrackId> pages(library::ListTracks query) {
    std::vector<TrackId> out;
    query.cursor.clear();
    for (;;) {
      auto page = ask<library::TrackPage>(query);
      CHECK(static_cast<std::int64_t>(page.tracks.size()) <= query.limit);
      for (const auto& track : page.tracks) out.push_back(track.id);
      if (!page.next) return out;
      query.cursor = *page.next;
    }
  }

  // Tracks of a few artists, genres, years and albums; more each time.
  void add_many(int count) {
    std::vector<library::ScannedFile> files;
    for (int i = 0; i < count; ++i, ++made_) {
      auto n = static_cast<std::uint64_t>(made_);
      auto file = made_file("d" + std::to_string(n % 4), fmt::format("{}.flac", n), n);
      file.tags.title = fmt::format("Song {}", hash_mix(n) % 1000);
      file.tags.artists = {fmt::format("Artist {}", n % 5)};
      file.tags.album = fmt::format("Album {}", n % 7);
      file.tags.genres = {n % 3 == 0 ? "Jazz" : "Rock"};
      if (n % 6 == 0) file.tags.genres.push_back("Live");
      file.tags.date = std::to_string(1980 + n % 15);
      files.push_back(std::move(file));
    }
    writer_kit.add(std::move(files));
  }
  TrackId any_track() { return writer_kit.only(1).track; }
  // Ten rated, twenty played, of those seven liked; of at least thirty.
  void rate_and_play() {
    for (std::uint64_t n = 0; n < 20; ++n) {
      TrackId track = writer_kit.only(n).track;
      if (n < 10) apply(library::RateTrack{track, static_cast<std::int64_t>(10 + n % 4 * 20)});
      if (n < 7) apply(library::FavouriteTrack{track});
      for (std::uint64_t play = 0; play <= n % 3; ++play)
        apply(library::RecordPlay{track, 170'000});
    }
  }
  Hidden add_hidden() {
    Hidden hidden;
    hidden.folder = writer_kit.add_folder("/Hidden");
    library::ScanBatch batch;
    batch.folder = hidden.folder;
    batch.upserts = {made_file("Hidden", "Hidden.flac", 5000)};
    library::Tags& tags = batch.upserts[0].tags;
    tags.title = tags.album = "Hidden";
    tags.artists = tags.album_artists = tags.genres = {"Hidden"};
    batch.failures = {{"Hidden", "Hidden.bad", {1, 1}, {Code::io, "Hidden"}}};
    writer_kit.write(batch);
    hidden.track = writer_kit.only(5000).track;
    hidden.artist = library::artist_id("Hidden");
    hidden.genre = library::genre_id("Hidden");
    auto track = ask<library::TrackAnswer>(library::GetTrack{hidden.track});
    hidden.album = track.track.album.value();
    hidden.playlist =
        apply<library::PlaylistChanged>(library::CreatePlaylist{"Hidden", {hidden.track}})
            .playlist.id;
    return hidden;
  }
  AccountId add_account(const std::string& name, const std::vector<FolderId>& folders) {
    AccountId id{hash_mix(name.size() + 77)};
    REQUIRE(writer_kit.store.database(Base::house)
                .execute("INSERT INTO accounts(account, name, role, created_at) VALUES (?, ?, "
                         "'member', 0)",
                         id, name));
    apply(library::SetAccountFolders{id, folders});
    return id;
  }

  LibraryKit writer_kit;

 private:
  StoreReader open_one() {
    auto reader = writer_kit.store.open_reader();
    REQUIRE_MESSAGE(reader, said(reader));
    return std::move(*reader);
  }
  WallTime now() { return {kScanTime.us + ++clock_ * 1'000'000}; }
  StoreReader reader_;
  std::unique_ptr<Database> view_;
  int made_ = 0;
  std::int64_t clock_ = 0;
};

struct NamedRequest {
  const char* name;
  library::Request request;
  bool shows_hidden = true;  // to one who sees all
};

// Every request that looks, aimed at what is hidden.
inline std::vector<NamedRequest> every_question(const Hidden& hidden) {
  using namespace library;
  ListTracks tracks, mixed, by_genre, by_artist, by_folder;
  mixed.sort = Sort::random;
  by_genre.genre = hidden.genre;
  by_artist.artist = hidden.artist;
  by_folder.folder = hidden.folder;
  ListAlbums albums, albums_mixed;
  albums_mixed.sort = Sort::random;
  ListArtists artists, artists_of_genre;
  artists_of_genre.genre = hidden.genre;
  auto ids = [](auto member, auto value) {
    ListTrackIds list;
    list.*member = value;
    return list;
  };
  Json rules = *parse_json(R"({"rules":[{"field":"title","op":"contains","value":"hidden"}]})");
  return {{"folders", ListFolders{}},
          {"stats", GetStats{}, false},
          {"tracks", tracks},
          {"tracks mixed", mixed},
          {"tracks of genre", by_genre},
          {"tracks of artist", by_artist},
          {"tracks of folder", by_folder},
          {"albums", albums},
          {"albums mixed", albums_mixed},
          {"artists", artists},
          {"artists of genre", artists_of_genre},
          {"genres", ListGenres{}},
          {"failed", ListFailed{}},
          {"unavailable", ListUnavailable{}, false},
          {"artist", GetArtist{hidden.artist}},
          {"album", GetAlbum{hidden.album}},
          {"track", GetTrack{hidden.track}},
          {"search", Search{"hid", "", 20}},
          {"search of two words", Search{"hidden hid", "", 20}},
          {"ids of album", ids(&ListTrackIds::album, hidden.album)},
          {"ids of artist", ids(&ListTrackIds::artist, hidden.artist)},
          {"ids of genre", ids(&ListTrackIds::genre, hidden.genre)},
          {"ids of playlist", ids(&ListTrackIds::playlist, hidden.playlist)},
          {"ids of search", ids(&ListTrackIds::search, std::string("hidden"))},
          {"playlists", ListPlaylists{}},
          {"playlist", GetPlaylist{hidden.playlist, "", 10}},
          {"export", ExportPlaylist{hidden.playlist, {}, {}, ""}},
          {"export entries", ExportEntries{hidden.playlist, {}, ""}},
          {"preview", PreviewSmartPlaylist{rules, 20}}};
}

// Visits fields() as core/api does and keeps every text and every id, at any depth.
class Collector {
 public:
  struct Doc {
    std::string_view text{};
    std::optional<double> min{};
    std::optional<double> max{};
    std::size_t max_length = 0;
    std::size_t max_items = 0;
  };
  template <class T>
  void field(std::string_view, T& member, const Doc&) {
    take(member);
  }
  template <class T>
  void optional(std::string_view, T& member, const Doc&) {
    take(member);
  }
  template <class T>
  void take(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      texts += value + "\n";
    } else if constexpr (requires { value.fields(*this); }) {
      value.fields(*this);
    } else if constexpr (requires { value.has_value(); }) {
      if (value) take(*value);
    } else if constexpr (requires { value.begin(); }) {
      for (auto& item : value) take(item);
    } else if constexpr (requires { value.value; }) {
      ids.insert(value.value);
    }
  }
  std::string texts;
  std::set<std::uint64_t> ids;
};

inline Collector collected(library::Answer answer) {
  Collector out;
  std::visit(
      [&](auto& value) {
        if constexpr (requires { value.fields(out); }) {
          out.take(value);
        } else {
          out.take(value.name);
          for (auto& entry : value.entries) out.take(entry.path);
        }
      },
      answer);
  return out;
}
inline std::string texts_of(const library::Answer& answer) { return collected(answer).texts; }
inline std::set<std::uint64_t> ids_of(const library::Answer& answer) {
  return collected(answer).ids;
}

}  // namespace tutti::shell::test
