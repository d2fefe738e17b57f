#include "shell/media/write_tags.hpp"

#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4coverart.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/opusfile.h>
#include <taglib/tpropertymap.h>

#include <exception>

namespace tutti::shell {
namespace {

TagLib::ByteVector bytes_of(const std::string& png) {
  return {png.data(), static_cast<unsigned>(png.size())};
}

TagLib::FLAC::Picture* flac_picture(const std::string& png) {
  auto* picture = new TagLib::FLAC::Picture;  // the file takes it
  picture->setType(TagLib::FLAC::Picture::FrontCover);
  picture->setMimeType("image/png");
  picture->setData(bytes_of(png));
  return picture;
}

void set_cover(TagLib::FLAC::File& file, const std::string& png) {
  file.removePictures();
  file.addPicture(flac_picture(png));
}

void set_cover(TagLib::Ogg::Opus::File& file, const std::string& png) {
  file.tag()->removeAllPictures();
  file.tag()->addPicture(flac_picture(png));
}

void set_cover(TagLib::MPEG::File& file, const std::string& png) {
  TagLib::ID3v2::Tag* tag = file.ID3v2Tag(true);
  tag->removeFrames("APIC");
  auto* frame = new TagLib::ID3v2::AttachedPictureFrame;  // the tag takes it
  frame->setType(TagLib::ID3v2::AttachedPictureFrame::FrontCover);
  frame->setMimeType("image/png");
  frame->setPicture(bytes_of(png));
  tag->addFrame(frame);
}

void set_cover(TagLib::MP4::File& file, const std::string& png) {
  TagLib::MP4::CoverArtList covers;
  covers.append(TagLib::MP4::CoverArt(TagLib::MP4::CoverArt::PNG, bytes_of(png)));
  file.tag()->setItem("covr", covers);
}

template <class File>
Result<void> write(const std::string& path, const TagLib::PropertyMap& tags,
                   const std::string& png) {
  File file(path.c_str());
  if (!file.isValid()) return fail(Code::io, path + ": cannot be read to be tagged");
  file.setProperties(tags);
  if (!png.empty()) set_cover(file, png);
  if (!file.save()) return fail(Code::io, path + ": its tags cannot be written");
  return {};
}

Result<void> dispatch(const std::string& path, const TagLib::PropertyMap& tags,
                      const std::string& png) {
  if (path.ends_with(".flac")) return write<TagLib::FLAC::File>(path, tags, png);
  if (path.ends_with(".mp3")) return write<TagLib::MPEG::File>(path, tags, png);
  if (path.ends_with(".opus")) return write<TagLib::Ogg::Opus::File>(path, tags, png);
  if (path.ends_with(".m4a")) return write<TagLib::MP4::File>(path, tags, png);
  return fail(Code::unsupported, path + ": only FLAC, MP3, Opus and M4A are tagged");
}

}  // namespace

Result<void> tag_file(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& tags,
                      const std::string& png) {
  try {
    TagLib::PropertyMap map;
    for (const auto& [name, value] : tags)
      map.insert(TagLib::String(name), TagLib::String(value, TagLib::String::UTF8));
    return dispatch(path, map, png);
  } catch (const std::exception& error) {
    return fail(Code::io, path + ": " + error.what());
  }
}

}  // namespace tutti::shell
