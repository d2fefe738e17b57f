#include "shell/app/playlist_files.hpp"

#include "shell/media/xspf.hpp"

namespace tutti::shell {

using library::PlaylistFormat;

Result<library::Request> with_entries(library::Request request) {
  auto* import = std::get_if<library::ImportPlaylist>(&request);
  if (import != nullptr && import->format == PlaylistFormat::xspf) {
    auto entries = read_xspf(import->text);
    if (!entries) return std::unexpected(entries.error());
    return library::ImportEntries{std::move(import->name), std::move(*entries), import->folder,
                                  std::move(import->directory)};
  }
  auto* wish = std::get_if<library::ExportPlaylist>(&request);
  if (wish != nullptr && wish->format == PlaylistFormat::xspf)
    return library::ExportEntries{wish->playlist, wish->folder, std::move(wish->directory)};
  return request;
}

library::Answer as_file(library::Answer answer) {
  auto* list = std::get_if<library::PlaylistEntries>(&answer);
  if (list == nullptr) return answer;
  std::string text = write_xspf(list->name, list->entries);
  return library::PlaylistText{std::move(list->name), std::move(text)};
}

}  // namespace tutti::shell
