#pragma once
// For the tests of this module: music of every format, made by ffmpeg once a run, and tags built
// byte by byte, so that TagLib does not check itself.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::shell::test {

class TempDir {
 public:
  TempDir() { INVARIANT(::mkdtemp(path_.data()) != nullptr); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  void put(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  std::string path_ = "/tmp/tutti-media-XXXXXX";
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
std::string said(const Result<T>& result) {
  return result ? std::string{}
                : std::string(name(result.error().code)) + ": " + result.error().text;
}

// Numbers as bytes.
inline std::string big(std::uint64_t value, int size) {
  std::string out;
  for (int i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
inline std::string little(std::uint64_t value, int size) {
  std::string out = big(value, size);
  return {out.rbegin(), out.rend()};
}
inline std::string synchsafe(std::uint32_t value) {
  std::string out;
  for (int shift : {21, 14, 7, 0}) out += static_cast<char>(value >> shift & 0x7f);
  return out;
}

// ID3v2 (versions 2, 3 and 4) from frames: name and body.
using Frames = std::vector<std::pair<std::string, std::string>>;
inline std::string id3v2(int version, const Frames& frames) {
  std::string body;
  for (const auto& [name, content] : frames) {
    auto size = static_cast<std::uint32_t>(content.size());
    body += name;
    if (version == 2) body += big(size, 3);
    else body += (version == 4 ? synchsafe(size) : big(size, 4)) + std::string(2, '\0');
    body += content;
  }
  body += std::string(64, '\0');  // padding
  return "ID3" + std::string{static_cast<char>(version), 0, 0} +
         synchsafe(static_cast<std::uint32_t>(body.size())) + body;
}
inline std::string latin(const std::string& text) { return std::string(1, '\0') + text; }
inline std::string utf8(const std::string& text) { return "\x03" + text; }

// A DSF file (specification 1.01) with this ID3v2 tag at its end.
inline std::string dsf(const std::string& tag, std::size_t audio = 300'000) {
  std::uint64_t end = 28 + 52 + 12 + audio;
  std::string out =
      "DSD " + little(28, 8) + little(end + tag.size(), 8) + little(tag.empty() ? 0 : end, 8);
  out += "fmt " + little(52, 8) + little(1, 4) + little(0, 4) + little(2, 4) + little(2, 4) +
         little(2'822'400, 4) + little(1, 4) + little(2'822'400 * 3, 8) + little(4096, 4) +
         little(0, 4);
  out += "data" + little(12 + audio, 8);
  for (std::size_t i = 0; i < audio; ++i) out += static_cast<char>(i * 7 % 251);
  return out + tag;
}

// An empty Monkey's Audio file of version 3.99: descriptor and header are what is looked at.
inline std::string monkey(std::size_t audio = 200'000) {
  std::string out = "MAC " + little(3990, 2) + little(0, 2) + little(52, 4) + little(24, 4) +
                    little(4, 4) + little(0, 4) + little(audio, 4) + little(0, 4) + little(0, 4) +
                    std::string(16, '\x11');
  out += little(2000, 2) + little(0, 2) + little(73'728, 4) + little(40'000, 4) + little(3, 4) +
         little(16, 2) + little(2, 2) + little(44'100, 4) + little(0, 4);
  for (std::size_t i = 0; i < audio; ++i) out += static_cast<char>(i * 13 % 253);
  return out;
}

// Every format that ffmpeg writes, eight seconds of noise without tags; the bytes by the ending.
inline const std::map<std::string, std::string>& plain_files() {
  static const std::map<std::string, std::string> all = [] {
    TempDir dir;
    std::map<std::string, std::string> made;
    const std::pair<const char*, const char*> kFormats[] = {
        {"mp3", "-c:a libmp3lame -b:a 192k -id3v2_version 0"},
        {"flac", "-c:a flac -sample_fmt s16"},
        {"ogg", "-c:a libvorbis -q:a 6"},
        {"opus", "-c:a libopus -b:a 160k"},
        {"oga", "-c:a flac -sample_fmt s16 -f ogg"},
        {"m4a", "-c:a aac -b:a 192k"},
        {"alac.m4a", "-c:a alac"},
        {"wav", "-c:a pcm_s16le"},
        {"aiff", "-c:a pcm_s16be"},
        {"wv", "-c:a wavpack"},
        {"wma", "-c:a wmav2 -b:a 192k"}};
    for (const auto& [ending, options] : kFormats) {
      std::string path = dir / (std::string("x.") + ending);
      std::string command =
          "ffmpeg -v error -f lavfi -i anoisesrc=amplitude=0.3:seed=1:duration=8:sample_rate=44100 "
          "-ac 2 -map_metadata -1 -fflags +bitexact " +
          std::string(options) + " " + path;
      REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
      made[ending] = slurp(path);
    }
    made["dsf"] = dsf("");
    made["ape"] = monkey();
    return made;
  }();
  return all;
}
inline const std::string& plain(const std::string& ending) { return plain_files().at(ending); }

inline Result<MediaRecord> read_bytes(const TempDir& dir, const std::string& name,
                                      const std::string& bytes, bool picture = false) {
  dir.put(name, bytes);
  TagReader reader;
  return reader.read(dir.path(), name, picture);
}

// Must be readable.
inline MediaRecord must_read(const TempDir& dir, const std::string& name,
                             const std::string& bytes) {
  auto record = read_bytes(dir, name, bytes, true);
  REQUIRE_MESSAGE(record, name << ": " << said(record));
  return std::move(*record);
}

}  // namespace tutti::shell::test
