// How each format keeps the picture of the front cover. All but MP4 and APE number their pictures
// as ID3v2.4 section 4.14 does: 3 is the front.
#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/apetag.h>
#include <taglib/asffile.h>
#include <taglib/asfpicture.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4coverart.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>
#include <taglib/xiphcomment.h>

#include "shell/media/image.hpp"
#include "shell/media/tag_file.hpp"

namespace tutti::shell::detail {
namespace {

struct Cover {
  TagLib::ByteVector bytes;
  TagLib::String mime;
  ImageKind kind;
};

// Of what holds FLAC's pictures: the file, or a comment.
template <class Holder>
void remove_fronts(Holder& holder) {
  auto pictures = holder.pictureList();  // a copy: the loop takes from the original
  for (TagLib::FLAC::Picture* each : pictures)
    if (each->type() == TagLib::FLAC::Picture::FrontCover) holder.removePicture(each, true);
}

template <class Holder>
void set_in_xiph(Holder& holder, const Cover& cover) {
  remove_fronts(holder);
  auto* picture = new TagLib::FLAC::Picture;  // the holder takes it
  picture->setType(TagLib::FLAC::Picture::FrontCover);
  picture->setMimeType(cover.mime);
  picture->setData(cover.bytes);
  holder.addPicture(picture);
}

void set_in_id3v2(TagLib::ID3v2::Tag& tag, const Cover& cover) {
  using Apic = TagLib::ID3v2::AttachedPictureFrame;
  auto frames = tag.frameList("APIC");
  for (TagLib::ID3v2::Frame* each : frames) {
    auto* apic = dynamic_cast<Apic*>(each);
    if (apic != nullptr && apic->type() == Apic::FrontCover) tag.removeFrame(apic);
  }
  auto* frame = new Apic;  // the tag takes it
  frame->setType(Apic::FrontCover);
  frame->setMimeType(cover.mime);
  frame->setPicture(cover.bytes);
  tag.addFrame(frame);
}

// The first of the list is the cover; there are no types.
bool set_in_mp4(TagLib::MP4::Tag& tag, const Cover& cover) {
  if (cover.kind == ImageKind::webp) return false;
  TagLib::MP4::CoverArtList covers = tag.item("covr").toCoverArtList();
  if (!covers.isEmpty()) covers.erase(covers.begin());
  auto format =
      cover.kind == ImageKind::png ? TagLib::MP4::CoverArt::PNG : TagLib::MP4::CoverArt::JPEG;
  covers.prepend(TagLib::MP4::CoverArt(format, cover.bytes));
  tag.setItem("covr", covers);
  return true;
}

void set_in_asf(TagLib::ASF::Tag& tag, const Cover& cover) {
  TagLib::ASF::AttributeList kept;
  for (const TagLib::ASF::Attribute& each : tag.attribute("WM/Picture"))
    if (each.toPicture().type() != TagLib::ASF::Picture::FrontCover) kept.append(each);
  TagLib::ASF::Picture picture;
  picture.setType(TagLib::ASF::Picture::FrontCover);
  picture.setMimeType(cover.mime);
  picture.setPicture(cover.bytes);
  kept.append(TagLib::ASF::Attribute(picture));
  tag.setAttribute("WM/Picture", kept);
}

// A file name stands before the image, of which only the ending says something.
void set_in_ape(TagLib::APE::Tag& tag, const Cover& cover) {
  std::string name = "cover." + std::string(mime_type(cover.kind).substr(6));
  TagLib::ByteVector value(name.c_str(), static_cast<unsigned>(name.size() + 1));
  value.append(cover.bytes);
  tag.setItem("COVER ART (FRONT)", TagLib::APE::Item("COVER ART (FRONT)", value, true));
}

bool set(TagLib::File& file, const Cover& cover) {
  if (auto* mp3 = dynamic_cast<TagLib::MPEG::File*>(&file)) {
    set_in_id3v2(*mp3->ID3v2Tag(true), cover);
  } else if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(&file)) {
    if (flac->hasXiphComment()) remove_fronts(*flac->xiphComment());
    set_in_xiph(*flac, cover);
  } else if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file)) {
    return set_in_mp4(*mp4->tag(), cover);
  } else if (auto* asf = dynamic_cast<TagLib::ASF::File*>(&file)) {
    set_in_asf(*asf->tag(), cover);
  } else if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(&file)) {
    set_in_id3v2(*wav->ID3v2Tag(), cover);
  } else if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::File*>(&file)) {
    set_in_id3v2(*aiff->tag(), cover);
  } else if (auto* wavpack = dynamic_cast<TagLib::WavPack::File*>(&file)) {
    set_in_ape(*wavpack->APETag(true), cover);
  } else if (auto* ape = dynamic_cast<TagLib::APE::File*>(&file)) {
    set_in_ape(*ape->APETag(true), cover);
  } else if (auto* xiph = dynamic_cast<TagLib::Ogg::XiphComment*>(file.tag())) {
    set_in_xiph(*xiph, cover);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<void> set_cover(TagLib::File& file, std::string_view image) {
  auto info = probe_image(image);
  if (!info) return std::unexpected(info.error());
  std::string mime(mime_type(info->kind));
  Cover cover{{image.data(), static_cast<unsigned>(image.size())}, mime, info->kind};
  if (set(file, cover)) return {};
  return fail(Code::unsupported, "tags of this format cannot hold a cover of the kind " + mime);
}

}  // namespace tutti::shell::detail
