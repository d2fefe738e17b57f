#include "shell/media/tag_file.hpp"

#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/asffile.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>

#include <algorithm>

namespace tutti::shell {

std::unique_ptr<TagLib::File> open_tag_file(TagLib::IOStream* stream, Container container) {
  constexpr auto kStyle = TagLib::AudioProperties::Average;
  switch (container) {
    case Container::unknown:
    case Container::dsf: return nullptr;
#if TAGLIB_MAJOR_VERSION >= 2
    case Container::mp3: return std::make_unique<TagLib::MPEG::File>(stream, true, kStyle);
    case Container::flac: return std::make_unique<TagLib::FLAC::File>(stream, true, kStyle);
#else
    case Container::mp3:
      return std::make_unique<TagLib::MPEG::File>(stream, TagLib::ID3v2::FrameFactory::instance(),
                                                  true, kStyle);
    case Container::flac:
      return std::make_unique<TagLib::FLAC::File>(stream, TagLib::ID3v2::FrameFactory::instance(),
                                                  true, kStyle);
#endif
    case Container::ogg_vorbis:
      return std::make_unique<TagLib::Ogg::Vorbis::File>(stream, true, kStyle);
    case Container::ogg_opus:
      return std::make_unique<TagLib::Ogg::Opus::File>(stream, true, kStyle);
    case Container::ogg_flac:
      return std::make_unique<TagLib::Ogg::FLAC::File>(stream, true, kStyle);
    case Container::ogg_speex:
      return std::make_unique<TagLib::Ogg::Speex::File>(stream, true, kStyle);
    case Container::mp4: return std::make_unique<TagLib::MP4::File>(stream, true, kStyle);
    case Container::wav: return std::make_unique<TagLib::RIFF::WAV::File>(stream, true, kStyle);
    case Container::aiff: return std::make_unique<TagLib::RIFF::AIFF::File>(stream, true, kStyle);
    case Container::wavpack: return std::make_unique<TagLib::WavPack::File>(stream, true, kStyle);
    case Container::ape: return std::make_unique<TagLib::APE::File>(stream, true, kStyle);
    case Container::asf: return std::make_unique<TagLib::ASF::File>(stream, true, kStyle);
  }
  return nullptr;
}

TagLib::ByteVector TagStream::readBlock(Size length) {
  std::int64_t left = std::max<std::int64_t>(0, end_ - begin_ - at_);
  auto wanted = static_cast<unsigned>(
      std::min<std::uint64_t>({length, static_cast<std::uint64_t>(left), 1U << 30}));
  TagLib::ByteVector out(wanted, '\0');
  std::size_t n =
      wanted == 0 ? 0
                  : file_.read(begin_ + at_, {reinterpret_cast<std::byte*>(out.data()), wanted});
  out.resize(static_cast<unsigned>(n));
  at_ += static_cast<std::int64_t>(n);
  return out;
}

void TagStream::seek(Offset offset, Position from) {
  std::int64_t base = from == Beginning ? 0 : from == Current ? at_ : end_ - begin_;
  at_ = std::max<std::int64_t>(0, base + offset);
}

}  // namespace tutti::shell
