#include "core/codec/codec.hpp"

#include "core/codec/impl.hpp"

namespace tutti::codec {

Result<void> ChunkEncoder::flush(std::string&) { return {}; }

Result<std::unique_ptr<ChunkEncoder>> ChunkEncoder::create(const AudioFormat& format,
                                                           std::size_t frames_most) {
  if (auto checked = check(format); !checked) return std::unexpected(checked.error());
  if (frames_most < 16 || frames_most > kChunkFramesMost)
    return fail(Code::unsupported, "a chunk cannot have " + std::to_string(frames_most) + " frames",
                "16 to " + std::to_string(kChunkFramesMost) + ".");
  switch (format.codec) {
    case Codec::pcm: return impl::pcm_encoder(format, frames_most);
    case Codec::flac: return impl::flac_encoder(format, frames_most);
    case Codec::opus: return impl::opus_encoder(format, frames_most);
  }
  return fail(Code::unsupported, "no such codec");
}

Result<std::unique_ptr<ChunkDecoder>> ChunkDecoder::create(const AudioFormat& format,
                                                           ByteView header) {
  if (auto checked = check(format); !checked) return std::unexpected(checked.error());
  switch (format.codec) {
    case Codec::pcm: return impl::pcm_decoder(format);
    case Codec::flac: return impl::flac_decoder(format, header);
    case Codec::opus: return impl::opus_decoder(format);
  }
  return fail(Code::unsupported, "no such codec");
}

std::unexpected<Error> impl::wrong_length(const AudioFormat& format, std::size_t samples) {
  return fail(Code::bad_request, "no " + std::string(name(format.codec)) + " chunk has " +
                                     std::to_string(samples) + " samples of " +
                                     std::to_string(format.channels) + " channels");
}

std::unexpected<Error> impl::corrupt(const AudioFormat& format, std::string_view why) {
  return fail(Code::corrupt,
              "not a chunk of " + std::string(name(format.codec)) + ": " + std::string(why));
}

}  // namespace tutti::codec
