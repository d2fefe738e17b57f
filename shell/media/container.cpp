#include "shell/media/container.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace tutti::shell {
namespace {

// Pages, boxes, chunks and blocks looked at before the audio; more is no file of a sane program.
constexpr int kSteps = 100'000;

std::string text_at(BlockFile& file, std::int64_t at, std::size_t size) {
  std::string out(size, '\0');
  out.resize(file.read(at, std::as_writable_bytes(std::span(out))));
  return out;
}
std::uint64_t number(std::string_view bytes, bool little) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[little ? bytes.size() - 1 - i : i]);
  return value;
}
std::int64_t number_at(BlockFile& file, std::int64_t at, std::size_t size, bool little) {
  std::string bytes = text_at(file, at, size);
  auto value = bytes.size() == size ? number(bytes, little) : 0;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX / 4));
}

// Behind all ID3v2 tags from `at` on.
std::int64_t skip_id3v2(BlockFile& file, std::int64_t at) {
  for (int tags = 0; tags < 8; ++tags) {
    std::string head = text_at(file, at, 10);
    if (head.size() < 10 || !head.starts_with("ID3")) break;
    std::int64_t size = 0;
    for (int i = 6; i < 10; ++i) size = size << 7 | (head[static_cast<std::size_t>(i)] & 0x7f);
    bool footer = (head[5] & 0x10) != 0;
    at += 10 + size + (footer ? 10 : 0);
  }
  return at;
}

// Before the tags at the end: ID3v1, APE, Lyrics3, in whatever order.
std::int64_t strip_end(BlockFile& file, std::int64_t begin, std::int64_t end) {
  for (int tags = 0; tags < 8; ++tags) {
    std::int64_t before = end;
    if (end - begin >= 128 && text_at(file, end - 128, 3) == "TAG") end -= 128;
    std::string footer = end - begin >= 32 ? text_at(file, end - 32, 32) : std::string();
    if (footer.starts_with("APETAGEX")) {
      auto size = static_cast<std::int64_t>(number(std::string_view(footer).substr(12, 4), true));
      bool header = (footer[23] & 0x80) != 0;
      end -= size + (header ? 32 : 0);
    }
    std::string lyrics = end - begin >= 15 ? text_at(file, end - 15, 15) : std::string();
    if (lyrics.ends_with("LYRICS200")) {
      std::int64_t size = 0;
      for (char c : lyrics.substr(0, 6)) size = size * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
      end -= size + 15;
    }
    if (end == before) break;
  }
  return std::max(begin, end);
}

AudioRange between_tags(BlockFile& file) {
  std::int64_t begin = skip_id3v2(file, 0);
  return {begin, strip_end(file, begin, file.size())};
}

AudioRange flac_audio(BlockFile& file) {
  std::int64_t at = skip_id3v2(file, 0) + 4;
  for (int i = 0; i < kSteps; ++i) {
    std::string head = text_at(file, at, 4);
    if (head.size() < 4) return {};
    at += 4 + static_cast<std::int64_t>(number(std::string_view(head).substr(1), false));
    if ((head[0] & 0x80) != 0) break;  // the last metadata block
  }
  return {at, strip_end(file, at, file.size())};
}

// A page's size, 0 when there is none at `at`; `ends` grows by the packets that end in it.
std::int64_t ogg_page(BlockFile& file, std::int64_t at, int& ends) {
  std::string head = text_at(file, at, 27);
  if (head.size() < 27 || !head.starts_with("OggS")) return 0;
  std::string lacing = text_at(file, at + 27, static_cast<unsigned char>(head[26]));
  std::int64_t size = 27 + static_cast<std::int64_t>(lacing.size());
  for (char c : lacing) {
    size += static_cast<unsigned char>(c);
    if (static_cast<unsigned char>(c) != 255) ++ends;
  }
  return size;
}

AudioRange ogg_audio(BlockFile& file, Container container) {
  int wanted = container == Container::ogg_vorbis ? 3 : 2;
  if (container == Container::ogg_flac) {
    // "\x7fFLAC", version, and how many header packets follow the first; 0: not said.
    auto more = number_at(file, 28 + 7, 2, false);
    wanted = 1 + static_cast<int>(std::max<std::int64_t>(more, 1));
  }
  std::int64_t at = 0;
  for (int ends = 0, i = 0; ends < wanted && i < kSteps; ++i) {
    std::int64_t size = ogg_page(file, at, ends);
    if (size == 0) return {};
    at += size;
  }
  return {at, file.size()};
}

// The largest "mdat" of the top level.
AudioRange mp4_audio(BlockFile& file) {
  AudioRange found;
  std::int64_t at = 0;
  for (int i = 0; i < kSteps && at + 8 <= file.size(); ++i) {
    std::string head = text_at(file, at, 8);
    std::int64_t size = static_cast<std::int64_t>(number(head.substr(0, 4), false));
    std::int64_t body = at + 8;
    if (size == 1) size = number_at(file, at + 8, 8, false), body += 8;
    if (size == 0) size = file.size() - at;
    if (size < body - at) break;
    AudioRange box{body, std::min(at + size, file.size())};
    if (head.substr(4) == "mdat" && box.end - box.begin > found.end - found.begin) found = box;
    at += size;
  }
  return found;
}

// RIFF and AIFF: the chunk of that name.
AudioRange chunk_audio(BlockFile& file, std::string_view name, bool little) {
  std::int64_t at = 12;
  for (int i = 0; i < kSteps && at + 8 <= file.size(); ++i) {
    std::string head = text_at(file, at, 8);
    auto size = static_cast<std::int64_t>(number(head.substr(4), little));
    // A recorder that was cut off leaves a size of nothing or of everything.
    if (head.starts_with(name) && (size == 0 || at + 8 + size > file.size()))
      return {at + 8, file.size()};
    if (head.starts_with(name)) return {at + 8, at + 8 + size};
    at += 8 + size + (size & 1);
  }
  return {};
}

constexpr std::string_view kAsfHeader(
    "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C", 16);
constexpr std::string_view kAsfData(
    "\x36\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C", 16);

AudioRange asf_audio(BlockFile& file) {
  std::int64_t at = 0;
  for (int i = 0; i < kSteps && at + 24 <= file.size(); ++i) {
    std::int64_t size = number_at(file, at + 16, 8, true);
    // 50: id, size, the file's id, number of packets, reserved.
    if (text_at(file, at, 16) == kAsfData)
      return {at + 50, std::clamp(at + size, at + 50, std::max(at + 50, file.size()))};
    if (size < 24) break;
    at += size;
  }
  return {};
}

AudioRange dsf_audio(BlockFile& file) {
  std::int64_t at = 28;
  for (int i = 0; i < 16; ++i) {
    std::int64_t size = number_at(file, at + 4, 8, true);
    if (text_at(file, at, 4) == "data")
      return {at + 12, std::clamp(at + size, at + 12, std::max(at + 12, file.size()))};
    if (size < 12) break;
    at += size;
  }
  return {};
}

Container ogg_codec(BlockFile& file) {
  std::string head = text_at(file, 0, 27);
  std::string packet = text_at(file, 27 + static_cast<unsigned char>(head[26]), 8);
  if (packet.starts_with("\x01vorbis")) return Container::ogg_vorbis;
  if (packet.starts_with("OpusHead")) return Container::ogg_opus;
  if (packet.starts_with("\x7f"
                         "FLAC"))
    return Container::ogg_flac;
  if (packet.starts_with("Speex   ")) return Container::ogg_speex;
  return Container::unknown;
}

bool ends_in(std::string_view name, std::string_view ending) {
  if (name.size() <= ending.size()) return false;
  name.remove_prefix(name.size() - ending.size());
  return std::equal(name.begin(), name.end(), ending.begin(),
                    [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

}  // namespace

Container detect_container(BlockFile& file, std::string_view name) {
  std::string head = text_at(file, 0, 27);
  if (head.size() < 12) return Container::unknown;
  if (head.starts_with("OggS")) return head.size() < 27 ? Container::unknown : ogg_codec(file);
  if (head.starts_with("RIFF") && head.substr(8, 4) == "WAVE") return Container::wav;
  if (head.starts_with("FORM") && head.substr(8, 3) == "AIF") return Container::aiff;
  if (head.substr(4, 4) == "ftyp") return Container::mp4;
  if (head.starts_with(kAsfHeader)) return Container::asf;
  if (head.starts_with("DSD ")) return Container::dsf;
  std::string begin = text_at(file, skip_id3v2(file, 0), 4);
  if (begin == "fLaC") return Container::flac;
  if (begin == "wvpk") return Container::wavpack;
  if (begin == "MAC ") return Container::ape;
  return ends_in(name, ".mp3") ? Container::mp3 : Container::unknown;
}

std::int64_t last_granule(BlockFile& file) {
  constexpr std::int64_t kWindow = 128 * 1024;  // a page is at most 65,307 bytes
  std::int64_t begin = std::max<std::int64_t>(0, file.size() - kWindow);
  std::string tail = text_at(file, begin, static_cast<std::size_t>(file.size() - begin));
  for (std::size_t at = tail.rfind("OggS"); at != std::string::npos && at > 0;
       at = tail.rfind("OggS", at - 1)) {
    if (at + 14 > tail.size()) continue;
    std::uint64_t granule = number(std::string_view(tail).substr(at + 6, 8), true);
    if (granule > 0 && granule < 1ULL << 48) return static_cast<std::int64_t>(granule);
  }
  return 0;
}

AudioRange find_audio(BlockFile& file, Container container) {
  AudioRange range;
  switch (container) {
    case Container::unknown: return {};
    case Container::mp3:
    case Container::wavpack:
    case Container::ape: range = between_tags(file); break;
    case Container::flac: range = flac_audio(file); break;
    case Container::ogg_vorbis:
    case Container::ogg_opus:
    case Container::ogg_flac:
    case Container::ogg_speex: range = ogg_audio(file, container); break;
    case Container::mp4: range = mp4_audio(file); break;
    case Container::wav: range = chunk_audio(file, "data", true); break;
    case Container::aiff: range = chunk_audio(file, "SSND", false); break;
    case Container::asf: range = asf_audio(file); break;
    case Container::dsf: range = dsf_audio(file); break;
  }
  return range.begin < range.end && range.end <= file.size() ? range : AudioRange{};
}

}  // namespace tutti::shell
