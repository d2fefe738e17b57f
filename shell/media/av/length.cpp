#include "shell/media/av/length.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <vector>

#include "shell/media/av/input.hpp"

extern "C" {
#include <libavutil/mathematics.h>
}

namespace tutti::shell::av {
namespace {

std::string bytes_at(std::ifstream& file, std::int64_t at, std::size_t size) {
  std::string bytes(size, '\0');
  file.clear();
  file.seekg(at);
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

std::uint32_t byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  return byte(bytes, at) << 24 | byte(bytes, at + 1) << 16 | byte(bytes, at + 2) << 8 |
         byte(bytes, at + 3);
}

// Behind the ID3v2 tags at the start (id3.org, "ID3 tag version 2.4.0", section 3.1).
std::int64_t behind_id3(std::ifstream& file) {
  std::int64_t at = 0;
  for (int tags = 0; tags < 8; ++tags) {
    std::string head = bytes_at(file, at, 10);
    if (!head.starts_with("ID3") || head.size() < 10) break;
    std::int64_t size = (byte(head, 6) & 0x7f) << 21 | (byte(head, 7) & 0x7f) << 14 |
                        (byte(head, 8) & 0x7f) << 7 | (byte(head, 9) & 0x7f);
    at += 10 + size + ((byte(head, 5) & 0x10) != 0 ? 10 : 0);
  }
  return at;
}

struct Page {
  std::uint32_t serial;
  bool begins;  // a stream
};

// The Ogg pages in `bytes` (RFC 3533 section 6).
std::vector<Page> pages(std::string_view bytes) {
  std::vector<Page> found;
  for (std::size_t at = 0; (at = bytes.find("OggS", at)) != bytes.npos && at + 27 <= bytes.size();
       at += 4)
    found.push_back({big_endian(bytes, at + 14), (byte(bytes, at + 5) & 2) != 0});
  return found;
}

constexpr std::size_t kOggPage = 65'307;  // the longest

}  // namespace

std::int64_t mp3_length(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes = bytes_at(file, behind_id3(file), 16 * 1024);
  std::size_t frame = 0;
  while (frame + 4 < bytes.size() && (big_endian(bytes, frame) & 0xffe00000U) != 0xffe00000U)
    ++frame;
  std::uint32_t header = big_endian(bytes, frame);
  bool mpeg1 = (header >> 19 & 3) == 3;
  bool mono = (header >> 6 & 3) == 3;
  std::size_t xing = frame + 4 + (mpeg1 ? (mono ? 17U : 32U) : (mono ? 9U : 17U));
  std::string_view tag = std::string_view(bytes).substr(std::min(xing, bytes.size()));
  if (!tag.starts_with("Xing") && !tag.starts_with("Info")) return -1;
  std::uint32_t flags = big_endian(tag, 4);
  if ((flags & 1) == 0 || big_endian(tag, 8) == 0) return -1;
  std::int64_t samples = std::int64_t{big_endian(tag, 8)} * (mpeg1 ? 1152 : 576);
  std::size_t lame = 12 + (flags & 2 ? 4U : 0) + (flags & 4 ? 100U : 0) + (flags & 8 ? 4U : 0);
  std::string_view encoder = tag.substr(std::min(lame, tag.size()), 4);
  // Only these fill it in; libav, too, takes nothing off for others.
  if (encoder != "LAME" && encoder != "Lavf" && encoder != "Lavc") return samples;
  constexpr std::int64_t kDecoder = 529;  // the delay of every decoder
  std::int64_t delay = byte(tag, lame + 21) << 4 | byte(tag, lame + 22) >> 4;
  std::int64_t padding = (byte(tag, lame + 22) & 15) << 8 | byte(tag, lame + 23);
  samples -= delay + kDecoder + std::max<std::int64_t>(0, padding - kDecoder);
  return std::max<std::int64_t>(0, samples);
}

std::int64_t opus_length(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::int64_t size = file.tellg();
  std::string start = bytes_at(file, 0, 4096);
  std::size_t head = start.find("OpusHead");
  std::int64_t from = std::max<std::int64_t>(0, size - 2 * static_cast<std::int64_t>(kOggPage));
  std::string end = bytes_at(file, from, 2 * kOggPage);
  std::size_t page = end.rfind("OggS");
  if (head == start.npos || page == end.npos || page + 14 > end.size()) return -1;
  std::uint64_t granule = 0;  // little-endian, as is the pre-skip
  for (std::size_t i = 8; i-- > 0;) granule = granule << 8 | byte(end, page + 6 + i);
  std::int64_t pre_skip = byte(start, head + 10) | byte(start, head + 11) << 8;
  return granule > (1ULL << 48) ? -1 : static_cast<std::int64_t>(granule) - pre_skip;
}

bool ogg_is_chained(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::int64_t size = file.tellg();
  auto first = pages(bytes_at(file, 0, kOggPage));
  std::int64_t tail = std::max<std::int64_t>(0, size - 2 * static_cast<std::int64_t>(kOggPage));
  auto last = pages(bytes_at(file, tail, 2 * kOggPage));
  if (last.empty()) return false;
  // All streams of one link begin before anything else comes.
  for (const Page& page : first) {
    if (page.serial == last.back().serial) return false;
    if (!page.begins) break;
  }
  return true;
}

std::int64_t mov_media_length(const std::string& path, int rate) {
  AVFormatContext* context = nullptr;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "format_whitelist", "mov,mp4,m4a", 0);
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  av_dict_set(&options, "ignore_editlist", "1", 0);
  int error = avformat_open_input(&context, ("file:" + path).c_str(), nullptr, &options);
  av_dict_free(&options);
  if (error < 0) return -1;
  std::int64_t length = -1;
  for (unsigned i = 0; i < context->nb_streams && length < 0; ++i) {
    const AVStream& stream = *context->streams[i];
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO && stream.duration > 0)
      length = av_rescale_q(stream.duration, stream.time_base, {1, rate});
  }
  avformat_close_input(&context);
  return length;
}

}  // namespace tutti::shell::av
