#pragma once
// For the tests of the library's part: a store with a folder, and files as a scan would hand them
// over.

#include "core/base/random.hpp"
#include "shell/store/library_writer.hpp"
#include "shell/store/test_support.hpp"

namespace tutti::shell::test {

inline library::ContentId content_of(std::uint64_t n) { return {{hash_mix(n + 1), n + 1}}; }

inline library::ScannedFile made_file(const std::string& directory, const std::string& name,
                                      std::uint64_t content) {
  library::ScannedFile file;
  file.directory = directory;
  file.name = name;
  file.stamp = {1000 + static_cast<std::int64_t>(content), 5};
  file.content = content_of(content);
  file.audio = {"flac", 180'000, 44'100, 2, 16, 900};
  file.tags.title = "Title " + std::to_string(content);
  file.tags.artists = {"Artist"};
  file.tags.album = "Album";
  file.tags.track.number = static_cast<int>(content % 20);
  file.tags.genres = {"Rock"};
  file.tags.date = "1994";
  return file;
}

constexpr WallTime kScanTime{1'700'000'000'000'000};

// By it no row takes time: a batch is one transaction, on the slowest machine too.
inline ServerTime still_clock() { return {}; }

// A data directory with a store, a folder and its writer, on this thread.
struct LibraryKit {
  explicit LibraryKit(const std::string& path)
      : dir(lock(path)),
        store(open_store(dir)),
        writer(store.database(Base::library), store.house_view(), random),
        folder(add_folder("/music")) {}

  FolderId add_folder(const std::string& path) {
    auto id = store.folder_id(path, random);
    REQUIRE_MESSAGE(id, said(id));
    auto added = writer.add_folder(*id, path, path.substr(1));
    REQUIRE_MESSAGE(added, said(added));
    return *id;
  }
  library::ScanBatchDone write(const library::ScanBatch& batch) {
    auto done = writer.write(batch, kScanTime);
    REQUIRE_MESSAGE(done, said(done));
    return *done;
  }
  library::ScanBatchDone add(std::vector<library::ScannedFile> files) {
    library::ScanBatch batch;
    batch.folder = folder;
    batch.upserts = std::move(files);
    return write(batch);
  }
  // The only track with some content.
  Candidate only(std::uint64_t content) {
    auto found = writer.candidates(content_of(content));
    REQUIRE_MESSAGE(found, said(found));
    REQUIRE(found->size() == 1);
    return found->front();
  }
  std::int64_t count(const std::string& table) {
    auto n = store.database(Base::library).number("SELECT count(*) FROM " + table);
    REQUIRE_MESSAGE(n, said(n));
    return *n;
  }
  // Tracks that a MATCH finds.
  std::int64_t matches(const std::string& words) {
    auto rows = store.database(Base::library)
                    .query("SELECT count(*) FROM track_words WHERE track_words MATCH ?", words);
    REQUIRE(rows);
    REQUIRE(rows->step() == true);
    return rows->integer(0);
  }
  void tidy() {
    for (int piece = 0;; ++piece) {
      auto more = writer.tidy();
      REQUIRE_MESSAGE(more, said(more));
      if (!*more) return;
      REQUIRE(piece < 1000);
    }
  }
  // The search index says what the rows say.
  void check_index() {
    for (const char* index : {"track_words", "artist_words", "album_words"}) {
      auto sound =
          store.database(Base::library)
              .exec(fmt::format("INSERT INTO {0}({0}, rank) VALUES ('integrity-check', 1)", index));
      REQUIRE_MESSAGE(sound, said(sound));
    }
    auto& library = store.database(Base::library);
    CHECK(library.number("SELECT count(*) FROM folders f WHERE (f.tracks, f.duration_ms, f.bytes) "
                         "<> (SELECT count(*), total(duration_ms), total(size) FROM tracks t WHERE "
                         "t.folder = f.id)") == 0);
    CHECK(count("search_tracks") == count("tracks"));
    CHECK(count("search_artists") == count("artists"));
    CHECK(count("search_albums") == count("albums"));
  }

  DataDir dir;
  Store store;
  // No two kits of a program draw the same ids.
  static std::uint64_t next_seed() {
    static std::uint64_t seed = 7;
    return seed++;
  }
  SeededRandom random{next_seed()};
  LibraryWriter writer;
  FolderId folder;
};

}  // namespace tutti::shell::test
