// Guards: a target means one thing or is refused; decoding undoes encoding. How: tables, and texts
// from the choose stream.
#include "core/wire/uri.hpp"

#include <doctest/doctest.h>

#include "core/base/utf8.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::wire;

TEST_CASE("uri: decoding undoes encoding for every UTF-8 text without NUL") {
  int kept = 0;
  CHECK_FOR_ALL(3, 20'000, [&](Choose& draw) {
    std::string text;
    for (std::uint32_t n = draw.choose(4, "length"); n > 0; --n) {
      text += draw.choose(3, "kind") == 0
                  ? "\u00e9"
                  : std::string(1, static_cast<char>(1 + draw.choose(255, "byte")));
    }
    auto decoded = percent_decode(percent_encode(text));
    FAIL_UNLESS(decoded.has_value() == utf8_valid(text), text);
    FAIL_UNLESS(!decoded || *decoded == text, text);
    kept += decoded.has_value();
    return kHolds;
  });
  CHECK(kept > 1000);
}

TEST_CASE("uri: bad escapes, NUL and text that is not UTF-8 are refused") {
  for (const char* bad :
       {"%", "%4", "a%", "%4g", "%g4", "%%41", "%00", "%ff", "%c0%af", "%u0041"}) {
    CHECK_MESSAGE(!percent_decode(bad).has_value(), bad);
  }
  CHECK(percent_decode("a%2Fb%2f+") == "a/b/+");
}

TEST_CASE("uri: a path is split before it is decoded, and its segments are safe names") {
  auto target = parse_target("/api/sessions/a%20b?after=5&q=x+y%2B&q=2&flag&=v&&");
  REQUIRE(target.has_value());
  CHECK(target->segments == std::vector<std::string>{"api", "sessions", "a b"});
  CHECK(target->query == std::vector<QueryParameter>{
                             {"after", "5"}, {"q", "x y+"}, {"q", "2"}, {"flag", ""}, {"", "v"}});
  CHECK(parse_target("/")->segments.empty());
  CHECK(parse_target("/a/")->segments == std::vector<std::string>{"a", ""});
  for (const char* bad :
       {"", "a", "*", "http://h/", "/a/../b", "/./a", "/%2e%2e/a", "/.%2E", "/a%2fb", "/a%5cb",
        "/a\\b", "/a b", "/a\x01", "/a#b", "/a?b=%zz", "/a?b=%00", "/%"}) {
    auto refused = parse_target(bad);
    CHECK_MESSAGE(!refused.has_value(), bad);
    if (!refused) CHECK(refused.error().code == Code::bad_request);
  }
}

TEST_CASE("uri: length, segments and parameters are limited exactly") {
  CHECK(parse_target("/" + std::string(kTargetBytesMax - 1, 'a')).has_value());
  CHECK(parse_target("/" + std::string(kTargetBytesMax, 'a')).error().code == Code::too_large);
  std::string path;
  for (std::size_t i = 0; i < kPathSegmentsMax; ++i) path += "/a";
  CHECK(parse_target(path).has_value());
  CHECK(parse_target(path + "/a").error().code == Code::too_large);
  std::string query = "/?";
  for (std::size_t i = 0; i < kQueryParametersMax; ++i) query += "a=1&";
  CHECK(parse_target(query).has_value());
  CHECK(parse_target(query + "a=1").error().code == Code::too_large);
}
