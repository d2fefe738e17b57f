#pragma once
// Which container a file is, by its first bytes, and where in it the audio lies: what remains when
// every tag is taken away. Thread: any one.
//
// Sources: FLAC format (RFC 9639 section 7); Ogg (RFC 3533); Ogg FLAC mapping 1.0; Vorbis I section
// 4.2; RFC 7845; ID3v2.4 structure sections 3 and 3.4; APE tag v2; Lyrics3 v2.00; ISO/IEC 14496-12
// section 4.2 and 8.1.1; RIFF WAVE; AIFF 1.3; ASF specification section 3 and 5; DSF specification
// 1.01.

#include <cstdint>
#include <string_view>

#include "core/library/track.hpp"
#include "shell/media/block_file.hpp"

namespace tutti::shell {

enum class Container : std::uint8_t {
  unknown,
  mp3,
  flac,
  ogg_vorbis,
  ogg_opus,
  ogg_flac,
  ogg_speex,
  mp4,
  wav,
  aiff,
  wavpack,
  ape,
  asf,
  dsf
};

// By content; by the name's ending only for what has no mark of its own (mp3).
Container detect_container(BlockFile& file, std::string_view name);

struct AudioRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // behind the last byte
};
// Empty where there is none: a file that ends before its audio begins.
AudioRange find_audio(BlockFile& file, Container container);

// The granule position of the last page that has one (RFC 3533 section 6); 0: none found. In FLAC
// and Vorbis that is the number of samples.
std::int64_t last_granule(BlockFile& file);

// XXH3-128 over codec, length of the audio in bytes, and its first and last 64 KiB. In Ogg, page
// numbers and checksums count as zero: writing tags renumbers pages.
library::ContentId content_id(BlockFile& file, Container container, std::string_view codec);
// The same hash over plain bytes: the key of an image. Never 0 for any bytes, 0 for none.
library::ArtworkKey artwork_key(ByteView bytes);

}  // namespace tutti::shell
