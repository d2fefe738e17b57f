#pragma once
// For tests: a folder of its own, files of any format made by the ffmpeg program, whole decodes.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "core/base/choose.hpp"
#include "shell/media/media.hpp"

namespace tutti::shell::test {

inline const Media& media() {
  static const Result<Media> loaded = load_media();
  REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().text));
  return *loaded;
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tutti-media-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
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

}  // namespace tutti::shell::test
