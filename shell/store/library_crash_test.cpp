// Guards: a scan and playlists survive a kill at any moment whole, a full disk, and the change of
// versions. How: forked processes killed at drawn moments in the middle of batches and edits; a
// file system of a few MB; a data directory as version 1 left it (golden/data/v1).
#include <sys/mount.h>

#include <chrono>

#include "core/base/choose.hpp"
#include "shell/store/library_ask_kit.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
using namespace tutti::library;

namespace {

int rounds() { return std::getenv("TUTTI_LONG") != nullptr ? 100 : 8; }
constexpr int kBatchFiles = 40;

// Files of one batch: all or none of them must be there.
ScanBatch batch_number(FolderId folder, int number) {
  ScanBatch batch;
  batch.folder = folder;
  for (int i = 0; i < kBatchFiles; ++i) {
    auto n = static_cast<std::uint64_t>(number * kBatchFiles + i);
    batch.upserts.push_back(made_file("d" + std::to_string(number), std::to_string(i), n));
    batch.upserts.back().tags.artists = {"Artist " + std::to_string(n % 9)};
  }
  return batch;
}

// Writes batches and says the number of each behind its commit, until it is killed.
int scan_and_say(const std::string& path, int first, int out) {
  auto dir = DataDir::lock(path);
  if (!dir) return 1;
  auto store = Store::open(*dir);
  if (!store) return 2;
  SeededRandom random(static_cast<std::uint64_t>(first) + 99);
  LibraryWriter writer(store->database(Base::library), store->house_view(), random, still_clock);
  auto folder = store->folder_id("/music", random);
  if (!folder || !writer.add_folder(*folder, "/music", "music")) return 3;
  for (int number = first; number < first + 100; ++number) {
    if (!writer.write(batch_number(*folder, number), kScanTime)) return 4;
    if (::write(out, &number, sizeof number) != sizeof number) return 5;
    if (number % 3 == 0 && !writer.tidy()) return 6;
  }
  for (;;) ::pause();
}

// Edits a playlist again and again: its items are always 0, 1, ..., n-1 in one order or the other.
int edit_and_say(const std::string& path, PlaylistId playlist, int out) {
  auto dir = DataDir::lock(path);
  if (!dir) return 1;
  auto store = Store::open(*dir);
  if (!store) return 2;
  SeededRandom random(5);
  auto account = store->local_account();
  if (!account) return 3;
  auto reader = store->open_reader();
  if (!reader) return 4;
  auto page = reader->ask({account->account, GetPlaylist{playlist, "", 1}, {}});
  if (!page) return 5;
  std::int64_t version = std::get<PlaylistAnswer>(*page).playlist.version;
  for (int n = 0; n < 400; ++n) {
    ReorderPlaylist edit;
    edit.playlist = playlist;
    edit.version = version;
    for (std::int64_t place = kBatchFiles; place-- > 0;) edit.order.push_back(place);
    auto done = store->apply({account->account, edit, kScanTime}, random);
    if (!done) return 6;
    version = std::get<PlaylistChanged>(*done).playlist.version;
    if (::write(out, &version, sizeof version) != sizeof version) return 7;
  }
  for (;;) ::pause();
}

}  // namespace

TEST_CASE(
    "crash: a killed scan leaves whole batches, all that were acknowledged, and a sound index") {
  TempDir temp;
  std::string path = temp / "data";
  SeededChoose draw(51);
  int acknowledged = 0;
  for (int round = 0; round < rounds(); ++round) {
    Child scanner([&](int out) { return scan_and_say(path, acknowledged, out); });
    int number = -1;
    REQUIRE(scanner.read(&number, sizeof number));
    acknowledged = number + 1;
    ::usleep(draw.choose(60'000, "kill at"));
    ::kill(scanner.pid(), SIGKILL);
    while (scanner.read(&number, sizeof number)) acknowledged = number + 1;
    REQUIRE(scanner.wait() == -1);
    LibraryKit kit(path);
    REQUIRE(check_integrity(kit.store.database(Base::library), true));
    std::int64_t tracks = kit.count("tracks");
    CHECK(tracks % kBatchFiles == 0);
    CHECK(tracks >= acknowledged * kBatchFiles);
    CHECK(kit.matches("title") == tracks);
    kit.check_index();
    acknowledged = static_cast<int>(tracks / kBatchFiles);  // one may be in that was not said
    kit.tidy();
    kit.check_index();
  }
  MESSAGE("batches: ", acknowledged);
}

TEST_CASE("crash: a killed edit leaves a playlist as before it or as behind it") {
  TempDir temp;
  std::string path = temp / "data";
  PlaylistId playlist;
  std::vector<TrackId> forward;
  {
    AskKit kit(path);
    kit.add_many(kBatchFiles);
    for (std::uint64_t n = 0; n < kBatchFiles; ++n) forward.push_back(kit.writer_kit.only(n).track);
    playlist = kit.apply<PlaylistChanged>(CreatePlaylist{"Mine", forward}).playlist.id;
  }
  std::vector<TrackId> backward(forward.rbegin(), forward.rend());
  SeededChoose draw(52);
  std::int64_t acknowledged = 1;
  for (int round = 0; round < rounds(); ++round) {
    Child editor([&](int out) { return edit_and_say(path, playlist, out); });
    REQUIRE(editor.read(&acknowledged, sizeof acknowledged));
    ::usleep(draw.choose(20'000, "kill at"));
    ::kill(editor.pid(), SIGKILL);
    for (std::int64_t said_now; editor.read(&said_now, sizeof said_now);) acknowledged = said_now;
    REQUIRE(editor.wait() == -1);
    AskKit kit(path);
    auto now = kit.ask<PlaylistAnswer>(GetPlaylist{playlist, "", 500});
    CHECK(now.playlist.version >= acknowledged);
    CHECK(now.playlist.version <= acknowledged + 1);
    std::vector<TrackId> items;
    for (const PlaylistItem& item : now.items) items.push_back(item.id);
    // Each edit turns it round, so the version says which it is.
    CHECK(items == (now.playlist.version % 2 == 1 ? forward : backward));
  }
}

TEST_CASE("full disk: a batch that does not fit leaves nothing, and the scan goes on with room") {
  TempDir temp;
  Child child([&](int out) {
    bool mounted =
        own_namespace() && ::mount("tmpfs", temp.path().c_str(), "tmpfs", 0, "size=6m") == 0;
    if (!mounted) return kCannotMount;
    auto check = [&]() -> std::string {
      auto dir = DataDir::lock(temp / "data");
      auto store = Store::open(*dir);
      if (!store) return "open: " + said(store);
      SeededRandom random(1);
      LibraryWriter writer(store->database(Base::library), store->house_view(), random,
                           still_clock);
      FolderId folder = *store->folder_id("/music", random);
      if (!writer.add_folder(folder, "/music", "music")) return "no folder";
      spill(temp / "filler", std::string(3'000'000, 'f'));
      int written = 0;
      Result<ScanBatchDone> done;
      while ((done = writer.write(batch_number(folder, written), kScanTime))) ++written;
      if (done.error().code != Code::no_space) return "said " + said(done);
      if (written == 0) return "nothing fitted";
      auto tracks = writer.track_count();
      if (!tracks || *tracks != written * kBatchFiles) return "half a batch is there";
      ::unlink((temp / "filler").c_str());
      done = writer.write(batch_number(folder, written), kScanTime);
      return done ? "" : "does not go on: " + said(done);
    };
    std::string wrong = check();
    (void)!::write(out, wrong.data(), wrong.size());
    return wrong.empty() ? 0 : 1;
  });
  std::string wrong = child.read_all();
  int status = child.wait();
  if (status == kCannotMount) return cannot_run_here();
  CHECK_MESSAGE(status == 0, wrong);
}

TEST_CASE("migrate: a data directory of version 1 opens with all it held, and its copy is kept") {
  TempDir temp;
  std::string path = temp / "data";
  std::filesystem::path golden = "golden/data/v1";
  // Tests run in the build's folder or at the root; the golden files are found from either.
  for (auto up = std::filesystem::current_path(); !up.empty() && up != up.parent_path();
       up = up.parent_path()) {
    if (std::filesystem::exists(up / "golden/data/v1/house.db")) {
      golden = up / "golden/data/v1";
      break;
    }
  }
  REQUIRE(std::filesystem::exists(golden / "house.db"));
  std::filesystem::create_directories(path);
  for (const char* name : {"house.db", "library.db"})
    std::filesystem::copy_file(golden / name, std::filesystem::path(path) / name);
  AskKit kit(path);
  Store& store = kit.writer_kit.store;
  CHECK(store.warnings().size() == 2);
  CHECK(kit.local() == AccountId{1234567890123456789ULL});
  CHECK(store.database(Base::house).text("SELECT name FROM accounts WHERE account = -77") ==
        std::string("anna"));
  for (Base base : {Base::house, Base::library}) {
    CHECK(store.database(base).text("SELECT value FROM meta WHERE key = 'kept'") ==
          std::string("since version 1"));
    CHECK(store.database(base).number("PRAGMA foreign_keys") == 1);
  }
  CHECK(file_exists(kit.writer_kit.dir.file(
      fmt::format("backups/before-house-v{}.db", house_schema().latest()))));
  kit.add_many(3);
  kit.apply(RateTrack{kit.any_track(), 50});
  CHECK(kit.ask<TrackPage>(ListTracks{}).tracks.size() == 3);
}

TEST_CASE("readers: a scan that writes hides nothing from readers and never holds them up") {
  TempDir temp;
  std::string path = temp / "data";
  AskKit kit(path);
  kit.add_many(50);
  Database& library = kit.writer_kit.store.database(Base::library);
  auto transaction = Transaction::begin(library);
  REQUIRE(transaction);
  REQUIRE(library.exec("DELETE FROM search_tracks; DELETE FROM credits"));
  auto begin = std::chrono::steady_clock::now();
  CHECK(kit.ask<SearchAnswer>(Search{"song", "", 20}).tracks.size() == 20);
  CHECK(kit.ask<ArtistPage>(ListArtists{}).artists.size() == 5);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}
