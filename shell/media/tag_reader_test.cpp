// Guards: what is read of each format's tags and audio, and that no file harms the reader. How:
// files of ffmpeg with tags built byte by byte, edited copies, broken copies, and the tracks of
// Debian's wesnoth-music.
#include "shell/media/tag_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "core/base/utf8.hpp"
#include "shell/media/media_test_kit.hpp"
#include "shell/media/tag_fields.hpp"
#include "shell/media/tag_writer.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

std::string txxx(const std::string& name, const std::string& value) {
  return utf8(name + std::string(1, '\0') + value);
}

// One of every field that people edit.
std::vector<library::TagEdit> every_field() {
  return {{library::TagField::title, {"Tïtle"}},
          {library::TagField::album, {"Albüm"}},
          {library::TagField::artist, {"One", "Two"}},
          {library::TagField::album_artist, {"Band"}},
          {library::TagField::composer, {"Composer"}},
          {library::TagField::genre, {"Rock", "Jazz"}},
          {library::TagField::title_sort, {"Title, The"}},
          {library::TagField::album_sort, {"Album, The"}},
          {library::TagField::artist_sort, {"1", "2"}},
          {library::TagField::album_artist_sort, {"Band, The"}},
          {library::TagField::track, {"3/12"}},
          {library::TagField::disc, {"1/2"}},
          {library::TagField::disc_subtitle, {"Live"}},
          {library::TagField::date, {"1994-05-01"}},
          {library::TagField::original_date, {"1970"}},
          {library::TagField::compilation, {"1"}},
          {library::TagField::comment, {"A comment"}},
          {library::TagField::lyrics, {"first\nsecond"}},
          {library::TagField::track_gain, {"-3.50 dB"}},
          {library::TagField::album_gain, {"-4.25 dB"}},
          {library::TagField::track_peak, {"0.9"}},
          {library::TagField::mb_recording, {"11111111-1111-1111-1111-111111111111"}},
          {library::TagField::mb_release, {"22222222-2222-2222-2222-222222222222"}},
          {library::TagField::mb_release_group, {"33333333-3333-3333-3333-333333333333"}},
          {library::TagField::mb_artist, {"44444444-4444-4444-4444-444444444444"}},
          {library::TagField::mb_album_artist, {"55555555-5555-5555-5555-555555555555"}}};
}

void check_every_field(const library::Tags& tags) {
  CHECK(tags.title == "Tïtle");
  CHECK(tags.album == "Albüm");
  CHECK(tags.artists == std::vector<std::string>{"One", "Two"});
  CHECK(tags.album_artists == std::vector<std::string>{"Band"});
  CHECK(tags.composers == std::vector<std::string>{"Composer"});
  CHECK(tags.genres == std::vector<std::string>{"Rock", "Jazz"});
  CHECK(tags.title_sort == "Title, The");
  CHECK(tags.album_sort == "Album, The");
  CHECK(tags.artists_sort == std::vector<std::string>{"1", "2"});
  CHECK(tags.album_artists_sort == std::vector<std::string>{"Band, The"});
  CHECK(tags.track == library::Numbered{3, 12});
  CHECK(tags.disc == library::Numbered{1, 2});
  CHECK(tags.disc_subtitle == "Live");
  CHECK(tags.date == "1994-05-01");
  CHECK(tags.original_date == "1970");
  CHECK(tags.compilation);
  CHECK(tags.comment == "A comment");
  CHECK(tags.lyrics == "first\nsecond");
  CHECK(tags.gain.track_db == doctest::Approx(-3.5));
  CHECK(tags.gain.album_db == doctest::Approx(-4.25));
  CHECK(tags.gain.track_peak == doctest::Approx(0.9));
  CHECK(tags.mb_recording == "11111111-1111-1111-1111-111111111111");
  CHECK(tags.mb_release == "22222222-2222-2222-2222-222222222222");
  CHECK(tags.mb_release_group == "33333333-3333-3333-3333-333333333333");
  CHECK(tags.mb_artists == std::vector<std::string>{"44444444-4444-4444-4444-444444444444"});
  CHECK(tags.mb_album_artists == std::vector<std::string>{"55555555-5555-5555-5555-555555555555"});
}

}  // namespace

TEST_CASE("reader: the audio of every format is described") {
  TempDir dir;
  const std::map<std::string, std::string> codecs{
      {"mp3", "mp3"}, {"flac", "flac"},     {"ogg", "vorbis"}, {"opus", "opus"}, {"oga", "flac"},
      {"m4a", "aac"}, {"alac.m4a", "alac"}, {"wav", "pcm"},    {"aiff", "pcm"},  {"wv", "wavpack"},
      {"wma", "wma"}, {"dsf", "dsd"},       {"ape", "ape"}};
  for (const auto& [ending, bytes] : plain_files()) {
    INFO(ending);
    MediaRecord record = must_read(dir, "x." + ending, bytes);
    CHECK(record.audio.codec == codecs.at(ending));
    CHECK(record.audio.channels == 2);
    CHECK(record.audio.sample_rate == (ending == "opus"  ? 48'000
                                       : ending == "dsf" ? 2'822'400
                                                         : 44'100));
    if (ending != "dsf" && ending != "ape") CHECK(std::abs(record.audio.duration_ms - 8000) < 200);
    CHECK(static_cast<bool>(record.content));
    CHECK(record.stamp.size == static_cast<std::int64_t>(bytes.size()));
  }
}

TEST_CASE("reader: every field of every format that can be written comes back") {
  TempDir dir;
  for (const auto& [ending, bytes] : plain_files()) {
    if (ending == "dsf") continue;  // TagLib 1.13 does not write it
    INFO(ending);
    dir.put("x." + ending, bytes);
    auto written = write_tags(dir / ("x." + ending), every_field());
    REQUIRE_MESSAGE(written, ending << ": " << said(written));
    TagReader reader;
    auto record = reader.read(dir.path(), "x." + ending);
    REQUIRE(record);
    // TagLib spreads several values over two lists of ASF and reads the second list first.
    if (ending == "wma") {
      for (auto* list : {&record->tags.artists, &record->tags.artists_sort})
        std::sort(list->begin(), list->end());
      std::sort(record->tags.genres.rbegin(), record->tags.genres.rend());
    }
    check_every_field(record->tags);
  }
}

TEST_CASE("content id: the same after retagging, moving and any length of tags, in every format") {
  TempDir dir;
  std::map<std::string, std::string> seen;
  for (const auto& [ending, bytes] : plain_files()) {
    INFO(ending);
    library::ContentId before = must_read(dir, "x." + ending, bytes).content;
    if (ending != "dsf") {
      for (std::size_t length : {10U, 3000U, 100'000U}) {
        dir.put("x." + ending, bytes);
        auto written = write_tags(dir / ("x." + ending),
                                  {{library::TagField::title, {"T"}},
                                   {library::TagField::lyrics, {std::string(length, 'x')}}});
        REQUIRE_MESSAGE(written, ending << ": " << said(written));
        CHECK(must_read(dir, "moved." + ending, slurp(dir / ("x." + ending))).content == before);
      }
    }
    std::string other = bytes;
    other[other.size() - 20'000] ^= 0x55;  // within the audio
    auto changed = read_bytes(dir, "other." + ending, other);
    if (changed) CHECK(changed->content != before);
  }
}

TEST_CASE("content id: mp3 with ID3v2, ID3v1, APE and both at once, and a tagged dsf") {
  TempDir dir;
  const std::string& audio = plain("mp3");
  library::ContentId bare = must_read(dir, "a.mp3", audio).content;
  std::string v1 = "TAG" + std::string(125, 'x');
  std::string item = little(3, 4) + little(0, 4) + "TITLE" + std::string(1, '\0') + "abc";
  auto ape_end = [&](std::uint32_t flags) {
    return "APETAGEX" + little(2000, 4) + little(item.size() + 32, 4) + little(1, 4) +
           little(flags, 4) + std::string(8, '\0');
  };
  std::string ape = ape_end(0xa0000000) + item + ape_end(0x80000000);
  std::string v2 = id3v2(4, {{"TIT2", utf8("t")}});
  for (const std::string& bytes : {v2 + audio, audio + v1, audio + ape, audio + ape + v1,
                                   v2 + audio + ape + v1, v2 + v2 + audio + v1})
    CHECK(must_read(dir, "b.mp3", bytes).content == bare);
  CHECK(must_read(dir, "b.dsf", dsf(v2)).content == must_read(dir, "a.dsf", dsf("")).content);
  CHECK(must_read(dir, "b.dsf", dsf(v2)).tags.title == "t");
}

TEST_CASE("reader: ID3v2.2, 2.3 and 2.4, numeric genres, user fields, an owner's id") {
  TempDir dir;
  const std::string& audio = plain("mp3");
  auto two = must_read(dir, "2.mp3",
                       id3v2(2, {{"TT2", latin("Old")},
                                 {"TP1", latin("Artist")},
                                 {"TCO", latin("(17)")},
                                 {"TRK", latin("4/9")},
                                 {"TYE", latin("1984")}}) +
                           audio);
  CHECK(two.tags.title == "Old");
  CHECK(two.tags.genres == std::vector<std::string>{"Rock"});
  CHECK(two.tags.track == library::Numbered{4, 9});
  CHECK(two.tags.date == "1984");
  auto three =
      must_read(dir, "3.mp3",
                id3v2(3, {{"TIT2", std::string("\1\xff\xfeT\0", 5)},
                          {"TPE1", latin("AC/DC")},
                          {"TYER", latin("1980")},
                          {"TDAT", latin("2507")},
                          {"TXXX", latin("MusicBrainz Album Id" + std::string(1, '\0') + "abc")}}) +
                    audio);
  CHECK(three.tags.title == "T");
  CHECK(three.tags.artists == std::vector<std::string>{"AC/DC"});
  CHECK(three.tags.date == "1980-07-25");
  CHECK(three.tags.mb_release == "abc");
  auto four = must_read(dir, "4.mp3",
                        id3v2(4, {{"TPE1", utf8("One" + std::string(1, '\0') + "Two")},
                                  {"TCON", utf8("Rock" + std::string(1, '\0') + "17")},
                                  {"TXXX", txxx("ARTISTS", "One" + std::string(1, '\0') + "Two")},
                                  {"TXXX", txxx("replaygain_track_gain", "-1.5 dB")},
                                  {"UFID", "http://musicbrainz.org" + std::string(1, '\0') + "rec"},
                                  {"USLT", utf8("eng" + std::string(1, '\0') + "words")}}) +
                            audio);
  CHECK(four.tags.artists == std::vector<std::string>{"One", "Two"});
  CHECK(four.tags.genres == std::vector<std::string>{"Rock"});
  CHECK(four.tags.gain.track_db == doctest::Approx(-1.5));
  CHECK(four.tags.mb_recording == "rec");
  CHECK(four.tags.lyrics == "words");
}

TEST_CASE("reader: synced lyrics of a frame and of a file beside, which goes over it") {
  TempDir dir;
  std::string sylt = utf8("eng\x02\x01") + std::string(1, '\0') + "one" + std::string(1, '\0') +
                     big(12'340, 4) + "two" + std::string(1, '\0') + big(65'000, 4);
  std::string bytes = id3v2(4, {{"SYLT", sylt}}) + plain("mp3");
  CHECK(must_read(dir, "x.mp3", bytes).tags.synced_lyrics == "[00:12.34]one\n[01:05.00]two");
  dir.put("x.lrc", "[00:01.00]beside\r\n");
  CHECK(must_read(dir, "x.mp3", bytes).tags.synced_lyrics == "[00:01.00]beside");
}

TEST_CASE("reader: artwork embedded in each kind of tag, then the folder's in any case") {
  TempDir dir;
  std::string image = "\xff\xd8\xff" + std::string(1000, 'j');
  std::string apic = std::string(1, '\0') + "image/jpeg" + std::string(1, '\0') + "\x03" +
                     std::string(1, '\0') + image;
  auto record = must_read(dir, "x.mp3", id3v2(3, {{"APIC", apic}}) + plain("mp3"));
  CHECK(record.picture == image);
  CHECK(record.artwork == artwork_key(as_bytes(image)));
  TempDir folder;
  folder.put("FOLDER.JPG", "folder");
  folder.put("front.png", "front");
  folder.put("x.flac", plain("flac"));
  TagReader reader;
  CHECK(reader.read(folder.path(), "x.flac")->artwork ==
        artwork_key(as_bytes(std::string_view("folder"))));
  CHECK(read_artwork(folder.path(), "x.flac") == "folder");
  folder.put("Cover.png", "cover");
  TagReader again;
  CHECK(again.read(folder.path(), "x.flac")->artwork ==
        artwork_key(as_bytes(std::string_view("cover"))));
}

TEST_CASE("reader: a reader that stays sees covers and lyrics come, change and go") {
  TempDir dir;
  dir.put("x.flac", plain("flac"));
  TagReader reader;
  auto cover_is = [&](std::string_view bytes) {
    auto record = reader.read(dir.path(), "x.flac");
    REQUIRE(record);
    return record->artwork ==
           (bytes.empty() ? library::ArtworkKey{} : artwork_key(as_bytes(bytes)));
  };
  CHECK(cover_is(""));
  dir.put("front.png", "front");
  CHECK(cover_is("front"));
  dir.put("cover.jpg", "cover");
  CHECK(cover_is("cover"));
  dir.put("cover.jpg", "COVER");  // as large as before, within the same moment
  CHECK(cover_is("COVER"));
  std::filesystem::remove(dir / "cover.jpg");
  CHECK(cover_is("front"));
  dir.put("x.lrc", "[00:01.00]words");
  CHECK(reader.read(dir.path(), "x.flac")->tags.synced_lyrics == "[00:01.00]words");
  std::filesystem::remove(dir / "x.lrc");
  CHECK(reader.read(dir.path(), "x.flac")->tags.synced_lyrics.empty());
  // Also where a folder has been at rest, so that what is known of it is not looked at each time.
  auto at_rest = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const std::string& path : {dir / "front.png", dir.path()})
    std::filesystem::last_write_time(path, at_rest);
  CHECK(cover_is("front"));
  dir.put("front.png", "FRONT");
  CHECK(cover_is("FRONT"));
}

TEST_CASE("reader: a tag of a megabyte is cut, lyrics keep more") {
  TempDir dir;
  std::string bytes =
      id3v2(4, {{"TIT2", utf8(std::string(1'000'000, 't'))},
                {"USLT", utf8("eng" + std::string(1, '\0') + std::string(1'000'000, 'l'))},
                {"TCOM", utf8(std::string(2'000'000, '\0'))}}) +
      plain("mp3");
  auto record = must_read(dir, "x.mp3", bytes);
  CHECK(record.tags.title.size() == kTextBytes);
  CHECK(record.tags.lyrics.size() == kLyricsBytes);
  CHECK(record.tags.composers.empty());
}

TEST_CASE("reader: what is no music, empty, a pipe or not there says so") {
  TempDir dir;
  CHECK(read_bytes(dir, "x.mp3", "").error().code == Code::corrupt);
  CHECK(read_bytes(dir, "x.mp3", "not music, but text").error().code == Code::corrupt);
  CHECK(read_bytes(dir, "x.flac", "not music, but text").error().code == Code::unsupported);
  REQUIRE(::mkfifo((dir / "pipe.mp3").c_str(), 0600) == 0);
  TagReader reader;
  CHECK(reader.read(dir.path(), "pipe.mp3").error().code == Code::unsupported);
  CHECK(reader.read(dir.path(), "missing.mp3").error().code == Code::not_found);
}

TEST_CASE("reader: a file that changes while it is read is left to the next time") {
  TempDir dir;
  dir.put("x.flac", plain("flac"));
  std::atomic<bool> over = false;
  std::thread changes([&] {
    for (long n = 1; !over; ++n) {
      timespec times[2] = {{0, UTIME_OMIT}, {n / 1'000'000'000, n % 1'000'000'000}};
      ::utimensat(AT_FDCWD, (dir / "x.flac").c_str(), times, 0);
    }
  });
  TagReader reader;
  bool seen = false;
  for (int i = 0; i < 5000 && !seen; ++i) {
    auto record = reader.read(dir.path(), "x.flac");
    seen = !record;
    if (seen) CHECK(record.error().code == Code::stale);
  }
  over = true;
  changes.join();
  CHECK(seen);
  CHECK(reader.read(dir.path(), "x.flac").has_value());
}

TEST_CASE("reader: an ending that lies does not matter where the content says what it is") {
  TempDir dir;
  CHECK(must_read(dir, "x.mp3", plain("flac")).audio.codec == "flac");
  CHECK(must_read(dir, "x.ogg", plain("opus")).audio.codec == "opus");
}

TEST_CASE("reader: cut and damaged files of every format end with a record or a reason") {
  TempDir dir;
  std::vector<std::pair<std::string, std::string>> tagged;
  for (const auto& [ending, bytes] : plain_files()) {
    dir.put("x." + ending, bytes);
    if (ending != "dsf") REQUIRE(write_tags(dir / ("x." + ending), every_field()));
    tagged.emplace_back(ending, slurp(dir / ("x." + ending)));
  }
  std::size_t cases = std::getenv("TUTTI_LONG") != nullptr ? 20'000 : 400;
  CHECK_FOR_ALL(1, cases, [&](Choose& choose) -> explore::Broken {
    const auto& [ending, whole] = explore::pick(choose, tagged);
    std::string bytes = whole;
    if (choose.choose(3, "cut") == 0)
      bytes.resize(choose.choose(static_cast<std::uint32_t>(bytes.size()), "length"));
    for (std::uint32_t n = choose.choose(20, "flips"); n > 0 && !bytes.empty(); --n) {
      // Mostly where tags are: at both ends.
      auto most = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), 6000));
      std::size_t at = choose.choose(most, "at");
      if (choose.choose(2, "end") == 1) at = bytes.size() - 1 - at;
      bytes[at] = static_cast<char>(choose.choose(256, "byte"));
    }
    auto record = read_bytes(dir, "broken." + ending, bytes);
    if (record) {
      FAIL_UNLESS(utf8_valid(record->tags.title) && utf8_valid(record->tags.lyrics));
      FAIL_UNLESS(record->audio.sample_rate > 0);
    } else {
      FAIL_UNLESS(!record.error().text.empty());
    }
    return explore::kHolds;
  });
}

TEST_CASE("reader: the tracks of a Debian package come with all their tags") {
  std::string folder;
  for (const char* version : {"1.16", "1.18"}) {
    std::string path = std::string("/usr/share/games/wesnoth/") + version + "/data/core/music";
    if (std::filesystem::exists(path)) folder = path;
  }
  REQUIRE_MESSAGE(!folder.empty(), "the package wesnoth-1.16-music is not installed");
  TagReader reader;
  int tracks = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".ogg") continue;
    auto record = reader.read(folder, entry.path().filename().string());
    REQUIRE_MESSAGE(record, said(record));
    ++tracks;
    INFO(entry.path().string());
    CHECK(record->audio.codec == "vorbis");
    CHECK(record->audio.duration_ms > 1000);
    if (entry.path().filename() == "silence.ogg") continue;  // it has no tags
    CHECK(!record->tags.title.empty());
    CHECK(!record->tags.artists.empty());
  }
  CHECK(tracks >= 41);
}
