// Guards: what a field's name and text become. How: Picard's names, hostile values, and properties
// over random bytes.
#include "shell/media/tag_fields.hpp"

#include <doctest/doctest.h>

#include "core/base/utf8.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using library::Numbered;

TEST_CASE("tags: numbers, totals and dates are read as far as they make sense") {
  CHECK(parse_numbered("3") == Numbered{3, 0});
  CHECK(parse_numbered("03/12") == Numbered{3, 12});
  CHECK(parse_numbered(" 3 / 12 ") == Numbered{3, 12});
  CHECK(parse_numbered("A1") == Numbered{0, 0});
  CHECK(parse_numbered("-3/99999999999") == Numbered{0, 0});
  CHECK(parse_date("1994-05-01T10:00") == "1994-05-01");
  CHECK(parse_date("1994-13-01") == "1994");
  CHECK(parse_date("1994-05-99") == "1994-05");
  CHECK(parse_date("0000") == "");
  CHECK(parse_date("May 1994") == "");
}

TEST_CASE("tags: any bytes become valid, trimmed, bounded text") {
  CHECK(clean_text("  a\tb\r\nc \0", 100) == "a b c");
  CHECK(clean_text("a\r\nb\rc", 100, true) == "a\nb\nc");
  CHECK(clean_text("x\xff", 100) == "x\xEF\xBF\xBD");
  CHECK_FOR_ALL(1, 3000, [](Choose& choose) -> explore::Broken {
    std::string bytes = explore::draw_bytes(choose, 60);
    std::size_t most = choose.choose(40, "most");
    std::string text = clean_text(bytes, most, choose.choose(2, "lines") == 1);
    FAIL_UNLESS(utf8_valid(text));
    FAIL_UNLESS(text.size() <= most);
    for (char c : text) FAIL_UNLESS(static_cast<unsigned char>(c) >= ' ' || c == '\n');
    return explore::kHolds;
  });
  CHECK(clean_text(std::string(5'000'000, 'x'), kTextBytes).size() == kTextBytes);
}

TEST_CASE("tags: fields by Picard's names, several values kept, lists go over credits") {
  RawFields raw;
  raw.add("ARTIST", {"A feat. B"});
  raw.add("ARTISTS", {"A", "B", "A"});
  raw.add("ARTISTSORT", {"A sort", "B sort"});
  raw.add("GENRE", {" Rock ", "", "Jazz", "Rock"});
  raw.add("TRACKNUMBER", {"2"});
  raw.add("TOTALTRACKS", {"9"});
  raw.add("DISCNUMBER", {"1/2"});
  raw.add("YEAR", {"1999"});
  raw.add("ORIGINALDATE", {"1970-02"});
  raw.add("COMPILATION", {"1"});
  raw.add("NOBODYKNOWS", {"x"});
  library::Tags tags = tags_of(raw);
  CHECK(tags.artists == std::vector<std::string>{"A", "B"});
  CHECK(tags.artists_sort == std::vector<std::string>{"A sort", "B sort"});
  CHECK(tags.genres == std::vector<std::string>{"Rock", "Jazz"});
  CHECK(tags.track == Numbered{2, 9});
  CHECK(tags.disc == Numbered{1, 2});
  CHECK(tags.date == "1999");
  CHECK(tags.original_date == "1970-02");
  CHECK(tags.compilation);
}

TEST_CASE("tags: sort names that are not one for each artist are left out") {
  RawFields raw;
  raw.add("ARTISTS", {"A", "B"});
  raw.add("ARTISTSORT", {"A & B"});
  CHECK(tags_of(raw).artists_sort.empty());
}

TEST_CASE("tags: gains in decibels, R128 brought to the same reference, nonsense is none") {
  RawFields raw;
  raw.add("REPLAYGAIN_TRACK_GAIN", {"-7,03 dB"});
  raw.add("REPLAYGAIN_TRACK_PEAK", {"0.988"});
  raw.add("REPLAYGAIN_ALBUM_GAIN", {"nan dB"});
  raw.add("R128_ALBUM_GAIN", {"-512"});
  library::TaggedGain gain = tags_of(raw).gain;
  CHECK(*gain.track_db == doctest::Approx(-7.03));
  CHECK(*gain.track_peak == doctest::Approx(0.988));
  CHECK(*gain.album_db == doctest::Approx(3));  // -2 dB to -23 LUFS is +3 dB to -18
  CHECK(!gain.album_peak);
}

TEST_CASE("tags: plain and synced lyrics are told apart") {
  RawFields raw;
  raw.add("LYRICS:ENG", {"first line\nsecond line"});
  raw.add("SYNCEDLYRICS", {"[ar:x]\n[00:12.30] first line"});
  library::Tags tags = tags_of(raw);
  CHECK(tags.lyrics == "first line\nsecond line");
  CHECK(is_synced(tags.synced_lyrics));
  RawFields mixed;
  mixed.add("LYRICS", {"[01:02]a\n[01:03]b"});
  CHECK(tags_of(mixed).lyrics.empty());
  CHECK(!tags_of(mixed).synced_lyrics.empty());
}

TEST_CASE("tags: ID3v2.3 is split at a slash only where the ids say that there are several") {
  RawFields band;
  band.add("ARTIST", {"AC/DC"});
  band.add("MUSICBRAINZ_ARTISTID", {"66c662b6-6e2f-4930-8610-912e24c63ed1"});
  band.split_v23();
  CHECK(tags_of(band).artists == std::vector<std::string>{"AC/DC"});
  RawFields two;
  two.add("ARTISTS", {"One/Two"});
  two.add("MUSICBRAINZ_ARTISTID", {"1/2"});
  two.add("COMPOSER", {"Lennon/McCartney"});
  two.split_v23();
  CHECK(tags_of(two).artists == std::vector<std::string>{"One", "Two"});
  CHECK(tags_of(two).mb_artists == std::vector<std::string>{"1", "2"});
  CHECK(tags_of(two).composers == std::vector<std::string>{"Lennon", "McCartney"});
}
