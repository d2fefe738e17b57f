#pragma once
// What libav does not tell of a file's exact length; each opens the file by itself for a moment.

#include <cstdint>
#include <string>

namespace tutti::shell::av {

// Samples that an MP3's encoder appended, from the LAME part of its Xing or Info frame ("Mp3 Info
// Tag revision 1", gabriel.mp3-tech.org); 0 without one. The decoder's own delay of 529 samples is
// already taken off.
std::int64_t mp3_end_padding(const std::string& path);

// Whether an Ogg file is several, one after the other (RFC 3533 section 4): the stream that ends it
// is not one that begins it. Its times then start anew in the middle.
bool ogg_is_chained(const std::string& path);

// The length of the media behind an MP4's edit list, in units of 1/rate: the list itself is often
// rounded to milliseconds. -1 when it cannot be had.
std::int64_t mov_media_length(const std::string& path, int rate);

}  // namespace tutti::shell::av
