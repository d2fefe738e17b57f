#pragma once
// For tests of music files: files of any format made by the ffmpeg program or by our own encoders,
// whole decodes, and tags built byte by byte, so that TagLib does not check itself.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/choose.hpp"
#include "shell/loop/files_test_kit.hpp"
#include "shell/media/media.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::shell::test {

inline const Media& media() {
  static const Result<Media> loaded = load_media();
  REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().text));
  return *loaded;
}

// Three tones that glide and a little noise, different on each side: samples of 16 bits, so that
// each second sounds like no other.
inline std::vector<float> music(int rate, std::size_t frames, int channels = 2) {
  SeededChoose random(7);
  std::vector<float> out;
  out.reserve(frames * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < frames; ++i) {
    double t = static_cast<double>(i) / rate;
    for (int c = 0; c < channels; ++c) {
      double x = 0.3 * std::sin(2 * std::numbers::pi * (220 + 40 * c) * t * (1 + 0.02 * t)) +
                 0.2 * std::sin(2 * std::numbers::pi * 1730 * t + std::sin(3 * t)) +
                 0.05 * (random.choose(1000, "noise") / 500.0 - 1);
      out.push_back(static_cast<float>(std::nearbyint(x * 32767) / 32768.0));
    }
  }
  return out;
}

// The ffmpeg program; false when it failed.
inline bool ffmpeg(const std::string& arguments) {
  return std::system(("ffmpeg -v error -nostdin -y " + arguments).c_str()) == 0;
}

inline std::string encoded(const render::EncoderSpec& spec, std::span<const float> samples) {
  auto encoder = media().open_encoder(spec);
  REQUIRE_MESSAGE(encoder, (encoder ? "" : encoder.error().text));
  std::string bytes;
  auto block = static_cast<std::size_t>(spec.channels) * 1000;
  for (std::size_t at = 0; at < samples.size(); at += block)
    REQUIRE((*encoder)->encode(samples.subspan(at, std::min(block, samples.size() - at)), bytes));
  REQUIRE((*encoder)->finish(bytes));
  return bytes;
}

struct Decoded {
  render::SourceInfo info;
  std::vector<float> samples;
  Result<void> outcome;
  std::size_t frames() const {
    return info.channels == 0 ? 0 : samples.size() / static_cast<std::size_t>(info.channels);
  }
};

inline Result<void> read_on(render::Source& source, std::vector<float>& samples,
                            std::size_t frames = SIZE_MAX) {
  auto width = static_cast<std::size_t>(source.info().channels);
  std::vector<float> block(4096 * width);
  for (std::size_t got = 0; got < frames;) {
    auto n = source.read(std::span(block).first(std::min<std::size_t>(4096, frames - got) * width));
    if (!n) return std::unexpected(n.error());
    if (*n == 0) return {};
    samples.insert(samples.end(), block.begin(),
                   block.begin() + static_cast<std::ptrdiff_t>(*n * width));
    got += *n;
  }
  return {};
}

inline Decoded decode(const std::string& path) {
  Decoded decoded;
  auto source = media().open_source(path);
  if (!source) {
    decoded.outcome = std::unexpected(source.error());
    return decoded;
  }
  decoded.info = (*source)->info();
  decoded.outcome = read_on(**source, decoded.samples);
  return decoded;
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
      std::string arguments =
          "-f lavfi -i anoisesrc=amplitude=0.3:seed=1:duration=8:sample_rate=44100 "
          "-ac 2 -map_metadata -1 -fflags +bitexact " +
          std::string(options) + " " + path;
      REQUIRE_MESSAGE(ffmpeg(arguments), arguments);
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
