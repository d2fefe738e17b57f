#pragma once
// The makers of each codec, inside of this module. The format has been checked.

#include "core/codec/codec.hpp"

namespace tutti::codec::impl {

using MadeEncoder = Result<std::unique_ptr<ChunkEncoder>>;
using MadeDecoder = Result<std::unique_ptr<ChunkDecoder>>;

MadeEncoder pcm_encoder(const AudioFormat& format, std::size_t frames_most);
MadeDecoder pcm_decoder(const AudioFormat& format);
MadeEncoder flac_encoder(const AudioFormat& format, std::size_t frames_most);
MadeDecoder flac_decoder(const AudioFormat& format, ByteView header);
MadeEncoder opus_encoder(const AudioFormat& format, std::size_t frames_most);
MadeDecoder opus_decoder(const AudioFormat& format);

// What encode() answers when it does not take so many samples.
std::unexpected<Error> wrong_length(const AudioFormat& format, std::size_t samples);
std::unexpected<Error> corrupt(const AudioFormat& format, std::string_view why);

}  // namespace tutti::codec::impl
