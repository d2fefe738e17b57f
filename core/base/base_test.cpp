// Guards: ids round-trip and reject what they did not write, base64 and hex agree with the RFC's
// vectors, codes keep their ranges, the seeded stream repeats. How: published vectors and round
// trips over the choose stream.
#include <doctest/doctest.h>

#include "core/base/bytes.hpp"
#include "core/base/choose.hpp"
#include "core/base/ids.hpp"
#include "core/base/random.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;

TEST_CASE("ids: text round-trips for every value and nothing else parses") {
  CHECK_FOR_ALL(1, 1000, [](Choose& draw) {
    std::uint64_t value = draw_bits(draw, "id");
    FAIL_UNLESS(id_parse(id_text(value)) == value, id_text(value));
    return kHolds;
  });
  CHECK(id_parse(id_text(~0ULL)) == ~0ULL);
  CHECK_FALSE(id_parse(""));
  CHECK_FALSE(id_parse("000000000000"));
  CHECK_FALSE(id_parse("000000000000U"));
  CHECK_FALSE(id_parse("00000000000000"));
  CHECK_FALSE(id_parse("ZZZZZZZZZZZZZ"));  // 65 bits
}

TEST_CASE("ids: a generation is current only for its own incarnation") {
  Generation first;
  CHECK(is_current(first, Generation{}));
  CHECK_FALSE(is_current(first.next(), first));
}

TEST_CASE("bytes: base64 and hex equal the vectors of RFC 4648 section 10") {
  const char* const vectors[][2] = {{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) CHECK(base64(as_bytes(plain)) == coded);
  CHECK(hex(as_bytes("\x01\xab\xff")) == "01abff");
}

TEST_CASE("bytes: big-endian store then load is identity") {
  std::byte buffer[8];
  store_be<std::uint64_t>(buffer, 0x0123456789abcdefULL);
  CHECK(std::to_integer<int>(buffer[0]) == 1);
  CHECK(load_be<std::uint64_t>(buffer) == 0x0123456789abcdefULL);
}

TEST_CASE("result: the range of a code is its advice, each code has a name and a status") {
  CHECK(advice(Code::busy) == Advice::retry);
  CHECK(advice(Code::not_found) == Advice::tell_user);
  CHECK(advice(Code::protocol) == Advice::close);
  CHECK(name(Code::rate_limited) == "rate_limited");
  CHECK(http_status(Code::rate_limited) == 429);
  CHECK(http_status(Code::forbidden) == 403);
}

TEST_CASE("choose: one seed, one stream, within bounds and not constant") {
  SeededChoose a(7);
  SeededChoose b(7);
  std::uint32_t seen = 0;
  for (int i = 0; i < 1000; ++i) {
    auto x = a.choose(5, "x");
    REQUIRE(x == b.choose(5, "x"));
    REQUIRE(x < 5);
    seen |= 1U << x;
  }
  CHECK(seen == 31);
}

TEST_CASE("time: UTC text is right at the epoch, before it, and around leap days") {
  CHECK(utc_text({0}) == "1970-01-01T00:00:00Z");
  CHECK(utc_text({-1}) == "1969-12-31T23:59:59Z");
  CHECK(utc_text({951782400LL * 1'000'000}) == "2000-02-29T00:00:00Z");
  CHECK(utc_text({4107542399LL * 1'000'000}) == "2100-02-28T23:59:59Z");
  CHECK(utc_text({1795244621LL * 1'000'000}, true) == "20261121T070341Z");
  CHECK(http_date({784111777LL * 1'000'000}) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date({-1}) == "Wed, 31 Dec 1969 23:59:59 GMT");
}
