// TagLib's writing side.
#include <taglib/asffile.h>
#include <taglib/mp4file.h>
#include <taglib/tfilestream.h>
#include <taglib/tpropertymap.h>

#include <exception>
#include <optional>

#include "shell/media/tag_fields.hpp"
#include "shell/media/tag_file.hpp"
#include "shell/media/tag_writer.hpp"

namespace tutti::shell::detail {

using library::TagEdit;
using library::TagField;

namespace {

// As Picard writes it.
std::string_view property_of(TagField field) {
  switch (field) {
    case TagField::title: return "TITLE";
    case TagField::album: return "ALBUM";
    case TagField::artist: return "ARTIST";
    case TagField::artists: return "ARTISTS";
    case TagField::album_artist: return "ALBUMARTIST";
    case TagField::composer: return "COMPOSER";
    case TagField::genre: return "GENRE";
    case TagField::title_sort: return "TITLESORT";
    case TagField::album_sort: return "ALBUMSORT";
    case TagField::artist_sort: return "ARTISTSORT";
    case TagField::album_artist_sort: return "ALBUMARTISTSORT";
    case TagField::track: return "TRACKNUMBER";
    case TagField::disc: return "DISCNUMBER";
    case TagField::disc_subtitle: return "DISCSUBTITLE";
    case TagField::date: return "DATE";
    case TagField::original_date: return "ORIGINALDATE";
    case TagField::compilation: return "COMPILATION";
    case TagField::comment: return "COMMENT";
    case TagField::copyright: return "COPYRIGHT";
    case TagField::lyrics: return "LYRICS";
    case TagField::track_gain: return "REPLAYGAIN_TRACK_GAIN";
    case TagField::album_gain: return "REPLAYGAIN_ALBUM_GAIN";
    case TagField::track_peak: return "REPLAYGAIN_TRACK_PEAK";
    case TagField::album_peak: return "REPLAYGAIN_ALBUM_PEAK";
    case TagField::mb_recording: return "MUSICBRAINZ_TRACKID";
    case TagField::mb_release: return "MUSICBRAINZ_ALBUMID";
    case TagField::mb_release_group: return "MUSICBRAINZ_RELEASEGROUPID";
    case TagField::mb_artist: return "MUSICBRAINZ_ARTISTID";
    case TagField::mb_album_artist: return "MUSICBRAINZ_ALBUMARTISTID";
  }
  return "";  // no field: a peer that does not speak as it should
}

TagLib::StringList list_of(const std::vector<std::string>& values) {
  TagLib::StringList list;
  for (const std::string& value : values)
    list.append(TagLib::String(clean_text(value, kLyricsBytes, true), TagLib::String::UTF8));
  return list;
}

// "3/12" is one value everywhere but in Vorbis comments, which have a field for each.
void set_numbered(TagLib::PropertyMap& map, const TagEdit& edit, bool xiph) {
  const char* total = edit.field == TagField::track ? "TRACKTOTAL" : "DISCTOTAL";
  std::string name(property_of(edit.field));
  library::Numbered numbered = parse_numbered(edit.values.empty() ? "" : edit.values.front());
  map.erase(total);
  if (!xiph || numbered.total == 0) return map.replace(name, list_of(edit.values)), void();
  map.replace(name, TagLib::String(std::to_string(numbered.number)));
  map.replace(total, TagLib::String(std::to_string(numbered.total)));
}

// Fields that TagLib 1.13 has no item of MP4 for: Picard names them as in Vorbis comments.
void set_freeform(TagLib::MP4::Tag& tag, const TagEdit& edit, TagLib::PropertyMap& refused) {
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
void set_attribute(TagLib::ASF::Tag& tag, const TagEdit& edit, TagLib::PropertyMap& refused) {
  std::string name(property_of(edit.field));
  if (edit.field == TagField::artist) {  // the author of ASF is one text: the list stands beside it
    tag.removeItem("ARTISTS");
    if (edit.values.size() < 2) return;
    for (const TagLib::String& value : list_of(edit.values))
      tag.addAttribute("ARTISTS", TagLib::ASF::Attribute(value));
    return;
  }
  if (!refused.contains(name) && !edit.values.empty()) return;
  std::string key = edit.field == TagField::compilation ? "WM/IsCompilation" : name;
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

Result<void> apply(TagLib::File& file, bool xiph, const std::vector<TagEdit>& edits) {
  TagLib::PropertyMap map = file.properties();
  for (const TagEdit& edit : edits) {
    std::string name(property_of(edit.field));
    if (name.empty()) return fail(Code::unsupported, "this field cannot be edited");
    if (edit.values.empty()) map.erase(name);
    else if (edit.field == TagField::track || edit.field == TagField::disc)
      set_numbered(map, edit, xiph);
    else map.replace(name, list_of(edit.values));
  }
  TagLib::PropertyMap refused = file.setProperties(map);
  if (auto* asf = dynamic_cast<TagLib::ASF::File*>(&file)) {
    for (const TagEdit& edit : edits) set_attribute(*asf->tag(), edit, refused);
  }
  if (auto* mp4 = dynamic_cast<TagLib::MP4::File*>(&file)) {
    for (const TagEdit& edit : edits) set_freeform(*mp4->tag(), edit, refused);
  }
  for (const TagEdit& edit : edits) {
    if (!edit.values.empty() && refused.contains(std::string(property_of(edit.field))))
      return fail(Code::unsupported,
                  "tags of this format cannot hold " + std::string(property_of(edit.field)));
  }
  return {};
}

}  // namespace

Result<void> edit_in_place(const std::string& path, Container container,
                           const std::vector<TagEdit>& edits, std::string_view cover) {
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
