// Guards: what a scan hands over is stored whole or not at all, and ids, search rows and
// directories follow the files. How: batches through the writer, the tables asked beside it.
#include "shell/store/library_test_kit.hpp"
#include "shell/store/track_row.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

library::Tags full_tags() {
  library::Tags tags;
  tags.title = "Für Elise";
  tags.album = "Bagatelles";
  tags.artists = {"Anna", "Otto"};
  tags.album_artists = {"Anna"};
  tags.composers = {"Ludwig"};
  tags.genres = {"Classical", "Piano"};
  tags.title_sort = "Fur Elise";
  tags.album_sort = "Bagatelles, The";
  tags.artists_sort = {"Anna A", "Otto O"};
  tags.album_artists_sort = {"Anna A"};
  tags.track = {3, 12};
  tags.disc = {2, 2};
  tags.disc_subtitle = "Late";
  tags.date = "1994-05-01";
  tags.original_date = "1810";
  tags.compilation = true;
  tags.comment = "two\nlines";
  tags.lyrics = "none";
  tags.synced_lyrics = "[00:01.00]none";
  tags.gain = {-3.5, -4.0, 0.98, std::nullopt};
  tags.mb_recording = "rec";
  tags.mb_release = "rel";
  tags.mb_release_group = "group";
  tags.mb_artists = {"a1", "o1"};
  tags.mb_album_artists = {"a1"};
  return tags;
}

library::ScanBatch batch_of(FolderId folder) {
  library::ScanBatch batch;
  batch.folder = folder;
  return batch;
}

}  // namespace

TEST_CASE("writer: every field of a file comes back as it was") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  library::ScannedFile file = made_file("a/b", "3.flac", 1);
  file.tags = full_tags();
  file.artwork = content_of(99);
  file.beside = ~0ULL - 7;
  CHECK(kit.add({file}).added == 1);
  CHECK(kit.writer.known_files(kit.folder, "a/b")->at(0).beside == file.beside);
  TrackId id = kit.only(1).track;
  auto row = load_track_row(kit.store.database(Base::library), id);
  REQUIRE(row);
  REQUIRE(row->has_value());
  const library::ScannedFile& got = (*row)->file;
  CHECK(got.tags == file.tags);
  CHECK(got.audio == file.audio);
  CHECK(got.stamp == file.stamp);
  CHECK(got.beside == file.beside);
  CHECK(got.content == file.content);
  CHECK(got.artwork == file.artwork);
  CHECK(got.directory == "a/b");
  CHECK(got.name == "3.flac");
  CHECK((*row)->added_at == kScanTime);
}

TEST_CASE("writer: a changed file keeps its id and when it was added, and its old words are gone") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1)});
  TrackId id = kit.only(1).track;
  library::ScannedFile file = made_file("a", "1.flac", 2);
  file.track = id;
  file.tags.title = "Nocturne";
  file.tags.artists = {"Clara"};
  CHECK(kit.add({file}).changed == 1);
  CHECK(kit.only(2).track == id);
  CHECK(kit.count("tracks") == 1);
  CHECK(kit.count("credits") == 1);
  CHECK(kit.matches("nocturne") == 1);
  CHECK(kit.matches("title") == 0);
  kit.tidy();
  CHECK(kit.count("artists") == 1);
  kit.check_index();
}

TEST_CASE("writer: a moved file keeps its id, and what lay in its new place is gone") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1), made_file("b", "2.flac", 2)});
  TrackId first = kit.only(1).track;
  library::ScanBatch batch = batch_of(kit.folder);
  batch.upserts = {made_file("b", "2.flac", 1)};
  batch.upserts[0].track = first;
  batch.upserts[0].stamp = {1, 1};
  CHECK(kit.write(batch).changed == 1);
  CHECK(kit.only(1).track == first);
  CHECK(kit.only(1).path.directory == "b");
  CHECK(kit.only(1).stamp == library::FileStamp{1, 1});
  CHECK(kit.count("tracks") == 1);
  kit.check_index();
}

TEST_CASE("writer: a directory goes with its last file and comes back with the next") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1), made_file("b", "2.flac", 2)});
  library::ScanBatch batch = batch_of(kit.folder);
  batch.removals = {{"a", "1.flac"}, {"nowhere", "x"}, {"b", "x"}};
  CHECK(kit.write(batch).removed == 1);
  CHECK(kit.writer.directories(kit.folder) == std::vector<std::string>{"b"});
  kit.add({made_file("a", "1.flac", 3)});
  CHECK(kit.writer.directories(kit.folder) == std::vector<std::string>{"a", "b"});
  kit.tidy();
  kit.check_index();
}

TEST_CASE("writer: a file that cannot be read is known, and its row goes when it can be") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1)});
  library::ScanBatch batch = batch_of(kit.folder);
  batch.failures = {{"a", "1.flac", {7, 7}, {Code::corrupt, "no audio in it"}},
                    {"a", "0.mp3", {0, 1}, {Code::io, std::string("\xff")}}};
  CHECK(kit.write(batch).failed == 2);
  auto known = kit.writer.known_files(kit.folder, "a");
  REQUIRE(known);
  REQUIRE(known->size() == 2);
  CHECK((*known)[0].name == "0.mp3");
  CHECK_FALSE((*known)[1].track);
  CHECK((*known)[1].stamp == library::FileStamp{7, 7});
  kit.add({made_file("a", "1.flac", 1)});
  CHECK(kit.count("failed_files") == 1);
  known = kit.writer.known_files(kit.folder, "a");
  REQUIRE(known);
  REQUIRE(known->size() == 2);
  CHECK((*known)[1].track);
}

TEST_CASE("writer: known files come in the order of their bytes, with names that are no text") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  std::vector<std::string> names = {"\xff\xfe", "Z", "a", std::string("\xc3\xa4"), "A"};
  std::vector<library::ScannedFile> files;
  for (const std::string& name : names) files.push_back(made_file("d\xff", name, files.size()));
  kit.add(files);
  auto known = kit.writer.known_files(kit.folder, "d\xff");
  REQUIRE(known);
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](unsigned char x, unsigned char y) { return x < y; });
  });
  REQUIRE(known->size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK((*known)[i].name == names[i]);
  CHECK(kit.writer.known_files(kit.folder, "nowhere")->empty());
}

TEST_CASE("writer: a batch that fails in its middle leaves nothing, and the next one goes on") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1)});
  TrackId taken = kit.only(1).track;
  REQUIRE(kit.store.database(Base::library)
              .exec("CREATE TEMP TRIGGER stop BEFORE INSERT ON lyrics BEGIN SELECT "
                    "RAISE(ABORT, 'stopped'); END"));
  library::ScannedFile bad = made_file("c", "3.flac", 3);
  bad.tags.lyrics = "x";
  library::ScannedFile fresh = made_file("b", "2.flac", 2);
  fresh.tags.artists = {"Clara"};
  fresh.tags.album = "Other";
  library::ScanBatch batch = batch_of(kit.folder);
  batch.upserts = {fresh, bad};
  LibraryWriter whole(kit.store.database(Base::library), kit.store.house_view(), kit.random,
                      still_clock);
  CHECK_FALSE(whole.write(batch, kScanTime));
  CHECK(kit.count("tracks") == 1);
  CHECK(kit.count("artists") == 1);
  CHECK(kit.count("directories") == 1);
  REQUIRE(kit.store.database(Base::library).exec("DROP TRIGGER stop"));
  CHECK(kit.write(batch).added == 2);
  CHECK(kit.count("artists") == 2);
  CHECK(kit.only(1).track == taken);
  kit.check_index();
}

TEST_CASE("writer: what the house knows by its content gets its id back in a library made anew") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  TrackId known{0xfedcba9876543210ULL};
  std::string content = content_bytes(content_of(5));
  REQUIRE(kit.store.database(Base::house)
              .execute("INSERT INTO known_tracks(track, content, title, artist, album, folder) "
                       "VALUES (?, ?, '', '', '', x'')",
                       known, as_bytes(content)));
  CHECK(kit.writer.known_track(content_of(5)) == known);
  kit.add({made_file("a", "5.flac", 5), made_file("a", "copy.flac", 5)});
  auto both = kit.writer.candidates(content_of(5));
  REQUIRE(both);
  REQUIRE(both->size() == 2);
  CHECK(((*both)[0].track == known) != ((*both)[1].track == known));
}

TEST_CASE("writer: a file takes over the id of an unavailable one, not of one that is there") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1)});
  TrackId first = kit.only(1).track;
  std::string content = content_bytes(content_of(1));
  REQUIRE(kit.store.database(Base::house)
              .execute("INSERT INTO known_tracks(track, content, title, artist, album, folder) "
                       "VALUES (?, ?, '', '', '', x'')",
                       first, as_bytes(content)));
  kit.add({made_file("a", "copy.flac", 1)});
  CHECK(kit.count("tracks") == 2);
  library::ScanBatch batch = batch_of(kit.folder);
  batch.removals = {{"a", "copy.flac"}};
  batch.unavailable = {{"a", "1.flac"}};
  kit.write(batch);
  CHECK_FALSE(kit.only(1).available);
  kit.add({made_file("b", "1.flac", 1)});
  CHECK(kit.only(1).track == first);
  CHECK(kit.only(1).path.directory == "b");
}

TEST_CASE(
    "writer: one title by two album artists is two albums; discs, release and compilation are "
    "one") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  std::vector<library::ScannedFile> files;
  auto add = [&](const std::string& dir, const std::string& title, auto change) {
    files.push_back(made_file(dir, std::to_string(files.size()), files.size() + 100));
    files.back().tags.album = title;
    change(files.back().tags);
  };
  auto by = [](const char* artist) {
    return [artist](library::Tags& tags) { tags.album_artists = {artist}; };
  };
  add("queen", "Greatest Hits", by("Queen"));
  add("queen/live", "Greatest hits", by("QUEEN"));
  add("abba", "Greatest Hits", by("ABBA"));
  add("set/CD 1", "Boxed", [](library::Tags&) {});
  add("set/CD 2", "Boxed", [](library::Tags&) {});
  auto va = [](const char* artist) {
    return [artist](library::Tags& tags) {
      tags.compilation = true;
      tags.artists = {artist};
    };
  };
  add("x", "Sampler", va("One"));
  add("y", "Sampler", va("Two"));
  kit.add(files);
  CHECK(kit.count("albums") == 4);
  kit.check_index();
}

TEST_CASE("writer: a transaction ends with its time, and the next goes on where it ended") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  // A clock by which each row takes a millisecond.
  std::int64_t asked = 0;
  LibraryWriter slow(kit.store.database(Base::library), kit.store.house_view(), kit.random,
                     [&] { return ServerTime{++asked * 1000}; });
  library::ScanBatch batch = batch_of(kit.folder);
  for (std::uint64_t n = 0; n < 200; ++n)
    batch.upserts.push_back(made_file("d" + std::to_string(n % 7), std::to_string(n), n));
  batch.failures = {{"d0", "x", {1, 1}, {Code::corrupt, "nothing in it"}}};
  batch.removals = {{"d0", "0"}};
  int transactions = 0;
  library::ScanBatchDone sums;
  for (std::size_t next = 0; next < library::row_count(batch); ++transactions) {
    std::int64_t before = asked;
    auto part = slow.write_part(batch, next, kScanTime);
    REQUIRE_MESSAGE(part, said(part));
    CHECK(part->next > next);
    CHECK((asked - before) * 1000 <= kTransaction.us);
    CHECK_FALSE(kit.store.database(Base::library).in_transaction());
    CHECK(kit.count("tracks") ==
          std::min<std::int64_t>(std::ssize(batch.upserts), static_cast<std::int64_t>(part->next)) -
              part->sums.removed);
    next = part->next;
    sums += part->sums;
  }
  CHECK(transactions >= 202 / 20);
  CHECK(sums.added == 200);
  CHECK(sums.failed == 1);
  CHECK(sums.removed == 1);
  kit.check_index();
}

TEST_CASE("writer: rows that take no time are one transaction, one that takes too long is alone") {
  for (std::int64_t row_us : {0, 50'000}) {
    TempDir temp;
    LibraryKit kit(temp / "data");
    std::int64_t now = 0;
    LibraryWriter writer(kit.store.database(Base::library), kit.store.house_view(), kit.random,
                         [&] { return ServerTime{now += row_us}; });
    library::ScanBatch batch = batch_of(kit.folder);
    for (std::uint64_t n = 0; n < 30; ++n)
      batch.upserts.push_back(made_file("d", std::to_string(n), n));
    auto part = writer.write_part(batch, 0, kScanTime);
    REQUIRE_MESSAGE(part, said(part));
    CHECK(part->next == (row_us == 0 ? 30 : 1));
  }
}

TEST_CASE("writer: tidying and removing a folder end their transactions with their time") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  std::int64_t asked = 0;
  LibraryWriter slow(kit.store.database(Base::library), kit.store.house_view(), kit.random,
                     [&] { return ServerTime{++asked * 1000}; });
  std::vector<library::ScannedFile> files;
  for (std::uint64_t n = 0; n < 200; ++n) {
    files.push_back(made_file("d", std::to_string(n), n));
    files.back().tags.artists = {"Artist " + std::to_string(n)};
    files.back().tags.album = "Album " + std::to_string(n);
  }
  kit.add(files);
  kit.tidy();
  std::int64_t left = 200;
  for (int pieces = 0; left > 0; ++pieces) {
    std::int64_t before = asked;
    auto erased = slow.remove_folder(kit.folder);
    REQUIRE_MESSAGE(erased, said(erased));
    CHECK((asked - before) * 1000 <= kTransaction.us);
    CHECK(*erased <= 20);
    left -= *erased;
    CHECK(kit.count("tracks") == left);
    REQUIRE(pieces < 200);
  }
  CHECK(kit.count("artists") == 200);
  for (std::int64_t before = 0; kit.count("artists") + kit.count("albums") > 0;) {
    before = kit.count("artists") + kit.count("albums");
    std::int64_t from = asked;
    REQUIRE(slow.tidy());
    CHECK((asked - from) * 1000 <= kTransaction.us);
    std::int64_t after = kit.count("artists") + kit.count("albums");
    CHECK(after < before);
    CHECK(before - after <= 20);
  }
}

TEST_CASE("writer: a removed folder takes its tracks along and leaves those of others") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  FolderId other = kit.add_folder("/other");
  std::vector<library::ScannedFile> files;
  for (int i = 0; i < 450; ++i)
    files.push_back(made_file("d", std::to_string(i), 10 + static_cast<std::uint64_t>(i)));
  kit.add(files);
  for (auto& file : files)
    file.name += "b", file.content = content_of(file.content.words[1] + 1000);
  kit.add(files);
  library::ScanBatch batch = batch_of(other);
  batch.upserts = {made_file("o", "1.flac", 1)};
  batch.upserts[0].tags.artists = {"Solo"};
  kit.write(batch);
  int calls = 0;
  for (Result<std::int64_t> left = 1; *left > 0; ++calls) {
    left = kit.writer.remove_folder(kit.folder);
    REQUIRE_MESSAGE(left, said(left));
  }
  CHECK(calls >= 2);
  CHECK(kit.count("tracks") == 1);
  CHECK(kit.count("folders") == 1);
  kit.tidy();
  CHECK(kit.count("artists") == 1);
  CHECK(kit.count("genres") == 1);
  kit.check_index();
}

TEST_CASE("writer: what is played and liked is met first in the search, and falls back") {
  TempDir temp;
  LibraryKit kit(temp / "data");
  kit.add({made_file("a", "1.flac", 1), made_file("a", "2.flac", 2), made_file("a", "3.flac", 3)});
  Database& house = kit.store.database(Base::house);
  auto first_found = [&] {
    auto row = kit.store.database(Base::library)
                   .query(
                       "SELECT s.item FROM track_words w JOIN search_tracks s ON s.id = w.rowid "
                       "WHERE track_words MATCH 'title' ORDER BY w.rowid LIMIT 1");
    REQUIRE(row);
    REQUIRE(row->step() == true);
    return row->id<TrackId>(0);
  };
  CHECK(first_found() == kit.only(1).track);
  REQUIRE(house.execute("INSERT INTO favourites(account_id, kind, item, at) VALUES (1, 0, ?, 1)",
                        kit.only(3).track));
  kit.tidy();
  CHECK(first_found() == kit.only(3).track);
  REQUIRE(
      house.execute("INSERT INTO play_counts(account_id, track, plays, last_at) VALUES (1, ?, "
                    "100, 1)",
                    kit.only(2).track));
  kit.tidy();
  CHECK(first_found() == kit.only(2).track);
  REQUIRE(house.exec("DELETE FROM play_counts; DELETE FROM favourites"));
  kit.tidy();
  CHECK_FALSE(first_found() == kit.only(2).track);
  kit.check_index();
}
