// Guards: which bytes a Range header asks for. How: the examples of RFC 9110 section 14.1.2, and
// random ranges beside a plain computation.
#include "core/wire/range.hpp"

#include <doctest/doctest.h>

#include <string>

#include "sim/explore/property.hpp"

using namespace tutti;
using wire::ByteRange;
using wire::wanted_range;

TEST_CASE("range: the examples of the standard") {
  CHECK(wanted_range("bytes=0-499", 10'000) == ByteRange{0, 500});
  CHECK(wanted_range("bytes=500-999", 10'000) == ByteRange{500, 500});
  CHECK(wanted_range("bytes=-500", 10'000) == ByteRange{9500, 500});
  CHECK(wanted_range("bytes=9500-", 10'000) == ByteRange{9500, 500});
  CHECK(wanted_range("bytes=9500-99999999999999999999999", 10'000) == ByteRange{9500, 500});
}

TEST_CASE("range: what cannot be had says so, what cannot be read is ignored") {
  CHECK(wanted_range("bytes=10000-", 10'000)->size == 0);
  CHECK(wanted_range("bytes=-0", 10'000)->size == 0);
  CHECK(wanted_range("bytes=0-", 0)->size == 0);
  for (const char* bad : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4",
                          "bytes=0-1,3-4", "seconds=0-1", "bytes=0-1x", "bytes= 0-1", "bytes=--1"})
    CHECK_FALSE(wanted_range(bad, 10'000));
}

TEST_CASE("range: any range lies within the body") {
  CHECK_FOR_ALL(1, 2000, [](Choose& choose) -> explore::Broken {
    std::uint64_t size = choose.choose(50, "size");
    std::uint64_t from = choose.choose(60, "from"), to = choose.choose(60, "to");
    auto range = wanted_range("bytes=" + std::to_string(from) + "-" + std::to_string(to), size);
    if (to < from) return range ? explore::Broken("taken though it ends first") : explore::kHolds;
    FAIL_UNLESS(range.has_value());
    if (from >= size) FAIL_UNLESS(range->size == 0);
    else FAIL_UNLESS(range->offset == from && range->size == std::min(to, size - 1) - from + 1);
    return explore::kHolds;
  });
}
