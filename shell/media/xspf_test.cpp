// Guards: XSPF files come in and out as they are, and hostile ones cost nothing. How: files as
// programs write them, drawn entries written and read back, documents made to grow.
#include "shell/media/xspf.hpp"

#include <doctest/doctest.h>

#include "core/library/m3u.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using library::PlaylistEntry;

namespace {

std::string list_of(const std::string& tracks) {
  return "<?xml version=\"1.0\"?><playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">"
         "<trackList>" +
         tracks + "</trackList></playlist>";
}

}  // namespace

TEST_CASE("xspf: locations, titles, creators and durations are read") {
  auto read =
      read_xspf(list_of("<track><location> a%20b/%C3%BC.flac </location><title>T &amp; "
                        "U</title><creator>Anna</creator><duration>61000</duration></track>"
                        "<track><location>file:///music/x%20y.mp3</location></track>"
                        "<track><title>Only a title</title></track><extension/>"));
  REQUIRE(read);
  REQUIRE(read->size() == 3);
  CHECK((*read)[0] == PlaylistEntry{"a b/ü.flac", "T & U", "Anna", 61'000});
  CHECK((*read)[1].path == "file:///music/x%20y.mp3");
  CHECK((*read)[2].path == "Only a title");
  CHECK(read_xspf(list_of(""))->empty());
}

TEST_CASE("xspf: what is written is read back") {
  CHECK_FOR_ALL(1, 500, [](Choose& choose) -> explore::Broken {
    std::vector<PlaylistEntry> entries;
    for (std::uint32_t n = choose.choose(4, "entries"); n > 0; --n) {
      PlaylistEntry entry{"d/" + explore::draw_bytes(choose, 8) + "x", "T", "A",
                          static_cast<std::int64_t>(choose.choose(1000, "ms"))};
      if (entry.path.find("://") == entry.path.npos) entries.push_back(entry);
    }
    auto back = read_xspf(write_xspf("Name", entries));
    if (!back) return "refused: " + back.error().text;
    return *back == entries ? explore::kHolds : explore::Broken("differs");
  });
  auto absolute = write_xspf("n", {{"/music/a b.mp3", "", "", 0}});
  CHECK(absolute.find("<location>file:///music/a%20b.mp3</location>") != absolute.npos);
}

TEST_CASE("xspf: entities are not expanded, nothing is fetched, depth and size are borne") {
  std::string bomb =
      "<!DOCTYPE p [<!ENTITY a \"xxxxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
      "<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
  auto read = read_xspf(bomb +
                        "<playlist><trackList><track><location>&b;&f;</location></track>"
                        "</trackList></playlist>");
  REQUIRE(read);
  CHECK((*read)[0].path == "&b;&f;");
  std::string deep;
  for (int n = 0; n < 200'000; ++n) deep += "<a>";
  CHECK_FALSE(read_xspf(deep));
  std::string closed = deep;
  for (int n = 0; n < 200'000; ++n) closed += "</a>";
  CHECK(read_xspf(list_of("<track>" + closed + "</track>")));
  CHECK(read_xspf(std::string(library::kImportBytes + 1, ' ')).error().code == Code::too_large);
  for (const char* text : {"", "x", "<playlist>", "<other/>", "\xff\xfe", "<playlist/>"}) {
    auto bad = read_xspf(text);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Code::bad_request);
  }
}
