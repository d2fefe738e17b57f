// Guards: a photographed cover is upright, and no EXIF makes the reader leave its bytes. How: a
// picture with a corner marked, all eight orientations in both orders of bytes, EXIF that lies.
#include <array>

#include "shell/media/image.hpp"
#include "shell/media/media_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

std::string number(bool is_big, std::uint64_t value, int size) {
  return is_big ? big(value, size) : little(value, size);
}

// TIFF with one directory of these (tag, type, count, value).
using Entry = std::array<std::uint32_t, 4>;
std::string tiff(bool is_big, const std::vector<Entry>& entries, std::uint32_t at = 8) {
  auto n = [&](std::uint64_t value, int size) { return number(is_big, value, size); };
  std::string out = (is_big ? "MM" : "II") + n(42, 2) + n(at, 4) + n(entries.size(), 2);
  for (const Entry& each : entries) {
    // A short stands at the front of the four bytes, whatever their order.
    std::string value = each[1] == 3 ? n(each[3], 2) + n(0, 2) : n(each[3], 4);
    out += n(each[0], 2) + n(each[1], 2) + n(each[2], 4) + value;
  }
  return out + n(0, 4);
}

// The jpeg with a segment of EXIF behind its first two bytes.
std::string with_exif(const std::string& jpeg, const std::string& content) {
  std::string segment = std::string("Exif\0\0", 6) + content;
  return jpeg.substr(0, 2) + "\xff\xe1" + big(segment.size() + 2, 2) + segment + jpeg.substr(2);
}

std::string oriented(const std::string& jpeg, int value, bool is_big) {
  return with_exif(jpeg, tiff(is_big, {{0x010f, 2, 4, 0}, {0x0112, 3, 1, std::uint32_t(value)}}));
}

// 64 x 32, black, with a white upper left corner of 16 x 16.
std::string cornered(const TempDir& dir) {
  std::string path = dir / "corner.jpg";
  REQUIRE(
      ffmpeg("-f lavfi -i color=black:size=64x32 -vf drawbox=x=0:y=0:w=16:h=16:color=white:t=fill "
             "-frames:v 1 -q:v 2 -update 1 " +
             path));
  return slurp(path);
}

// Which corners of a jpeg are bright: upper left, upper right, lower left, lower right.
std::array<bool, 4> bright_corners(const std::string& jpeg) {
  auto info = probe_image(jpeg);
  REQUIRE(info);
  auto image = detail::decode_jpeg(jpeg, *info);
  REQUIRE(image);
  auto bright = [&](int x, int y) {
    return image->pixels()[static_cast<std::size_t>(y * info->width + x) * 4] > 128;
  };
  int right = info->width - 4, below = info->height - 4;
  return {bright(4, 4), bright(right, 4), bright(4, below), bright(right, below)};
}

}  // namespace

TEST_CASE("exif: row 0 and column 0 are seen where each of the eight values says") {
  TempDir dir;
  std::string jpeg = cornered(dir);
  // Section 4.6.4: the sides on which row 0 and column 0 are seen; the corner is where they meet.
  constexpr std::array<bool, 4> kUpperLeft{1, 0, 0, 0}, kUpperRight{0, 1, 0, 0},
      kLowerLeft{0, 0, 1, 0}, kLowerRight{0, 0, 0, 1};
  const std::array<bool, 4> corners[] = {kUpperLeft, kUpperRight, kLowerRight, kLowerLeft,
                                         kUpperLeft, kUpperRight, kLowerRight, kLowerLeft};
  for (int value = 1; value <= 8; ++value) {
    for (bool is_big : {true, false}) {
      CAPTURE(value);
      std::string bytes = oriented(jpeg, value, is_big);
      CHECK(detail::jpeg_orientation(bytes) == value);
      auto small = resize_image(bytes, 64);
      REQUIRE_MESSAGE(small, said(small));
      CHECK(small->width == (value >= 5 ? 32 : 64));
      CHECK(small->height == (value >= 5 ? 64 : 32));
      CHECK(bright_corners(small->bytes) == corners[value - 1]);
      CHECK(detail::jpeg_orientation(small->bytes) == 1);  // nobody turns it once more
    }
  }
}

// The corners cannot tell a value from its mirror image over the diagonal through the mark.
TEST_CASE("exif: a pixel along row 0 or column 0 goes where each value says") {
  using detail::Place;
  // Of an image of 4 x 2 the pixel (1, 0).
  const Place expected[] = {{1, 0}, {2, 0}, {2, 1}, {1, 1}, {0, 1}, {1, 1}, {1, 2}, {0, 2}};
  for (int value = 1; value <= 8; ++value) {
    CAPTURE(value);
    CHECK(detail::shown_at(value, {1, 0}, 4, 2) == expected[value - 1]);
  }
}

TEST_CASE("exif: what says nothing, or nonsense, is upright") {
  TempDir dir;
  std::string jpeg = cornered(dir);
  CHECK(detail::jpeg_orientation(jpeg) == 1);
  for (std::uint32_t value : {0U, 9U, 6U << 8, 65535U})
    CHECK(detail::jpeg_orientation(oriented(jpeg, static_cast<int>(value), true)) == 1);
  const std::string contents[] = {"",
                                  "MM",
                                  "XX" + tiff(true, {{0x0112, 3, 1, 6}}).substr(2),
                                  tiff(true, {{0x0112, 4, 1, 6}}),           // not a short
                                  tiff(true, {{0x0112, 3, 2, 6}}),           // not one
                                  tiff(true, {{0x0112, 3, 1, 6}}, 4),        // within the header
                                  tiff(true, {{0x0112, 3, 1, 6}}, 100'000),  // beyond the end
                                  tiff(true, {{0x0112, 3, 1, 6}}, 0xffffffff),
                                  tiff(false, {{0x0112, 3, 1, 6}}).substr(0, 19)};
  for (const std::string& content : contents) {
    std::string bytes = with_exif(jpeg, content);
    CHECK(detail::jpeg_orientation(bytes) == 1);
    CHECK(resize_image(bytes, 64)->width == 64);
  }
  // A directory that claims 65,535 entries ends where its bytes do.
  std::string lies = tiff(true, {{0x010f, 2, 4, 0}});
  lies.replace(8, 2, "\xff\xff");
  CHECK(detail::jpeg_orientation(with_exif(jpeg, lies)) == 1);
  // A segment that claims more than there is.
  std::string cut = with_exif(jpeg, tiff(true, {{0x0112, 3, 1, 6}}));
  for (std::size_t size : {2, 3, 4, 5, 6, 12, 20, 30})
    CHECK(detail::jpeg_orientation(cut.substr(0, size)) == 1);
  // Behind other segments, and not behind the image itself.
  std::string other = std::string("\xff\xe0") + big(6, 2) + "abcd";
  std::string bytes = oriented(jpeg, 6, true);
  CHECK(detail::jpeg_orientation(bytes.substr(0, 2) + other + bytes.substr(2)) == 6);
  CHECK(detail::jpeg_orientation(jpeg + bytes.substr(2)) == 1);
}

TEST_CASE("exif: any bytes give one of the eight, and nothing beyond their end is read") {
  TempDir dir;
  std::string jpeg = cornered(dir);
  CHECK_FOR_ALL(1, 3000, [&](Choose& choose) -> explore::Broken {
    std::string bytes = oriented(jpeg, 6, choose.choose(2, "order") == 0).substr(0, 80);
    for (std::uint32_t n = choose.choose(6, "flips"); n > 0; --n)
      bytes[2 + choose.choose(58, "at")] = static_cast<char>(choose.choose(256, "byte"));
    bytes.resize(choose.choose(81, "length"));
    // In memory of their own, so that a sanitizer sees each byte too far.
    std::vector<char> own(bytes.begin(), bytes.end());
    int value = detail::jpeg_orientation({own.data(), own.size()});
    FAIL_UNLESS(value >= 1 && value <= 8, std::to_string(value));
    return explore::kHolds;
  });
}
