#include "shell/media/tag_reader.hpp"

#include <dirent.h>

#include <algorithm>
#include <array>

#include "shell/loop/files.hpp"
#include "shell/media/tag_fields.hpp"

namespace tutti::shell {
namespace {

constexpr std::int64_t kImageBytes = 32 * 1024 * 1024;
constexpr std::int64_t kLrcBytes = 1024 * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// How good a cover's name is, 0 best; -1: no cover.
int cover_rank(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kStems{"cover", "folder", "front"};
  static constexpr std::array<std::string_view, 4> kEndings{".jpg", ".jpeg", ".png", ".webp"};
  if (name.size() > 12) return -1;
  std::string plain = lower(name);
  for (std::size_t s = 0; s < kStems.size(); ++s)
    for (std::size_t e = 0; e < kEndings.size(); ++e)
      if (plain.starts_with(kStems[s]) && plain.substr(kStems[s].size()) == kEndings[e])
        return static_cast<int>(s * kEndings.size() + e);
  return -1;
}

Result<std::string> whole_file(const std::string& path, std::int64_t most) {
  auto file = BlockFile::open(path);
  if (!file) return std::unexpected(file.error());
  if (file->size() > most)
    return fail(Code::too_large, library::display_text(path) + " is larger than it may be");
  std::string bytes(static_cast<std::size_t>(file->size()), '\0');
  bytes.resize(file->read(0, std::as_writable_bytes(std::span(bytes))));
  if (file->failed()) return fail(Code::io, "cannot read " + library::display_text(path));
  return bytes;
}

}  // namespace

void FolderCompanions::look(const std::string& directory_path) {
  if (looked_at_ == directory_path && !looked_at_.empty()) return;
  looked_at_ = directory_path;
  cover_name_.clear();
  cover_ = {};
  lrc_names_.clear();
  DIR* dir = ::opendir(directory_path.c_str());
  if (dir == nullptr) return;
  int best = -1;
  while (dirent* entry = ::readdir(dir)) {
    std::string_view name = entry->d_name;
    if (name.size() > 4 && lower(name.substr(name.size() - 4)) == ".lrc")
      lrc_names_.emplace_back(name);
    int rank = cover_rank(name);
    if (rank < 0 || (best >= 0 && rank >= best)) continue;
    best = rank;
    cover_name_ = name;
  }
  ::closedir(dir);
  std::sort(lrc_names_.begin(), lrc_names_.end());
  if (cover_name_.empty()) return;
  if (auto bytes = whole_file(cover_path(directory_path), kImageBytes))
    cover_ = artwork_key(as_bytes(*bytes));
  else cover_name_.clear();
}

library::ArtworkKey FolderCompanions::cover(const std::string& directory_path) {
  look(directory_path);
  return cover_;
}

std::string FolderCompanions::cover_path(const std::string& directory_path) {
  look(directory_path);
  return cover_name_.empty() ? std::string() : directory_path + "/" + cover_name_;
}

std::string FolderCompanions::lrc(const std::string& directory_path, std::string_view track_name) {
  look(directory_path);
  std::string stem(track_name.substr(0, track_name.rfind('.')));
  for (const char* ending : {".lrc", ".LRC", ".Lrc"}) {
    if (!std::binary_search(lrc_names_.begin(), lrc_names_.end(), stem + ending)) continue;
    return whole_file(directory_path + "/" + stem + ending, kLrcBytes).value_or("");
  }
  return {};
}

Result<MediaRecord> TagReader::read(const std::string& directory_path, const std::string& name,
                                    bool with_picture) {
  auto file = BlockFile::open(directory_path + "/" + name);
  if (!file) return std::unexpected(file.error());
  if (file->size() == 0) return fail(Code::corrupt, "the file is empty");
  Container container = detect_container(*file, name);
  if (container == Container::unknown)
    return fail(Code::unsupported, "this is no audio file that tutti knows");
  auto parsed = detail::parse_tags(*file, container, with_picture);
  if (file->failed()) return fail(Code::io, "the disk fails while it is read", "check the disk");
  if (!parsed) return std::unexpected(parsed.error());
  MediaRecord record;
  record.stamp = file->stamp();
  record.content = content_id(*file, container, parsed->audio.codec);
  record.audio = std::move(parsed->audio);
  record.tags = std::move(parsed->tags);
  record.artwork = parsed->picture_key;
  record.picture = std::move(parsed->picture);
  if (!record.artwork) record.artwork = companions_.cover(directory_path);
  if (std::string lrc = companions_.lrc(directory_path, name); !lrc.empty()) {
    std::string text = clean_text(lrc, kLyricsBytes, true);
    // A file beside the track is the user's own choice: it goes over what is embedded.
    (is_synced(text) ? record.tags.synced_lyrics : record.tags.lyrics) = std::move(text);
  }
  if (file->stamp_now() != record.stamp)
    return fail(Code::stale, "it changes while it is read", "it is read again with the next scan");
  return record;
}

Result<std::string> read_artwork(const std::string& directory_path, const std::string& name) {
  TagReader reader;
  auto record = reader.read(directory_path, name, true);
  if (record && !record->picture.empty()) return std::move(record->picture);
  FolderCompanions companions;
  std::string path = companions.cover_path(directory_path);
  if (path.empty()) return fail(Code::not_found, "this track has no artwork");
  return whole_file(path, kImageBytes);
}

}  // namespace tutti::shell
