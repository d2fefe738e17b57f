#pragma once
// What libav does not tell of a file's exact length; each opens the file by itself for a moment.

#include <cstdint>
#include <string>

namespace tutti::shell::av {

// Frames of an MP3 without what encoder and decoder added at both ends, from its Xing or Info frame
// and the LAME part of it ("Mp3 Info Tag revision 1", gabriel.mp3-tech.org); -1 without one.
std::int64_t mp3_length(const std::string& path);

// Frames of an Opus stream at 48 kHz: the granule position of the last page less the pre-skip (RFC
// 7845 section 4); -1 when either is missing.
std::int64_t opus_length(const std::string& path);

// Whether an Ogg file is several, one after the other (RFC 3533 section 4): the stream that ends it
// is not one that begins it. Its times then start anew in the middle.
bool ogg_is_chained(const std::string& path);

// The length of the media behind an MP4's edit list, in units of 1/rate: the list itself is often
// rounded to milliseconds. -1 when it cannot be had.
std::int64_t mov_media_length(const std::string& path, int rate);

}  // namespace tutti::shell::av
