// What TagLib finds in a file, as raw fields, facts and a picture.
#include <taglib/aifffile.h>
#include <taglib/aiffproperties.h>
#include <taglib/apefile.h>
#include <taglib/apeproperties.h>
#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/asfpicture.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/flacproperties.h>
#include <taglib/id3v1tag.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2header.h>
#include <taglib/id3v2tag.h>
#include <taglib/infotag.h>
#include <taglib/mp4coverart.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/synchronizedlyricsframe.h>
#include <taglib/tpropertymap.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>
#include <taglib/wavpackproperties.h>
#include <taglib/xiphcomment.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

#include "shell/media/tag_fields.hpp"
#include "shell/media/tag_file.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::shell::detail {
namespace {

// A cover larger than this is no cover; its bytes are not hashed.
constexpr unsigned kPictureBytes = 32 * 1024 * 1024;

struct Found {
  RawFields fields;
  TagLib::ByteVector picture;
  bool v23 = false;
};

std::string text(const TagLib::String& value) { return value.to8Bit(true); }

void add_all(const TagLib::PropertyMap& map, RawFields& fields) {
  for (const auto& [key, list] : map) {
    std::vector<std::string> values;
    for (const TagLib::String& value : list) {
      if (values.size() == kValues) break;
      values.push_back(text(value));
    }
    fields.add(text(key.upper()), std::move(values));
  }
}

// Lines of SYLT (ID3v2.4 section 4.9) as in an .lrc file; only milliseconds can be told exactly.
void add_synced(const TagLib::ID3v2::Tag& tag, RawFields& fields) {
  using Sylt = TagLib::ID3v2::SynchronizedLyricsFrame;
  for (auto* frame : tag.frameListMap()["SYLT"]) {
    auto* sylt = dynamic_cast<Sylt*>(frame);
    if (sylt == nullptr || sylt->timestampFormat() != Sylt::AbsoluteMilliseconds) continue;
    std::string lines;
    for (const auto& line : sylt->synchedText()) {
      if (lines.size() > kLyricsBytes) break;
      char stamp[32];
      std::snprintf(stamp, sizeof stamp, "[%02u:%02u.%02u]", line.time / 60'000,
                    line.time / 1000 % 60, line.time / 10 % 100);
      lines += stamp + clean_text(text(line.text), kTextBytes) + "\n";
    }
    fields.add("SYNCEDLYRICS", {lines});
    return;
  }
}

template <class Pictures, class TypeOf>
auto front_cover(const Pictures& pictures, TypeOf type_of) {
  auto best = pictures.begin();
  for (auto each = pictures.begin(); each != pictures.end(); ++each)
    if (type_of(*each) == 3 && (best == pictures.end() || type_of(*best) != 3)) best = each;
  return best;  // type 3 is the front cover in ID3v2, FLAC and ASF alike
}

void add_id3v2(const TagLib::ID3v2::Tag* tag, Found& found) {
  if (tag == nullptr || tag->isEmpty()) return;
  add_all(tag->properties(), found.fields);
  add_synced(*tag, found.fields);
  found.v23 = tag->header() != nullptr && tag->header()->majorVersion() < 4;
  using Apic = TagLib::ID3v2::AttachedPictureFrame;
  std::vector<Apic*> pictures;
  for (auto* frame : tag->frameListMap()["APIC"])
    if (auto* apic = dynamic_cast<Apic*>(frame)) pictures.push_back(apic);
  auto best = front_cover(pictures, [](Apic* each) { return static_cast<int>(each->type()); });
  if (best != pictures.end() && found.picture.isEmpty()) found.picture = (*best)->picture();
}

void add_ape(const TagLib::APE::Tag* tag, Found& found) {
  if (tag == nullptr || tag->isEmpty()) return;
  add_all(tag->properties(), found.fields);
  const auto& items = tag->itemListMap();
  auto cover = items.find("COVER ART (FRONT)");
  if (cover == items.end() || !found.picture.isEmpty()) return;
  TagLib::ByteVector data = cover->second.binaryData();
  int end = data.find('\0');  // a file name stands before the image
  if (end >= 0) found.picture = data.mid(static_cast<unsigned>(end) + 1);
}

void add_pictures(const TagLib::List<TagLib::FLAC::Picture*>& pictures, Found& found) {
  auto best = front_cover(pictures, [](auto* each) { return static_cast<int>(each->type()); });
  if (best != pictures.end() && found.picture.isEmpty()) found.picture = (*best)->data();
}

void add_xiph(TagLib::Ogg::XiphComment* tag, Found& found) {
  if (tag == nullptr) return;
  add_all(tag->properties(), found.fields);
  add_pictures(tag->pictureList(), found);
}

void add_mp4(TagLib::MP4::File& file, Found& found) {
  if (file.tag() == nullptr) return;
  add_all(file.tag()->properties(), found.fields);
  // Freeform items that TagLib 1.13 has no name for; "mean" is by convention Apple's.
  constexpr std::string_view kMean = "----:com.apple.iTunes:";
  for (const auto& [key, item] : file.tag()->itemMap()) {
    std::string name = text(key);
    if (!name.starts_with(kMean)) continue;
    std::vector<std::string> values;
    for (const auto& value : item.toStringList()) values.push_back(text(value));
    found.fields.add(text(TagLib::String(name.substr(kMean.size())).upper()), std::move(values));
  }
  auto covers = file.tag()->itemMap().find("covr");
  if (covers == file.tag()->itemMap().end()) return;
  auto list = covers->second.toCoverArtList();
  if (!list.isEmpty()) found.picture = list.front().data();
}

void add_asf(TagLib::ASF::File& file, Found& found) {
  if (file.tag() == nullptr) return;
  add_all(file.tag()->properties(), found.fields);
  const auto& attributes = file.tag()->attributeListMap();
  for (const auto& [key, list] : attributes) {  // what TagLib 1.13 has no property for
    std::string name = text(key);
    std::vector<std::string> values;
    for (const auto& value : list) values.push_back(text(value.toString()));
    found.fields.add(name == "WM/IsCompilation" ? "COMPILATION" : text(key.upper()),
                     std::move(values));
  }
  auto listed = attributes.find("WM/Picture");
  if (listed == attributes.end()) return;
  auto best = front_cover(
      listed->second, [](const auto& each) { return static_cast<int>(each.toPicture().type()); });
  if (best != listed->second.end()) found.picture = best->toPicture().picture();
}

void collect(TagLib::File& file, Container container, Found& found) {
  if (auto* mp3 = dynamic_cast<TagLib::MPEG::File*>(&file)) {
    add_id3v2(mp3->ID3v2Tag(), found);
    add_ape(mp3->APETag(), found);
    if (mp3->ID3v1Tag() != nullptr) add_all(mp3->ID3v1Tag()->properties(), found.fields);
  } else if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(&file)) {
    add_xiph(flac->hasXiphComment() ? flac->xiphComment() : nullptr, found);
    add_pictures(flac->pictureList(), found);
    add_id3v2(flac->ID3v2Tag(), found);
  } else if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file)) {
    add_mp4(*mp4, found);
  } else if (auto* asf = dynamic_cast<TagLib::ASF::File*>(&file)) {
    add_asf(*asf, found);
  } else if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(&file)) {
    add_id3v2(wav->ID3v2Tag(), found);
    if (wav->InfoTag() != nullptr) add_all(wav->InfoTag()->properties(), found.fields);
  } else if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::File*>(&file)) {
    add_id3v2(aiff->tag(), found);
  } else if (auto* wavpack = dynamic_cast<TagLib::WavPack::File*>(&file)) {
    add_ape(wavpack->APETag(), found);
  } else if (auto* ape = dynamic_cast<TagLib::APE::File*>(&file)) {
    add_ape(ape->APETag(), found);
  } else {
    // Vorbis, Opus, Speex, FLAC in Ogg: their tag is a Xiph comment.
    (void)container;
    add_xiph(dynamic_cast<TagLib::Ogg::XiphComment*>(file.tag()), found);
  }
}

std::string codec_of(TagLib::File& file, Container container) {
  switch (container) {
    case Container::unknown: return "";
    case Container::mp3: return "mp3";
    case Container::flac:
    case Container::ogg_flac: return "flac";
    case Container::ogg_vorbis: return "vorbis";
    case Container::ogg_opus: return "opus";
    case Container::ogg_speex: return "speex";
    case Container::wav:
    case Container::aiff: return "pcm";
    case Container::wavpack: return "wavpack";
    case Container::ape: return "ape";
    case Container::dsf: return "dsd";
    case Container::mp4: {
      auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file);
      bool alac = mp4->audioProperties()->codec() == TagLib::MP4::Properties::ALAC;
      return alac ? "alac" : "aac";
    }
    case Container::asf: {
      auto* asf = dynamic_cast<TagLib::ASF::File*>(&file);
      bool lossless = asf->audioProperties()->codec() == TagLib::ASF::Properties::WMA9Lossless;
      return lossless ? "wmalossless" : "wma";
    }
  }
  return "";
}

int bits_of(TagLib::AudioProperties* audio) {
  if (auto* flac = dynamic_cast<TagLib::FLAC::Properties*>(audio)) return flac->bitsPerSample();
  if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::Properties*>(audio)) return wav->bitsPerSample();
  if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::Properties*>(audio))
    return aiff->bitsPerSample();
  if (auto* wavpack = dynamic_cast<TagLib::WavPack::Properties*>(audio))
    return wavpack->bitsPerSample();
  if (auto* ape = dynamic_cast<TagLib::APE::Properties*>(audio)) return ape->bitsPerSample();
  if (auto* mp4 = dynamic_cast<TagLib::MP4::Properties*>(audio))
    return mp4->codec() == TagLib::MP4::Properties::ALAC ? mp4->bitsPerSample() : 0;
  return 0;
}

std::unexpected<Error> no_audio() {
  return fail(Code::corrupt, "there is no audio in it that can be read",
              "it may be cut off or damaged; play it elsewhere to see");
}

Result<library::AudioFacts> facts_of(TagLib::File& file, Container container) {
  TagLib::AudioProperties* audio = file.audioProperties();
  if (!file.isValid() || audio == nullptr) return no_audio();
  library::AudioFacts facts;
  facts.sample_rate = audio->sampleRate();
  facts.channels = audio->channels();
  if (facts.sample_rate <= 0 || facts.channels <= 0) return no_audio();
  facts.codec = codec_of(file, container);
  facts.duration_ms = std::max(0, audio->lengthInMilliseconds());
  facts.bitrate = std::max(0, audio->bitrate());
  facts.bits = bits_of(audio);
  return facts;
}

Parsed finish(Found& found, library::AudioFacts facts, bool with_picture) {
  if (found.v23) found.fields.split_v23();
  Parsed parsed;
  parsed.audio = std::move(facts);
  parsed.tags = tags_of(found.fields);
  unsigned size = found.picture.size();
  if (size == 0 || size > kPictureBytes) return parsed;
  std::string_view bytes(std::as_const(found.picture).data(), size);
  parsed.picture_key = artwork_key(as_bytes(bytes));
  if (with_picture) parsed.picture = bytes;
  return parsed;
}

// DSF (specification 1.01): TagLib 1.13 does not know it, but its tag is plain ID3v2 at an offset.
Result<Parsed> parse_dsf(BlockFile& file, bool with_picture) {
  std::array<std::byte, 80> head;
  if (file.read(0, head) < head.size()) return no_audio();
  auto little = [&](std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    while (size-- > 0) value = value << 8 | std::to_integer<std::uint64_t>(head[at + size]);
    return value;
  };
  library::AudioFacts facts;
  facts.codec = "dsd";
  std::uint64_t channels = little(52, 4), rate = little(56, 4), samples = little(64, 8);
  if (channels == 0 || channels > 8 || rate == 0 || rate > 100'000'000 || samples > 1ULL << 50)
    return no_audio();
  facts.channels = static_cast<int>(channels);
  facts.sample_rate = static_cast<int>(rate);
  facts.bits = static_cast<int>(little(60, 4) == 8 ? 8 : 1);
  facts.duration_ms = static_cast<std::int64_t>(samples * 1000 / rate);
  facts.bitrate = static_cast<int>(rate * channels / 1000);
  Found found;
  auto at = static_cast<std::int64_t>(std::min<std::uint64_t>(little(20, 8), INT64_MAX));
  if (at >= 80 && at < file.size()) {
    TagStream stream(file, at, file.size());
#if TAGLIB_MAJOR_VERSION >= 2
    TagLib::MPEG::File tag(&stream, false);
#else
    TagLib::MPEG::File tag(&stream, TagLib::ID3v2::FrameFactory::instance(), false);
#endif
    add_id3v2(tag.ID3v2Tag(), found);
  }
  return finish(found, std::move(facts), with_picture);
}

}  // namespace

Result<Parsed> parse_tags(BlockFile& file, Container container, bool with_picture) {
  try {
    if (container == Container::dsf) return parse_dsf(file, with_picture);
    TagStream stream(file, 0, file.size());
    auto opened = open_tag_file(&stream, container);
    if (opened == nullptr) return no_audio();
    auto facts = facts_of(*opened, container);
    if (!facts) return std::unexpected(facts.error());
    // An encoder that could not seek back leaves the stream's length at 0.
    if (container == Container::ogg_flac && facts->duration_ms == 0)
      facts->duration_ms = last_granule(file) * 1000 / facts->sample_rate;
    Found found;
    collect(*opened, container, found);
    return finish(found, std::move(*facts), with_picture);
  } catch (const std::exception& problem) {
    return fail(Code::corrupt, std::string("its tags cannot be read: ") + problem.what());
  }
}

}  // namespace tutti::shell::detail
