// Guards: what is typed never becomes syntax, text is compared as people do, keys and cursors keep
// their promises, the cache keeps nothing stale. How: properties over drawn texts, and examples.
#include <doctest/doctest.h>

#include <set>

#include "core/base/utf8.hpp"
#include "core/library/cursor.hpp"
#include "core/library/fold.hpp"
#include "core/library/query_cache.hpp"
#include "core/library/requests.hpp"
#include "core/library/search_plan.hpp"
#include "core/library/track_words.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::library;

namespace {

// Pieces that texts are drawn from: letters of several scripts, accents, quotes, operators, bytes
// that are no UTF-8.
std::string drawn_text(Choose& choose, std::uint32_t most) {
  static constexpr const char* kPieces[] = {
      "a",   "B",       "é",     "ß",      " ",  "\"",   "*",
      "AND", "OR ",     "NEAR(", "東",     "か", "и",    "'",
      "’",   "-",       "(",     ")",      ":",  "\xff", "\n",
      "Ø",   "e\u0301", "1",     "\ue000", "^",  "the ", "{",
      "ﬁ",   "İ",       "Σς",    "한",     "½",  "\xc3", "\xf0\x9f\x8e\xb5",
      "_",   "+",       ","};
  std::string out;
  for (std::uint32_t n = choose.choose(most, "length"); n > 0; --n)
    out += kPieces[choose.choose(std::size(kPieces), "piece")];
  return out;
}

}  // namespace

TEST_CASE("fold: case, accents, width and marks do not tell words apart") {
  CHECK(fold("Björk") == "bjork");
  CHECK(fold("BJO\u0308RK") == "bjork");
  CHECK(fold("AC/DC") == "ac dc");
  CHECK(fold("Sigur Rós – Ágætis") == "sigur ros agaetis");
  CHECK(fold("don’t Don't") == "dont dont");
  CHECK(fold("ＡＢＣ ﬁne Straße Łódź") == "abc fine strasse lodz");
  CHECK(fold("Йод ΑΣ") == "иод ασ");
  CHECK(fold("東京") == "東 京");
  CHECK(fold("\xff\xfe") == "");
  CHECK(fold_name("!!!") == "!!!");
}

TEST_CASE("fold: it is valid text, of single spaces, and folds to itself") {
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    std::string text = drawn_text(choose, 12);
    std::string once = fold(text);
    if (!utf8_valid(once)) return "not UTF-8";
    if (fold(once) != once) return "folds on: " + once;
    if (once.starts_with(' ') || once.ends_with(' ') || once.find("  ") != once.npos)
      return "stray space in '" + once + "'";
    return std::nullopt;
  });
}

TEST_CASE("fold: every letter folds to what folds to itself") {
  for (std::uint32_t code = 0x80; code < 0x20000; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    if (code < 0x800) text = {char(0xc0 | (code >> 6)), char(0x80 | (code & 0x3f))};
    else if (code < 0x10000)
      text = {char(0xe0 | (code >> 12)), char(0x80 | ((code >> 6) & 0x3f)),
              char(0x80 | (code & 0x3f))};
    else
      text = {char(0xf0 | (code >> 18)), char(0x80 | ((code >> 12) & 0x3f)),
              char(0x80 | ((code >> 6) & 0x3f)), char(0x80 | (code & 0x3f))};
    std::string once = fold(text);
    INFO("code ", code, " '", text, "' '", once, "'");
    REQUIRE(fold(once) == once);
  }
}

TEST_CASE("names: an artist is one in any spelling of case and accent, and nobody without a name") {
  CHECK(artist_id("Sigur Rós") == artist_id("SIGUR ROS"));
  CHECK_FALSE(artist_id("Anna") == artist_id("Otto"));
  CHECK_FALSE(artist_id("!!!") == artist_id("+/-"));
  CHECK_FALSE(artist_id(""));
  CHECK(sort_key("The Band") == sort_key("band"));
  CHECK(sort_key("The") == "the");
}

TEST_CASE("albums: discs are one, titles by others and other releases are not") {
  std::vector<std::string> queen{"Queen"};
  std::vector<std::string> abba{"ABBA"};
  auto id = [](const char* title, const std::vector<std::string>* by, const char* dir,
               const char* release = "", bool compilation = false) {
    return album_id({title, release, by, compilation, 1, dir});
  };
  CHECK(id("Hits", &queen, "a") == id("HITS", &queen, "b"));
  CHECK_FALSE(id("Hits", &queen, "a") == id("Hits", &abba, "a"));
  CHECK_FALSE(id("Hits", &queen, "a", "r1") == id("Hits", &queen, "a", "r2"));
  CHECK(id("Set", nullptr, "x/CD1") == id("Set", nullptr, "x/Disc 2 - Live"));
  CHECK_FALSE(id("Set", nullptr, "x") == id("Set", nullptr, "y"));
  CHECK(id("Mix", nullptr, "x", "", true) == id("Mix", nullptr, "y", "", true));
  CHECK_FALSE(id("", &queen, "a"));
  CHECK(album_directory("a/CDs") == "a/CDs");
  CHECK(album_directory("cd 1") == "");
}

TEST_CASE("search: nothing that is typed is syntax, and every word is asked for") {
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    SearchPlan plan = plan_search(drawn_text(choose, 30));
    std::string match = match_text(plan, choose.choose(2, "begun") == 1);
    if (plan.words.size() > kSearchWords) return "too many words";
    if (plan.empty() != match.empty()) return "words and question disagree";
    std::string rebuilt;
    for (const std::string& word : plan.words) {
      if (word.empty() || word.find_first_of("\"*() \n") != word.npos) return "a word is syntax";
      if (!rebuilt.empty()) rebuilt += " AND ";
      std::size_t at = match.find('"' + word + '"');
      if (at == match.npos) return "a word is not asked for";
    }
    return std::nullopt;
  });
  CHECK(match_text(plan_search("AC/DC \"thun"), false) == "\"ac\" AND \"dc\" AND \"thun\" *");
  CHECK(match_text(plan_search("love "), false) == "\"love\"");
  CHECK(match_text(plan_search("a b"), true, {"x", "y"}) ==
        "\"a\" * AND \"b\" * AND (\"x\" OR \"y\")");
  CHECK(plan_search(" -- ").empty());
}

TEST_CASE(
    "search: what is the name comes before what begins with it, then titles, artists, albums") {
  auto row = [](const char* title, const char* artist, const char* album) {
    Tags tags;
    tags.title = title;
    tags.artists = {artist};
    tags.album = album;
    return track_words(tags, "01 x.flac", 3);
  };
  SearchPlan plan = plan_search("Love");
  std::vector<std::string> ordered = {row("Love", "b", "c"),    row("Love Song", "b", "c"),
                                      row("My Love", "b", "c"), row("My Lovely", "b", "c"),
                                      row("a", "b", "Love"),    row("a", "b", "c")};
  for (std::size_t i = 1; i < ordered.size(); ++i)
    CHECK(rank(plan, ordered[i - 1]) > rank(plan, ordered[i]));
  CHECK(rank(plan_search("band"), row("The Band", "x", "y")) >
        rank(plan_search("band"), row("Band Aid", "x", "y")));
  CHECK(rank(plan_search("love b"), row("Love", "Band", "c")) > 0);
}

TEST_CASE("search: a row has its fields a line each, the file's name only for what it adds") {
  Tags tags;
  tags.title = "Söng";
  tags.artists = tags.album_artists = {"Anna"};
  tags.album = "Disc";
  tags.genres = {"Rock"};
  tags.date = "1994-01-02";
  tags.original_date = "1980";
  CHECK(track_words(tags, "07 Song remix.flac", 2) ==
        "song\nanna\ndisc\n\n\nrock\n1994 1980\n07 remix \n" + folder_word(2));
  tags.title.clear();
  CHECK(shown_title(tags, "07 Song.tmp.flac") == "07 Song.tmp");
  CHECK(shown_title(tags, ".flac") == ".flac");
  CHECK(fold(folder_word(2)) == "2");  // nobody can type it
}

TEST_CASE("cursor: it comes back as it was, and any other text is refused or names a place") {
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    library::Cursor cursor{"tracks.name", drawn_text(choose, 8),
                           static_cast<std::int64_t>(choose.choose(1000, "id")) - 500};
    auto back = read_cursor(cursor_text(cursor), "tracks.name");
    if (!back || !(*back == cursor)) return "lost";
    if (read_cursor(cursor_text(cursor), "tracks.date")) return "taken by another list";
    (void)read_cursor(drawn_text(choose, 20), "x");
    return std::nullopt;
  });
  CHECK_FALSE(read_cursor("abc", "x"));
}

TEST_CASE("requests: each is either a question or a change") {
  CHECK(changes(RateTrack{}));
  CHECK(changes(ImportPlaylist{}));
  CHECK_FALSE(changes(Search{}));
  CHECK_FALSE(changes(PreviewSmartPlaylist{}));
  CHECK(counts_as_play(90'000, 180'000));
  CHECK_FALSE(counts_as_play(89'000, 180'000));
  CHECK(counts_as_play(240'000, 7'200'000));
  CHECK_FALSE(counts_as_play(0, 0));
}

TEST_CASE("query cache: holds its bound, the longest unused first to go, each account its own") {
  AccountId anna{1};
  AccountId otto{2};
  std::size_t entry = 13 + 2 + 10 + QueryCache::kEntryBytes;
  QueryCache cache(2 * entry, entry);
  Bytes ten(std::string(10, 'x'));
  CHECK(cache.put(anna, "a", ten, cache.now(anna)));
  CHECK(cache.put(otto, "a", ten, cache.now(otto)));
  CHECK(cache.get(anna, "a") == ten);
  CHECK(cache.put(anna, "b", ten, cache.now(anna)));
  CHECK(cache.peek(otto, "a") == nullptr);
  CHECK(cache.peek(anna, "a") != nullptr);
  CHECK(cache.bytes() == 2 * entry);
  CHECK_FALSE(cache.put(anna, "c", Bytes(std::string(11, 'x')), cache.now(anna)));
  CHECK(cache.entries() == 2);
  CHECK(cache.evicted() == 1);
}

TEST_CASE("query cache: what was asked for before a change is not kept, whoever changed what") {
  AccountId anna{1};
  AccountId otto{2};
  QueryCache cache(10'000, 1000);
  auto asked = cache.now(anna);
  auto other = cache.now(otto);
  cache.account_changed(anna);
  CHECK_FALSE(cache.put(anna, "a", Bytes("old"), asked));
  CHECK(cache.put(otto, "a", Bytes("good"), other));
  cache.account_changed(anna);
  CHECK(cache.peek(otto, "a") != nullptr);
  other = cache.now(otto);
  cache.library_changed();
  CHECK(cache.peek(otto, "a") == nullptr);
  CHECK(cache.bytes() == 0);
  CHECK_FALSE(cache.put(otto, "a", Bytes("old"), other));
  CHECK(cache.refused() == 2);
}
