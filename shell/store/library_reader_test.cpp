// Guards: lists are whole, in order and without repetition over pages while things are added; an
// account never meets what it may not see; no paged list reads all tracks. How: a small library of
// two folders, every request asked by two accounts, plans of SQLite read.
#include <algorithm>

#include "shell/store/library_ask_kit.hpp"
#include "shell/store/library_lists.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using namespace tutti::library;

namespace {

ListTracks sorted(Sort sort) {
  ListTracks query;
  query.sort = sort;
  return query;
}

}  // namespace

TEST_CASE("lists: pages of any size join to the whole list, in order, forwards and back") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(57);
  kit.rate_and_play();
  for (const auto& [sort, name] : names_of(Sort{})) {
    CAPTURE(name);
    std::vector<TrackId> whole;
    for (bool reverse : {false, true}) {
      ListTracks query = sorted(sort);
      query.reverse = reverse;
      query.seed = 5;
      query.limit = 500;
      std::vector<TrackId> ids = kit.pages(query);
      CHECK(ids.size() == (sort == Sort::plays || sort == Sort::played ? 20
                           : sort == Sort::rating                      ? 10
                                                                       : 57));
      for (std::int64_t limit : {1, 7, 20}) {
        query.limit = limit;
        CHECK(kit.pages(query) == ids);
      }
      if (sort == Sort::random) continue;
      if (reverse) std::reverse(ids.begin(), ids.end());
      if (whole.empty()) whole = ids;
      CHECK(ids == whole);
    }
  }
}

TEST_CASE("lists: each order is what it says") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(30);
  kit.rate_and_play();
  auto views = [&](Sort sort) { return kit.ask<TrackPage>(sorted(sort)).tracks; };
  auto ordered = [&](Sort sort, auto key) {
    auto list = views(sort);
    REQUIRE(list.size() > 1);
    return std::is_sorted(list.begin(), list.end(),
                          [&](const auto& a, const auto& b) { return key(a) < key(b); });
  };
  CHECK(ordered(Sort::name, [](const TrackView& t) { return sort_key(t.title); }));
  CHECK(ordered(Sort::plays, [](const TrackView& t) { return -t.plays; }));
  CHECK(ordered(Sort::rating, [](const TrackView& t) { return -t.rating; }));
  auto dates = views(Sort::date);
  CHECK(std::is_sorted(dates.rbegin(), dates.rend(),
                       [](const auto& a, const auto& b) { return a.date < b.date; }));
  ListTracks mixed = sorted(Sort::random);
  mixed.seed = 1;
  auto first = kit.pages(mixed);
  mixed.seed = 2;
  CHECK_FALSE(kit.pages(mixed) == first);
}

TEST_CASE("lists: rows that are added between two pages neither repeat nor hide what was there") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(40);
  for (Sort sort : {Sort::name, Sort::added, Sort::date, Sort::random}) {
    ListTracks query = sorted(sort);
    query.limit = 500;
    std::vector<TrackId> before = kit.pages(query);
    query.limit = 9;
    std::vector<TrackId> seen;
    for (;;) {
      TrackPage page = kit.ask<TrackPage>(query);
      for (const TrackView& track : page.tracks) seen.push_back(track.id);
      if (!page.next) break;
      query.cursor = *page.next;
      kit.add_many(3);
    }
    std::vector<TrackId> kept;
    for (TrackId id : seen) {
      CHECK(std::count(seen.begin(), seen.end(), id) == 1);
      if (std::count(before.begin(), before.end(), id) > 0) kept.push_back(id);
    }
    CHECK(kept == before);
  }
}

TEST_CASE("lists: filters hold alone and together") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(60);
  kit.rate_and_play();
  auto all = kit.ask<TrackPage>(sorted(Sort::name)).tracks;
  auto check = [&](const ListTracks& query, auto belongs) {
    for (Sort sort : {Sort::name, Sort::added, Sort::date, Sort::random}) {
      ListTracks asked = query;
      asked.sort = sort;
      auto got = kit.pages(asked);
      std::size_t wanted = 0;
      for (const TrackView& track : all) {
        bool is = belongs(track);
        wanted += is;
        CHECK((std::count(got.begin(), got.end(), track.id) == 1) == is);
      }
      CHECK(got.size() == wanted);
      CHECK(wanted > 0);
    }
  };
  auto has_genre = [](const TrackView& t, const char* genre) {
    return std::count(t.genres.begin(), t.genres.end(), genre) > 0;
  };
  ListTracks query;
  query.genre = genre_id("jazz");
  check(query, [&](const TrackView& t) { return has_genre(t, "Jazz"); });
  query.artist = artist_id("ARTIST 1");
  check(query, [&](const TrackView& t) {
    return has_genre(t, "Jazz") && t.artists.front().name == "Artist 1";
  });
  query.genre.reset();
  check(query, [&](const TrackView& t) { return t.artists.front().name == "Artist 1"; });
  query = {};
  query.year_from = 1985;
  query.year_to = 1990;
  check(query, [](const TrackView& t) { return t.date >= "1985" && t.date < "1991"; });
  query.favourites = true;
  query.year_from = 0;
  query.year_to = 0;
  check(query, [](const TrackView& t) { return t.favourite; });
}

TEST_CASE("lists: a cursor of another list or order, or made up, is refused by name") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(5);
  ListTracks query;
  query.limit = 2;
  std::string next = kit.ask<TrackPage>(query).next.value();
  query.sort = Sort::date;
  for (const std::string& cursor : {next, std::string("zz"), std::string("00"), next + "0"}) {
    query.cursor = cursor;
    auto answer = kit.try_ask(query);
    REQUIRE(failed_as(answer, Code::bad_request));
    CHECK(answer.error().text.find("cursor") == 0);
  }
}

TEST_CASE("lists: no paged list of tracks reads all of them") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(5);
  auto scope = scope_of(kit.view(), kit.local());
  REQUIRE(scope);
  auto plan_of = [&](const ListTracks& query) {
    auto sql = sql_of_tracks(*scope, query);
    REQUIRE_MESSAGE(sql, said(sql));
    sql->text.insert(0, "EXPLAIN QUERY PLAN ");
    std::string plan;
    auto read = each_row(prepare(kit.view(), *sql),
                         [&](const Statement& row) { (plan += row.text(3)) += "\n"; });
    REQUIRE_MESSAGE(read, said(read));
    return plan;
  };
  ListTracks page;
  page.limit = 2;
  for (const auto& [sort, name] : names_of(Sort{})) {
    if (sort == Sort::random) continue;
    for (int filter = 0; filter < 6; ++filter) {
      ListTracks query = page;
      query.sort = sort;
      if (filter == 1) query.genre = genre_id("Jazz");
      if (filter == 2) query.artist = artist_id("Artist 1");
      if (filter == 3) query.favourites = true;
      if (filter == 4) query.year_from = 1990;
      if (filter == 5) query.folder = kit.writer_kit.folder;
      CAPTURE(name);
      CAPTURE(filter);
      std::string plan = plan_of(query);
      CAPTURE(plan);
      CHECK(plan.find("SCAN t\n") == plan.npos);
      CHECK(plan.find("SCAN t ") == plan.npos);
      // Unnarrowed, not even the page is sorted: the index gives it in order.
      if (filter == 0 && (sort == Sort::name || sort == Sort::added || sort == Sort::date))
        CHECK(plan.find("SEARCH t USING COVERING INDEX tracks_by") != plan.npos);
    }
  }
}

TEST_CASE("scope: an account with chosen folders meets nothing of the others, whatever it asks") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(12);
  Hidden hidden = kit.add_hidden();
  auto guest = kit.add_account("guest", {kit.writer_kit.folder});
  // For the account that sees all, what is hidden is there: the net has no hole.
  for (const NamedRequest& request : every_question(hidden)) {
    CAPTURE(request.name);
    auto seen = kit.try_ask(request.request);
    REQUIRE_MESSAGE(seen, said(seen));
    bool has = texts_of(*seen).find("Hidden") != std::string::npos ||
               ids_of(*seen).count(hidden.track.value) > 0;
    CHECK(has == request.shows_hidden);
    auto answer = kit.try_ask(request.request, guest);
    if (!answer) {
      CHECK(answer.error().code == Code::not_found);
      continue;
    }
    CHECK(texts_of(*answer).find("Hidden") == std::string::npos);
    CHECK(ids_of(*answer).count(hidden.track.value) == 0);
  }
  std::vector<TrackId> both{hidden.track, kit.any_track()};
  auto facts = kit.reader().facts(guest, both);
  REQUIRE(facts);
  REQUIRE(facts->size() == 1);
  CHECK(facts->front().track == kit.any_track());
}

TEST_CASE("scope: what may not be seen cannot be rated, liked, played or put into a playlist") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(3);
  Hidden hidden = kit.add_hidden();
  auto guest = kit.add_account("guest", {kit.writer_kit.folder});
  for (const Request& request :
       {Request(RateTrack{hidden.track, 50}), Request(FavouriteTrack{hidden.track}),
        Request(FavouriteAlbum{hidden.album}), Request(FavouriteArtist{hidden.artist}),
        Request(RecordPlay{hidden.track, 100}), Request(CreatePlaylist{"mine", {hidden.track}})}) {
    CHECK(failed_as(kit.try_apply(request, guest), Code::not_found));
    CHECK(kit.try_apply(request, kit.local()));
  }
  auto unknown = kit.try_ask(GetStats{}, AccountId{99});
  CHECK(failed_as(unknown, Code::not_found));
}

TEST_CASE("details: album, artist and track say all that was read") {
  TempDir temp;
  AskKit kit(temp / "data");
  ScannedFile file = made_file("x/CD 2", "1.flac", 900);
  file.tags.album = "Two Discs";
  file.tags.album_artists = {"Band"};
  file.tags.artists = {"Band", "Guest"};
  file.tags.disc = {2, 2};
  file.tags.disc_subtitle = "Night";
  file.tags.lyrics = "la\nla";
  file.tags.gain.track_db = -6.5;
  ScannedFile other = made_file("x/CD 1", "1.flac", 901);
  other.tags = file.tags;
  other.tags.disc = {1, 2};
  other.tags.disc_subtitle.clear();
  kit.writer_kit.add({file, other});
  TrackId id = kit.writer_kit.only(900).track;
  auto track = kit.ask<TrackAnswer>(GetTrack{id});
  CHECK(track.lyrics == "la\nla");
  CHECK(track.track_gain_db == -6.5);
  CHECK(track.path == "x/CD 2/1.flac");
  CHECK(track.track.artists.size() == 2);
  REQUIRE(track.track.album);
  auto album = kit.ask<AlbumAnswer>(GetAlbum{*track.track.album});
  REQUIRE(album.discs.size() == 2);
  CHECK(album.discs[1].subtitle == "Night");
  CHECK(album.album.tracks == 2);
  auto band = kit.ask<ArtistAnswer>(GetArtist{artist_id("band")});
  CHECK(band.albums.size() == 1);
  CHECK(band.appears_on.empty());
  auto guest = kit.ask<ArtistAnswer>(GetArtist{artist_id("guest")});
  CHECK(guest.albums.empty());
  CHECK(guest.appears_on.size() == 1);
  auto facts = kit.reader().facts(kit.local(), std::vector{id});
  REQUIRE(facts);
  REQUIRE(facts->size() == 1);
  CHECK(facts->front().path == "/music/x/CD 2/1.flac");
  CHECK(facts->front().loudness.track_lufs == doctest::Approx(-11.5));
  CHECK(facts->front().disc == 2);
  CHECK(failed_as(kit.try_ask(GetTrack{TrackId{5}}), Code::not_found));
  CHECK(failed_as(kit.try_ask(GetAlbum{AlbumId{5}}), Code::not_found));
  CHECK(failed_as(kit.try_ask(GetArtist{ArtistId{5}}), Code::not_found));
}

TEST_CASE("details: a folder that is away makes its tracks unavailable, and back, at once") {
  TempDir temp;
  AskKit kit(temp / "data");
  kit.add_many(4);
  CHECK(kit.ask<LibraryStats>(GetStats{}).unavailable == 0);
  REQUIRE(kit.writer_kit.writer.set_available(kit.writer_kit.folder, false));
  CHECK(kit.ask<LibraryStats>(GetStats{}).unavailable == 4);
  CHECK(kit.ask<TrackPage>(ListUnavailable{}).tracks.size() == 4);
  CHECK_FALSE(kit.ask<TrackPage>(ListTracks{}).tracks.front().available);
  REQUIRE(kit.writer_kit.writer.set_available(kit.writer_kit.folder, true));
  CHECK(kit.ask<TrackPage>(ListUnavailable{}).tracks.empty());
}
