// Guards: covers become small pictures of the same content, and no image takes more than its due.
// How: images of ffmpeg, of our own encoders, headers that claim much, and damaged copies.
#include "shell/media/image.hpp"

#include <sys/resource.h>

#include "shell/media/media_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

std::string made(const TempDir& dir, const std::string& name, const std::string& source,
                 const std::string& options = "") {
  std::string path = dir / name;
  std::string arguments = "-f lavfi -i \"" + source + "\" -frames:v 1 " + options + " " + path;
  REQUIRE_MESSAGE(ffmpeg(arguments), arguments);
  return slurp(path);
}

// A png's first chunk, claiming this size.
std::string png_header(std::uint32_t width, std::uint32_t height) {
  std::string ihdr = "IHDR" + big(width, 4) + big(height, 4) + std::string("\x08\x02\0\0\0", 5);
  std::uint32_t crc = ~0U;  // ISO 3309
  for (char c : ihdr) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
  }
  return "\x89PNG\r\n\x1a\n" + big(13, 4) + ihdr + big(~crc, 4);
}

std::int64_t peak_kb() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

}  // namespace

TEST_CASE("image: jpeg, png and webp are fitted into the square, keep their shape, never grow") {
  TempDir dir;
  for (const char* name : {"x.jpg", "x.png", "x.webp"}) {
    INFO(name);
    std::string bytes = made(dir, name, "testsrc=size=1600x900");
    auto info = probe_image(bytes);
    REQUIRE(info);
    CHECK(info->width == 1600);
    for (int edge : {64, 300, 1024}) {
      auto small = resize_image(bytes, edge);
      REQUIRE_MESSAGE(small, said(small));
      CHECK(small->width == edge);
      CHECK(small->height == (edge * 9 + 8) / 16);
      auto again = probe_image(small->bytes);
      REQUIRE(again);
      CHECK(again->kind == ImageKind::jpeg);
      CHECK(again->width == small->width);
      CHECK(again->height == small->height);
    }
  }
  std::string tiny = made(dir, "t.png", "testsrc=size=20x30");
  CHECK(resize_image(tiny, 1000)->height == 30);
  CHECK(resize_image(tiny, 1)->height == 30);  // not below 64
}

TEST_CASE("image: transparency stays, as webp") {
  TempDir dir;
  std::string bytes = made(dir, "a.png", "color=red@0.5:size=200x200,format=rgba");
  auto small = resize_image(bytes, 100);
  REQUIRE(small);
  CHECK(small->kind == ImageKind::webp);
  CHECK(probe_image(small->bytes)->width == 100);
}

TEST_CASE("image: what is made small has the mean of what it was") {
  CHECK_FOR_ALL(1, 300, [](Choose& choose) -> explore::Broken {
    int width = 1 + static_cast<int>(choose.choose(40, "width"));
    int height = 1 + static_cast<int>(choose.choose(40, "height"));
    int out_width = 1 + static_cast<int>(choose.choose(static_cast<std::uint32_t>(width), "out"));
    int out_height = 1 + static_cast<int>(choose.choose(static_cast<std::uint32_t>(height), "out"));
    detail::BoxScaler scaler(width, height, out_width, out_height);
    double sum = 0, small_sum = 0;
    for (int y = 0; y < height; ++y) {
      std::vector<std::uint8_t> row;
      for (int x = 0; x < width; ++x) {
        auto value = static_cast<std::uint8_t>(choose.choose(256, "value"));
        sum += value;
        row.insert(row.end(), {value, 0, 0, 255});
      }
      scaler.row(row.data());
    }
    FAIL_UNLESS(scaler.complete());
    FAIL_UNLESS(scaler.pixels().size() == static_cast<std::size_t>(out_width * out_height * 4));
    for (std::size_t i = 0; i < scaler.pixels().size(); i += 4) small_sum += scaler.pixels()[i];
    double difference = sum / (width * height) - small_sum / (out_width * out_height);
    FAIL_UNLESS(std::abs(difference) < 0.6, std::to_string(difference));
    return explore::kHolds;
  });
}

TEST_CASE("image: no image, an empty one, and one of too many pixels are refused before decoding") {
  CHECK(probe_image("").error().code == Code::unsupported);
  CHECK(probe_image("GIF89a...").error().code == Code::unsupported);
  CHECK(resize_image("\xff\xd8\xffnothing", 100).error().code == Code::corrupt);
  CHECK(probe_image(png_header(60'000, 60'000)).error().code == Code::too_large);
  CHECK(resize_image(png_header(8'000, 6'251), 100).error().code == Code::too_large);
  CHECK(probe_image(png_header(8'000, 6'000)).has_value());
  CHECK(!resize_image(png_header(0, 10), 100).has_value());
}

TEST_CASE("image: fifty million pixels are made small in a bounded memory") {
  TempDir dir;
  std::string bytes = made(dir, "large.jpg", "color=blue:size=8000x6200", "-q:v 20");
  std::int64_t before = peak_kb();
  auto small = resize_image(bytes, 512);
  REQUIRE_MESSAGE(small, said(small));
  CHECK(small->width == 512);
  CHECK(peak_kb() - before < 40'000);
}

TEST_CASE("image: damaged images of each kind end with a picture or a reason") {
  TempDir dir;
  std::vector<std::string> images;
  for (const char* name : {"x.jpg", "x.png", "x.webp"})
    images.push_back(made(dir, name, "testsrc=size=160x120"));
  CHECK_FOR_ALL(1, 600, [&](Choose& choose) -> explore::Broken {
    std::string bytes = explore::pick(choose, images);
    if (choose.choose(3, "cut") == 0)
      bytes.resize(choose.choose(static_cast<std::uint32_t>(bytes.size()), "length"));
    for (std::uint32_t n = choose.choose(8, "flips"); n > 0 && !bytes.empty(); --n)
      bytes[choose.choose(static_cast<std::uint32_t>(bytes.size()), "at")] =
          static_cast<char>(choose.choose(256, "byte"));
    auto small = resize_image(bytes, 64);
    if (small) FAIL_UNLESS(!small->bytes.empty());
    else FAIL_UNLESS(!small.error().text.empty());
    return explore::kHolds;
  });
}
