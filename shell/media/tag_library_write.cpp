// TagLib's writing side.
#include <taglib/asffile.h>
#include <taglib/mp4file.h>
#include <taglib/tfilestream.h>
#include <taglib/tpropertymap.h>

#include <exception>
#include <optional>

#include "shell/media/tag_file.hpp"
#include "shell/media/tag_writer.hpp"

namespace tutti::shell::detail {
namespace {

// As Picard writes it; "" for what is not for people to edit.
std::string_view property_of(Field field) {
  switch (field) {
    case Field::title: return "TITLE";
    case Field::album: return "ALBUM";
    case Field::artist: return "ARTIST";
    case Field::artists: return "ARTISTS";
    case Field::album_artist: return "ALBUMARTIST";
    case Field::composer: return "COMPOSER";
    case Field::genre: return "GENRE";
    case Field::title_sort: return "TITLESORT";
    case Field::album_sort: return "ALBUMSORT";
    case Field::artist_sort: return "ARTISTSORT";
    case Field::album_artist_sort: return "ALBUMARTISTSORT";
    case Field::track: return "TRACKNUMBER";
    case Field::disc: return "DISCNUMBER";
    case Field::disc_subtitle: return "DISCSUBTITLE";
    case Field::date: return "DATE";
    case Field::original_date: return "ORIGINALDATE";
    case Field::compilation: return "COMPILATION";
    case Field::comment: return "COMMENT";
    case Field::copyright: return "COPYRIGHT";
    case Field::lyrics: return "LYRICS";
    case Field::track_gain: return "REPLAYGAIN_TRACK_GAIN";
    case Field::album_gain: return "REPLAYGAIN_ALBUM_GAIN";
    case Field::track_peak: return "REPLAYGAIN_TRACK_PEAK";
    case Field::album_peak: return "REPLAYGAIN_ALBUM_PEAK";
    case Field::mb_recording: return "MUSICBRAINZ_TRACKID";
    case Field::mb_release: return "MUSICBRAINZ_ALBUMID";
    case Field::mb_release_group: return "MUSICBRAINZ_RELEASEGROUPID";
    case Field::mb_artist: return "MUSICBRAINZ_ARTISTID";
    case Field::mb_album_artist: return "MUSICBRAINZ_ALBUMARTISTID";
    default: return "";
  }
}

TagLib::StringList list_of(const std::vector<std::string>& values) {
  TagLib::StringList list;
  for (const std::string& value : values)
    list.append(TagLib::String(clean_text(value, kLyricsBytes, true), TagLib::String::UTF8));
  return list;
}

// "3/12" is one value everywhere but in Vorbis comments, which have a field for each.
void set_numbered(TagLib::PropertyMap& map, const FieldEdit& edit, bool xiph) {
  const char* total = edit.field == Field::track ? "TRACKTOTAL" : "DISCTOTAL";
  std::string name(property_of(edit.field));
  library::Numbered numbered = parse_numbered(edit.values.empty() ? "" : edit.values.front());
  map.erase(total);
  if (!xiph || numbered.total == 0) return map.replace(name, list_of(edit.values)), void();
  map.replace(name, TagLib::String(std::to_string(numbered.number)));
  map.replace(total, TagLib::String(std::to_string(numbered.total)));
}

// Fields that TagLib 1.13 has no item of MP4 for: Picard names them as in Vorbis comments.
void set_freeform(TagLib::MP4::Tag& tag, const FieldEdit& edit, TagLib::PropertyMap& refused) {
  std::string name(property_of(edit.field));
  if (!refused.contains(name) && !edit.values.empty()) return;
  std::string lower = name;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const std::string& each : {name, lower}) tag.removeItem("----:com.apple.iTunes:" + each);
  if (edit.values.empty()) return;
  tag.setItem("----:com.apple.iTunes:" + lower, TagLib::MP4::Item(list_of(edit.values)));
  refused.erase(name);
}

// The same for ASF, whose attributes have any name; Picard's appendix has one of Microsoft's here.
void set_attribute(TagLib::ASF::Tag& tag, const FieldEdit& edit, TagLib::PropertyMap& refused) {
  std::string name(property_of(edit.field));
  if (edit.field == Field::artist) {  // the author of ASF is one text: the list stands beside it
    tag.removeItem("ARTISTS");
    if (edit.values.size() < 2) return;
    for (const TagLib::String& value : list_of(edit.values))
      tag.addAttribute("ARTISTS", TagLib::ASF::Attribute(value));
    return;
  }
  if (!refused.contains(name) && !edit.values.empty()) return;
  std::string key = edit.field == Field::compilation ? "WM/IsCompilation" : name;
  tag.removeItem(key);
  if (edit.values.empty()) return;
  for (const TagLib::String& value : list_of(edit.values))
    tag.addAttribute(key, TagLib::ASF::Attribute(value));
  refused.erase(name);
}

bool has_xiph(Container container) {
  return container == Container::flac || container == Container::ogg_vorbis ||
         container == Container::ogg_opus || container == Container::ogg_flac ||
         container == Container::ogg_speex;
}

Result<void> apply(TagLib::File& file, bool xiph, const std::vector<FieldEdit>& edits) {
  TagLib::PropertyMap map = file.properties();
  for (const FieldEdit& edit : edits) {
    std::string name(property_of(edit.field));
    if (name.empty()) return fail(Code::unsupported, "this field cannot be edited");
    if (edit.values.empty()) map.erase(name);
    else if (edit.field == Field::track || edit.field == Field::disc) set_numbered(map, edit, xiph);
    else map.replace(name, list_of(edit.values));
  }
  TagLib::PropertyMap refused = file.setProperties(map);
  if (auto* asf = dynamic_cast<TagLib::ASF::File*>(&file)) {
    for (const FieldEdit& edit : edits) set_attribute(*asf->tag(), edit, refused);
  }
  if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file)) {
    for (const FieldEdit& edit : edits) set_freeform(*mp4->tag(), edit, refused);
  }
  for (const FieldEdit& edit : edits) {
    if (!edit.values.empty() && refused.contains(std::string(property_of(edit.field))))
      return fail(Code::unsupported,
                  "tags of this format cannot hold " + std::string(property_of(edit.field)));
  }
  return {};
}

}  // namespace

Result<void> edit_in_place(const std::string& path, Container container,
                           const std::vector<FieldEdit>& edits, std::string_view cover) {
  try {
    TagLib::FileStream stream(path.c_str());
    if (!stream.isOpen() || stream.readOnly())
      return fail(Code::forbidden, "the copy of the file cannot be written");
    auto file = open_tag_file(&stream, container);
    if (file == nullptr) return fail(Code::unsupported, "tags of this format cannot be written");
    if (auto done = apply(*file, has_xiph(container), edits); !done) return done;
    if (!cover.empty()) {
      if (auto done = set_cover(*file, cover); !done) return done;
    }
    if (!file->save())
      return fail(Code::io, "the tags could not be written", "is there room on the disk?");
    return {};
  } catch (const std::exception& problem) {
    return fail(Code::corrupt, std::string("its tags cannot be written: ") + problem.what());
  }
}

}  // namespace tutti::shell::detail
