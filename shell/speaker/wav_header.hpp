#pragma once
// The head of a WAV file: RIFF (Microsoft, IBM 1991), RF64 where it outgrows 32 bits.

#include <cstdint>
#include <string>

#include "core/render/render.hpp"

namespace tutti::shell {

// All that stands before the samples, for so many bytes of them; always of the same length for the
// same format. From 4 GiB on it is RF64 with a ds64 chunk (EBU Tech 3306), in whose place a smaller
// file has a JUNK chunk. bits: 16 or 24. data_bytes -1: not known, as for a pipe.
std::string wav_header(render::PcmFormat format, int bits, std::int64_t data_bytes);

}  // namespace tutti::shell
