// Guards: no playlist file, however hostile, names a place outside of the library's folders, and
// what is written is read back. How: properties over drawn paths, and the files that programs
// write.
#include "core/library/m3u.hpp"

#include <doctest/doctest.h>

#include "core/library/playlist_edit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::library;

namespace {

const std::vector<std::string> kFolders = {"/music", "/more/music/"};

std::vector<PathGuess> at_home(std::string_view path, std::string_view directory = "lists") {
  return guesses(path, kFolders, 0, directory);
}
using Guesses = std::vector<PathGuess>;

std::string drawn_path(Choose& choose) {
  static constexpr const char* kPieces[] = {
      "/",      "..",      "a",       "b c", "\\", "C:",     ".",  "\xe4", "ü",
      "%2e%2e", "file://", "http://", "//x", "~",  "/music", "\n", "#",    "music/"};
  std::string out;
  for (std::uint32_t n = choose.choose(9, "length"); n > 0; --n)
    out += kPieces[choose.choose(std::size(kPieces), "piece")];
  if (choose.choose(20, "nul") == 1) out += '\0';
  return out;
}

}  // namespace

TEST_CASE("m3u: what is guessed lies within a folder, whatever the path says") {
  CHECK_FOR_ALL(1, 5000, [](Choose& choose) -> explore::Broken {
    std::string path = drawn_path(choose);
    std::string directory = choose.choose(2, "directory") == 1 ? "a/b" : "";
    std::optional<std::size_t> home;
    if (choose.choose(2, "home") == 1) home = 1;
    for (const PathGuess& guess : guesses(path, kFolders, home, directory)) {
      std::string whole = "/" + guess.directory + "/" + guess.name + "/";
      if (guess.folder >= kFolders.size()) return "no such folder";
      if (whole.find("/../") != whole.npos || whole.find("/./") != whole.npos) return "dots left";
      if (guess.name.empty() || guess.name.find('/') != guess.name.npos) return "no name";
      if (guess.directory.starts_with('/') || guess.directory.ends_with('/')) return "stray slash";
      if (whole.find('\0') != whole.npos) return "a NUL";
    }
    return explore::kHolds;
  });
}

TEST_CASE("m3u: relative, absolute, foreign and escaping paths") {
  CHECK(at_home("x.flac") == Guesses{{0, "lists", "x.flac"}});
  CHECK(at_home("../a/./x.flac") == Guesses{{0, "a", "x.flac"}});
  CHECK(at_home("../../x.flac").empty());
  CHECK(at_home("/music/a/x.flac") == Guesses{{0, "a", "x.flac"}});
  CHECK(at_home("/more/music/x.flac") == Guesses{{1, "", "x.flac"}});
  CHECK(at_home("/music/../etc/passwd").empty());
  CHECK(at_home("/musical/x.flac").empty());
  CHECK(at_home("/music").empty());
  CHECK(at_home("file:///music/a%20b/%C3%BC.flac") == Guesses{{0, "a b", "ü.flac"}});
  CHECK(at_home("file:///music/%00x").empty());
  CHECK(at_home("file:///music/%2e%2e/x").empty());
  CHECK(at_home("file:///music/%zz").empty());
  CHECK(at_home("http://host/x.mp3").empty());
  CHECK(at_home("").empty());
  CHECK(at_home("..").empty());
  auto foreign = at_home("sub\\x.flac");
  CHECK(foreign == Guesses{{0, "lists", "sub\\x.flac"}, {0, "lists/sub", "x.flac"}});
  auto drive = at_home("D:\\Music\\x.flac");
  REQUIRE(drive.size() == 2);
  CHECK(drive[1] == PathGuess{0, "lists/Music", "x.flac"});
  CHECK(guesses("a/x.flac", kFolders, std::nullopt, "").size() == 2);
  CHECK(at_home("\xfc.mp3") == Guesses{{0, "lists", "\xfc.mp3"}, {0, "lists", "ü.mp3"}});
  CHECK(at_home(std::string(kM3uLine + 1, 'a')).empty());
}

TEST_CASE("m3u: marks, line ends, Latin-1, comments and what stands about an entry") {
  auto read = read_m3u(
      "\xef\xbb\xbf#EXTM3U\r\n#EXTINF:61,Anna - Song - Live\r\na.mp3\r\n\r\n"
      "#PLAYLIST:x\n  b.mp3  \n#EXTINF:-1,Only\rc.mp3");
  REQUIRE(read);
  REQUIRE(read->size() == 3);
  CHECK((*read)[0] == PlaylistEntry{"a.mp3", "Song - Live", "Anna", 61'000});
  CHECK((*read)[1] == PlaylistEntry{"b.mp3", "", "", 0});
  CHECK((*read)[2] == PlaylistEntry{"c.mp3", "Only", "", 0});
  auto latin = read_m3u("#EXTINF:1,Bj\xf6rk - X\nBj\xf6rk.mp3\n");
  REQUIRE(latin);
  CHECK(latin->front().artist == "Björk");
  CHECK(latin->front().path == "Bj\xf6rk.mp3");
}

TEST_CASE("m3u: megabytes in one line, or too many entries, cost no more than they are worth") {
  auto lines = read_m3u(std::string(3'000'000, 'x') + "\nb.mp3\n");
  REQUIRE(lines);
  REQUIRE(lines->size() == 2);
  CHECK((*lines)[0].path.size() < 200);
  std::string many;
  for (std::size_t i = 0; i <= kM3uEntries; ++i) many += "a\n";
  auto refused = read_m3u(many);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::too_large);
}

TEST_CASE("m3u: what is written is read back, but for line breaks") {
  CHECK_FOR_ALL(1, 1000, [](Choose& choose) -> explore::Broken {
    std::vector<PlaylistEntry> entries;
    for (std::uint32_t n = choose.choose(4, "entries"); n > 0; --n) {
      PlaylistEntry entry{explore::draw_text(choose, 8), "T" + explore::draw_text(choose, 5), "A",
                          static_cast<std::int64_t>(choose.choose(400, "s")) * 1000};
      bool told = !entry.path.empty() && entry.path.find_first_of("\r\n\t ") == entry.path.npos;
      if (told) entries.push_back(entry);
    }
    auto back = read_m3u(write_m3u(entries));
    if (!back || back->size() != entries.size()) return "count: another number of entries";
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::string path = entries[i].path;
      if (path.starts_with('#')) path.insert(0, "./");
      if ((*back)[i].path != path) return "path: " + (*back)[i].path;
      if ((*back)[i].artist != "A") return "artist: " + (*back)[i].artist;
      if ((*back)[i].duration_ms != entries[i].duration_ms) return "duration";
    }
    return explore::kHolds;
  });
}

TEST_CASE("m3u: a relative path leads from the playlist to the track") {
  CHECK(relative_path("lists", "lists/x.mp3") == "x.mp3");
  CHECK(relative_path("a/b", "a/c/x.mp3") == "../c/x.mp3");
  CHECK(relative_path("", "a/x.mp3") == "a/x.mp3");
  CHECK(relative_path("a/x.mp3", "a/x.mp3") == "../x.mp3");
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    auto drawn = [&](std::uint32_t most) {
      std::string out;
      for (std::uint32_t n = choose.choose(most, "depth"); n > 0; --n)
        out += std::string(out.empty() ? "" : "/") + "abc"[choose.choose(3, "part")];
      return out;
    };
    std::string from = drawn(5);
    std::string to = drawn(4);
    to += (to.empty() ? "x" : "/x");
    auto found = guesses(relative_path(from, to), kFolders, 0, from);
    std::string got = found.empty()                ? ""
                      : found[0].directory.empty() ? found[0].name
                                                   : found[0].directory + "/" + found[0].name;
    return got == to ? explore::kHolds : explore::Broken("leads to " + got + " not " + to);
  });
}

TEST_CASE("playlist: edits do to the items what they say, and refuse places that are none") {
  Items items;
  for (std::uint64_t n = 0; n < 5; ++n) items.push_back(TrackId{n + 1});
  auto ids = [](const Result<Items>& result) {
    std::string out;
    if (!result) return std::string(name(result.error().code));
    for (TrackId id : *result) out += std::to_string(id.value);
    return out;
  };
  auto add = [](std::optional<std::int64_t> at) {
    AddToPlaylist edit;
    edit.tracks = {TrackId{8}, TrackId{9}};
    edit.at = at;
    return edit;
  };
  CHECK(ids(edited(items, add({}))) == "1234589");
  CHECK(ids(edited(items, add(0))) == "8912345");
  CHECK(ids(edited(items, add(5))) == "1234589");
  CHECK(ids(edited(items, add(6))) == "bad_request");
  auto remove = [](std::vector<std::int64_t> places) {
    RemoveFromPlaylist edit;
    edit.places = std::move(places);
    return edit;
  };
  CHECK(ids(edited(items, remove({4, 0}))) == "234");
  CHECK(ids(edited(items, remove({1, 1}))) == "bad_request");
  CHECK(ids(edited(items, remove({5}))) == "bad_request");
  auto move = [](std::int64_t from, std::int64_t count, std::int64_t to) {
    MoveInPlaylist edit;
    edit.from = from;
    edit.count = count;
    edit.to = to;
    return edit;
  };
  CHECK(ids(edited(items, move(0, 2, 3))) == "34512");
  CHECK(ids(edited(items, move(3, 2, 0))) == "45123");
  CHECK(ids(edited(items, move(1, 1, 1))) == "12345");
  CHECK(ids(edited(items, move(3, 3, 0))) == "bad_request");
  CHECK(ids(edited(items, move(0, 2, 4))) == "bad_request");
  auto order = [](std::vector<std::int64_t> places) {
    ReorderPlaylist edit;
    edit.order = std::move(places);
    return edit;
  };
  CHECK(ids(edited(items, order({4, 3, 2, 1, 0}))) == "54321");
  CHECK(ids(edited(items, order({0, 1, 2, 3, 3}))) == "bad_request");
  CHECK(ids(edited(items, order({0}))) == "bad_request");
  Items full(static_cast<std::size_t>(kPlaylistItems), TrackId{1});
  CHECK(ids(edited(full, add({}))) == "too_large");
}
