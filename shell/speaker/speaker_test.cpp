// Guards: files of samples: exact to the bit, readable whenever the program dies, honest about a
// full disk. How: the bytes are taken apart here; death and a full disk are the kernel's.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "shell/loop/files_test_kit.hpp"
#include "shell/speaker/output.hpp"
#include "shell/speaker/wav_header.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;

namespace {

struct File {
  TempDir dir;
  std::string path = dir / "x.wav";
  std::string bytes() const { return slurp(path); }
};

std::uint64_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

constexpr std::size_t kHeader = 80;  // RIFF 12, JUNK 36, fmt 24, data 8

std::vector<float> ramp(std::size_t count, double scale) {
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<float>((static_cast<double>(i * 7919 % 65536) - 32768) / scale));
  return out;
}

}  // namespace

TEST_CASE(
    "wav: integers of 16 and 24 bits come out as they went in; beyond full scale is clipped") {
  for (int bits : {16, 24}) {
    double scale = std::ldexp(1.0, bits - 1);
    std::vector<float> samples = ramp(9001 * 2, scale);
    samples[0] = 2;
    samples[1] = -2;
    samples[2] = NAN;
    File file;
    auto output = open_wav_output(file.path, {44'100, 2}, bits);
    REQUIRE(output);
    for (std::size_t at = 0; at < samples.size(); at += 602)
      REQUIRE((*output)->write(
          std::span(samples).subspan(at, std::min<std::size_t>(602, samples.size() - at))));
    REQUIRE((*output)->finish());
    std::string bytes = file.bytes();
    std::size_t size = samples.size() * static_cast<std::size_t>(bits) / 8;
    REQUIRE(bytes.size() == kHeader + size);
    CHECK(bytes.substr(0, 4) == "RIFF");
    CHECK(number(bytes, 4, 4) == bytes.size() - 8);
    CHECK(number(bytes, kHeader - 4, 4) == size);
    auto width = static_cast<std::size_t>(bits / 8);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      auto raw = static_cast<std::int64_t>(number(bytes, kHeader + i * width, width));
      if (raw >= static_cast<std::int64_t>(scale)) raw -= static_cast<std::int64_t>(2 * scale);
      double expected = i == 0 ? scale - 1 : i == 1 ? -scale : i == 2 ? 0 : samples[i] * scale;
      REQUIRE(static_cast<double>(raw) == expected);
    }
  }
}

TEST_CASE(
    "wav: beyond 4 GiB the header is RF64 with the sizes of EBU Tech 3306, as long as before") {
  std::string small = wav_header({48'000, 2}, 24, 600);
  std::int64_t data = 6LL << 30;
  std::string large = wav_header({48'000, 2}, 24, data);
  REQUIRE(small.size() == large.size());
  CHECK(large.substr(0, 4) == "RF64");
  CHECK(number(large, 4, 4) == 0xffffffff);
  CHECK(large.substr(12, 4) == "ds64");
  CHECK(number(large, 20, 8) == static_cast<std::uint64_t>(data) + large.size() - 8);
  CHECK(number(large, 28, 8) == static_cast<std::uint64_t>(data));
  CHECK(number(large, 36, 8) == static_cast<std::uint64_t>(data) / 6);
  CHECK(number(large, large.size() - 4, 4) == 0xffffffff);
  CHECK(small.substr(12, 4) == "JUNK");
  CHECK(wav_header({48'000, 6}, 16, 0).size() == 80 + 24);
}

TEST_CASE("wav: killed at any time, the file says truly what it holds, up to the last second") {
  File file;
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto output = open_wav_output(file.path, {8000, 2}, 16);
    std::vector<float> block(800);
    for (int i = 0; i < 95; ++i) (void)(*output)->write(block);  // 4.75 s
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  std::string bytes = file.bytes();
  std::uint64_t told = number(bytes, kHeader - 4, 4);
  CHECK(told >= 3 * 8000 * 4);
  CHECK(told % 4 == 0);
  CHECK(kHeader + told <= bytes.size());
}

TEST_CASE("wav: a full disk and a folder that is not there are errors with their reason") {
  auto nowhere = open_wav_output("/nowhere/at/all.wav", {44'100, 2}, 16);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == Code::not_found);
  File file;
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a limit on the size of files stands for the disk: EFBIG
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto output = open_wav_output(file.path, {44'100, 2}, 16);
    Result<void> done{};
    std::vector<float> block(4096);
    for (int i = 0; i < 100 && done; ++i) done = (*output)->write(block);
    ::_exit(!done && done.error().code == Code::no_space ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  std::string bytes = file.bytes();
  CHECK(bytes.size() == 100'000);
  CHECK(number(bytes, kHeader - 4, 4) <= bytes.size() - kHeader);
  CHECK(number(bytes, kHeader - 4, 4) > 60'000);
}

TEST_CASE("null: paced it takes as long as the music, unpaced nothing") {
  std::vector<float> block(2 * 4410);
  for (bool realtime : {false, true}) {
    auto output = open_null_output({44'100, 2}, realtime);
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) REQUIRE(output->write(block));
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (realtime) CHECK(seconds >= 0.3);
    if (!realtime) CHECK(seconds < 0.2);
    CHECK(output->finish());
  }
}
