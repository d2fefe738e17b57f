#include "shell/media/xspf.hpp"

#include <pugixml.hpp>

#include "core/library/m3u.hpp"

namespace tutti::shell {

namespace {

struct StringWriter final : pugi::xml_writer {
  std::string out;
  void write(const void* data, std::size_t size) override {
    out.append(static_cast<const char*>(data), size);
  }
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// A relative reference is a path in percent encoding; what cannot be decoded fits no track.
std::string path_of(std::string_view location) {
  std::string path;
  bool address = location.find("://") != location.npos;
  if (address || !library::percent_decode(location, path)) return std::string(location);
  return path;
}

library::PlaylistEntry entry_of(const pugi::xml_node& track) {
  library::PlaylistEntry entry;
  entry.path = path_of(trim(track.child_value("location")));
  entry.title = trim(track.child_value("title"));
  entry.artist = trim(track.child_value("creator"));
  entry.duration_ms = track.child("duration").text().as_llong(0);
  if (entry.duration_ms < 0) entry.duration_ms = 0;
  if (entry.path.empty()) entry.path = entry.title;
  return entry;
}

void add_text(pugi::xml_node& node, const char* name, const std::string& text) {
  if (!text.empty()) node.append_child(name).text().set(text.c_str());
}

}  // namespace

Result<std::vector<library::PlaylistEntry>> read_xspf(std::string_view text) {
  if (text.size() > library::kImportBytes)
    return fail(Code::too_large, "the playlist is too large");
  pugi::xml_document document;
  // The document type is passed over: no entity but the five of XML is ever expanded.
  auto parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default & ~pugi::parse_doctype);
  if (!parsed) {
    return fail(Code::bad_request, std::string("the playlist is no XML: ") + parsed.description() +
                                       " at byte " + std::to_string(parsed.offset));
  }
  pugi::xml_node list = document.child("playlist").child("trackList");
  if (!list) return fail(Code::bad_request, "the file is no XSPF playlist: it has no trackList");
  std::vector<library::PlaylistEntry> out;
  for (const pugi::xml_node& track : list.children("track")) {
    if (out.size() == library::kM3uEntries)
      return fail(Code::too_large, "the playlist has too many entries");
    out.push_back(entry_of(track));
  }
  return out;
}

std::string write_xspf(const std::string& name,
                       const std::vector<library::PlaylistEntry>& entries) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node playlist = document.append_child("playlist");
  playlist.append_attribute("version") = "1";
  playlist.append_attribute("xmlns") = "http://xspf.org/ns/0/";
  add_text(playlist, "title", name);
  pugi::xml_node list = playlist.append_child("trackList");
  for (const library::PlaylistEntry& entry : entries) {
    if (entry.path.empty()) continue;
    pugi::xml_node track = list.append_child("track");
    std::string location = library::percent_encode(entry.path);
    add_text(track, "location", entry.path.starts_with('/') ? "file://" + location : location);
    add_text(track, "title", entry.title);
    add_text(track, "creator", entry.artist);
    if (entry.duration_ms > 0)
      track.append_child("duration").text() = static_cast<long long>(entry.duration_ms);
  }
  StringWriter writer;
  document.save(writer, "  ", pugi::format_default, pugi::encoding_utf8);
  return std::move(writer.out);
}

}  // namespace tutti::shell
