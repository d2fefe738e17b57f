// Guards: playlists change only from the version that an edit names, keep what is missing, and come
// in and out as files; ratings, plays and likes outlive library.db; search finds as one types. How:
// requests through the store, library.db taken away, the databases asked beside.
#include "core/library/m3u.hpp"
#include "shell/store/library_ask_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using namespace tutti::library;

namespace {

template <class Edit>
Edit edit_of(const PlaylistView& playlist) {
  Edit edit;
  edit.playlist = playlist.id;
  edit.version = playlist.version;
  return edit;
}

std::vector<TrackId> tracks_of(AskKit& kit, PlaylistId playlist) {
  std::vector<TrackId> out;
  GetPlaylist query{playlist, "", 3};
  for (;;) {
    auto page = kit.ask<PlaylistAnswer>(query);
    for (const PlaylistItem& item : page.items) {
      CHECK(item.place == static_cast<std::int64_t>(out.size()));
      out.push_back(item.id);
    }
    if (!page.next) return out;
    query.cursor = *page.next;
  }
}

std::vector<TrackId> some_tracks(AskKit& kit, std::uint64_t count) {
  std::vector<TrackId> out;
  for (std::uint64_t n = 0; n < count; ++n) out.push_back(kit.writer_kit.only(n).track);
  return out;
}

}  // namespace

TEST_CASE("playlists: each edit makes the next version; one based on another is stale, unchanged") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(10);
  auto tracks = some_tracks(kit, 8);
  auto made = kit.apply<PlaylistChanged>(
      CreatePlaylist{"Mine", {tracks[0], tracks[1], tracks[2], tracks[3]}});
  CHECK(made.playlist.version == 1);
  auto add = edit_of<AddToPlaylist>(made.playlist);
  add.tracks = {tracks[4], tracks[0]};
  add.at = 1;
  auto added = kit.apply<PlaylistChanged>(add);
  CHECK(added.playlist.version == 2);
  CHECK(added.playlist.items == 6);
  CHECK(tracks_of(kit, made.playlist.id) ==
        std::vector<TrackId>{tracks[0], tracks[4], tracks[0], tracks[1], tracks[2], tracks[3]});
  auto stale = kit.try_apply(add);
  REQUIRE(failed_as(stale, Code::stale));
  CHECK(stale.error().text.find("version 2") != std::string::npos);
  auto remove = edit_of<RemoveFromPlaylist>(added.playlist);
  remove.places = {0, 1};
  auto removed = kit.apply<PlaylistChanged>(remove);
  auto move = edit_of<MoveInPlaylist>(removed.playlist);
  move.from = 3;
  move.to = 0;
  auto moved = kit.apply<PlaylistChanged>(move);
  CHECK(tracks_of(kit, made.playlist.id) ==
        std::vector<TrackId>{tracks[3], tracks[0], tracks[1], tracks[2]});
  auto reorder = edit_of<ReorderPlaylist>(moved.playlist);
  reorder.order = {3, 2, 1, 0};
  auto reordered = kit.apply<PlaylistChanged>(reorder);
  CHECK(tracks_of(kit, made.playlist.id) ==
        std::vector<TrackId>{tracks[2], tracks[1], tracks[0], tracks[3]});
  auto rename = edit_of<RenamePlaylist>(reordered.playlist);
  rename.name = " ";
  CHECK(failed_as(kit.try_apply(rename), Code::bad_request));
  rename.name = "Yours";
  auto renamed = kit.apply<PlaylistChanged>(rename);
  CHECK(kit.ask<PlaylistPage>(ListPlaylists{}).playlists.front().name == "Yours");
  auto guest = kit.add_account("guest", {});
  CHECK(failed_as(kit.try_ask(GetPlaylist{made.playlist.id, "", 5}, guest), Code::not_found));
  CHECK(
      failed_as(kit.try_apply(edit_of<DeletePlaylist>(renamed.playlist), guest), Code::not_found));
  kit.apply(edit_of<DeletePlaylist>(renamed.playlist));
  CHECK(failed_as(kit.try_ask(GetPlaylist{made.playlist.id, "", 5}), Code::not_found));
  auto left =
      kit.writer_kit.store.database(Base::house).number("SELECT count(*) FROM playlist_items");
  CHECK(left == 0);
}

TEST_CASE("playlists: a smart one follows its rules, has a live count, and takes no items") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(30);
  Json rules = *parse_json(
      R"({"rules":[{"field":"rating","op":"at_least","value":50}],"sort":"rating","limit":5})");
  auto made = kit.apply<PlaylistChanged>(CreateSmartPlaylist{"Best", rules});
  CHECK(made.playlist.smart);
  CHECK(kit.ask<PlaylistAnswer>(GetPlaylist{made.playlist.id, "", 9}).playlist.items == 0);
  for (std::uint64_t n = 0; n < 7; ++n)
    kit.apply(RateTrack{kit.writer_kit.only(n).track, static_cast<std::int64_t>(40 + n * 5)});
  auto answer = kit.ask<PlaylistAnswer>(GetPlaylist{made.playlist.id, "", 3});
  CHECK(answer.playlist.items == 5);
  REQUIRE(answer.items.size() == 3);
  CHECK(answer.items[0].track->rating == 70);
  CHECK(answer.rules == rules);
  CHECK(tracks_of(kit, made.playlist.id).size() == 5);
  auto preview = kit.ask<SmartPreview>(PreviewSmartPlaylist{rules, 2});
  CHECK(preview.count == 5);
  CHECK(preview.tracks.size() == 2);
  auto add = edit_of<AddToPlaylist>(made.playlist);
  add.tracks = {kit.any_track()};
  CHECK(failed_as(kit.try_apply(add), Code::conflict));
  auto update = edit_of<UpdateSmartPlaylist>(made.playlist);
  update.rules = *parse_json(R"({"rules":[]})");
  CHECK(failed_as(kit.try_apply(update), Code::bad_request));
  update.rules = *parse_json(R"({"rules":[{"field":"rating","op":"is","value":40}]})");
  CHECK(kit.apply<PlaylistChanged>(update).playlist.version == 2);
  CHECK(tracks_of(kit, made.playlist.id).size() == 1);
}

TEST_CASE("playlists: a file comes in with what is there, tells what is not, and goes out again") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(6);
  ImportPlaylist import;
  import.name = "File";
  import.folder = kit.writer_kit.folder;
  import.directory = "d0";
  import.text =
      "#EXTM3U\n0.flac\n../d1/1.flac\n/music/d2/2.flac\n../../etc/passwd\n"
      "http://x/y.mp3\nd9/none.flac\n";
  auto imported = kit.apply<PlaylistImported>(import);
  CHECK(imported.found == 3);
  CHECK(imported.missing ==
        std::vector<std::string>{"../../etc/passwd", "http://x/y.mp3", "d9/none.flac"});
  CHECK(tracks_of(kit, imported.playlist.id) == some_tracks(kit, 3));
  auto text = kit.ask<PlaylistText>(
      ExportPlaylist{imported.playlist.id, PlaylistFormat::m3u, import.folder, "d0"});
  CHECK(text.text.find("\n0.flac\n") != std::string::npos);
  CHECK(text.text.find("\n../d1/1.flac\n") != std::string::npos);
  import.name = "Again";
  import.text = text.text;
  auto again = kit.apply<PlaylistImported>(import);
  CHECK(tracks_of(kit, again.playlist.id) == some_tracks(kit, 3));
  CHECK(again.missing.empty());
}

TEST_CASE("house: what accounts have of a track outlives library.db and finds the file again") {
  TempDir temp;
  std::string path = temp / "data";
  TrackId first;
  PlaylistId playlist;
  FolderId folder;
  {
    AskKit kit(path);
    kit.add_many(3);
    first = kit.any_track();
    folder = kit.writer_kit.folder;
    kit.apply(RateTrack{first, 80});
    kit.apply(FavouriteTrack{first});
    kit.apply(RecordPlay{first, 180'000});
    playlist = kit.apply<PlaylistChanged>(CreatePlaylist{"Kept", {first}}).playlist.id;
  }
  for (const char* name : {"/library.db", "/library.db-wal", "/library.db-shm"})
    std::filesystem::remove(path + name);
  AskKit kit(path);
  CHECK(kit.writer_kit.folder == folder);
  auto missing = kit.ask<PlaylistAnswer>(GetPlaylist{playlist, "", 5});
  REQUIRE(missing.items.size() == 1);
  CHECK_FALSE(missing.items[0].track);
  CHECK(missing.items[0].title.starts_with("Song "));
  kit.add_many(3);
  CHECK(kit.any_track() == first);
  auto track = kit.ask<TrackAnswer>(GetTrack{first});
  CHECK(track.track.rating == 80);
  CHECK(track.track.favourite);
  CHECK(track.track.plays == 1);
  CHECK(kit.ask<PlaylistAnswer>(GetPlaylist{playlist, "", 5}).items[0].track);
}

TEST_CASE("house: ratings and likes are taken back, plays count from half of a track on") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(2);
  TrackId id = kit.any_track();
  kit.apply(RateTrack{id, 60});
  kit.apply(RateTrack{id, 0});
  kit.apply(FavouriteTrack{id, true});
  kit.apply(FavouriteTrack{id, true});
  kit.apply(FavouriteTrack{id, false});
  kit.apply(RecordPlay{id, 89'999});
  kit.apply(RecordPlay{id, 90'000});
  auto track = kit.ask<TrackAnswer>(GetTrack{id}).track;
  CHECK(track.rating == 0);
  CHECK_FALSE(track.favourite);
  CHECK(track.plays == 1);
  CHECK(kit.writer_kit.store.database(Base::house).number("SELECT count(*) FROM plays") == 2);
  CHECK(failed_as(kit.try_apply(RateTrack{TrackId{5}, 1}), Code::not_found));
  CHECK(failed_as(kit.try_apply(RateTrack{id, 101}), Code::bad_request));
  CHECK(failed_as(kit.try_ask(RateTrack{id, 1}), Code::internal));
  CHECK(failed_as(kit.writer_kit.store.apply({kit.local(), GetStats{}, {}}, kit.writer_kit.random),
                  Code::internal));
}

TEST_CASE("groups: they are kept byte for byte, replaced, and forgotten") {
  TempDir temp;
  AskKit kit(temp / "data");
  Store& store = kit.writer_kit.store;
  GroupRow row{GroupId{7}, "Kitchen", std::string("{\0\xff", 3), WallTime{5}};
  CHECK(is_write(SaveGroup{row}));
  REQUIRE(store.run(SaveGroup{row}));
  row.name = "Hall";
  REQUIRE(store.run(SaveGroup{row}));
  auto loaded = kit.reader().run(LoadGroups{});
  REQUIRE(loaded);
  auto& groups = std::get<std::vector<GroupRow>>(*loaded);
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].name == "Hall");
  CHECK(groups[0].state == row.state);
  REQUIRE(store.run(ForgetGroup{GroupId{7}}));
  CHECK(std::get<std::vector<GroupRow>>(*kit.reader().run(LoadGroups{})).empty());
}

TEST_CASE("search: every beginning of a name finds it, in any case and accent, by any field") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(20);
  auto file = made_file("x", "Zürich take.flac", 777);
  file.tags.title = "Čas";
  file.tags.artists = {"Žalman"};
  file.tags.album = "Dálky";
  file.tags.album_artists = {"Ostrava Všichni"};
  file.tags.composers = {"Leoš"};
  file.tags.genres = {"Polka"};
  file.tags.date = "1977-03-01";
  kit.writer_kit.add({file});
  TrackId id = kit.writer_kit.only(777).track;
  for (std::string text : {"čas", "CAS", "zalman", "dalky", "ostrava vsi", "leos", "polka", "1977",
                           "zurich", "take", "zal cas", "cas dal", "c", "za", "os vsi"}) {
    CAPTURE(text);
    auto answer = kit.ask<SearchAnswer>(Search{text, "", 20});
    bool found = false;
    for (const TrackView& track : answer.tracks) found = found || track.id == id;
    CHECK(found);
  }
  auto artist = kit.ask<SearchAnswer>(Search{"Zalm", "", 20});
  REQUIRE(artist.artists.size() == 1);
  CHECK(artist.artists[0].name == "Žalman");
  CHECK(kit.ask<SearchAnswer>(Search{"dal", "", 20}).albums.size() == 1);
  CHECK(kit.ask<SearchAnswer>(Search{"leos", "", 20}).artists.empty());  // composed only
  for (std::string text : {"\"", "*", "AND", "a\" OR \"b", "(", "words:x", "^a", "NEAR(a b)", ""})
    CHECK(kit.try_ask(Search{text, "", 20}));
}

TEST_CASE("search: pages of tracks join without repetition, over more matches than are ranked") {
  TempDir temp;
  AskKit kit(temp / "data");
  for (int n = 0; n < 5; ++n) kit.add_many(100);
  for (std::int64_t limit : {100, 37}) {
    Search query{"song", "", limit};
    std::set<std::uint64_t> seen;
    std::size_t count = 0;
    for (;;) {
      auto page = kit.ask<SearchAnswer>(query);
      CHECK(page.tracks.size() <= static_cast<std::size_t>(limit));
      for (const TrackView& track : page.tracks) seen.insert(track.id.value);
      count += page.tracks.size();
      if (!page.next) break;
      query.cursor = *page.next;
    }
    CHECK(count == 500);
    CHECK(seen.size() == 500);
  }
}
