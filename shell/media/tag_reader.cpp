#include "shell/media/tag_reader.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include "shell/loop/files.hpp"
#include "shell/loop/loop.hpp"
#include "shell/media/tag_fields.hpp"

namespace tutti::shell {
namespace {

constexpr std::int64_t kImageBytes = 32 * 1024 * 1024;
constexpr std::int64_t kLrcBytes = 1024 * 1024;
constexpr std::int64_t kSettledNs = 2'000'000'000;

library::FileStamp stamp_at(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return {-1, 0};
  return {static_cast<std::int64_t>(info.st_size),
          std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
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

// Whether the directory and its cover are as they were. Where a change would leave no trace, for
// the file system tells times apart no better (FAT: 2 s), nobody can know.
bool FolderCompanions::is_current() const {
  if (!settled_ || stamp_at(looked_at_) != directory_) return false;
  return names_.cover().empty() || stamp_at(looked_at_ + "/" + names_.cover()) == cover_stamp_;
}

void FolderCompanions::look(const std::string& directory_path) {
  if (looked_at_ == directory_path && is_current()) return;
  looked_at_ = directory_path;
  names_.clear();
  cover_ = {};
  cover_stamp_ = {};
  settled_ = false;
  directory_ = stamp_at(directory_path);
  DIR* dir = ::opendir(directory_path.c_str());
  if (dir == nullptr) return;
  while (dirent* entry = ::readdir(dir)) names_.add(entry->d_name);
  ::closedir(dir);
  names_.sort();
  if (!names_.cover().empty()) {
    std::string path = directory_path + "/" + names_.cover();
    cover_stamp_ = stamp_at(path);
    if (auto bytes = whole_file(path, kImageBytes)) cover_ = artwork_key(as_bytes(*bytes));
  }
  std::int64_t now_ns = clock_now().wall.us * 1000;
  auto is_settled = [&](const library::FileStamp& stamp) {
    std::int64_t age = now_ns - stamp.mtime_ns;
    return age < 0 || age > kSettledNs;
  };
  settled_ = is_settled(directory_) && is_settled(cover_stamp_);
}

library::ArtworkKey FolderCompanions::cover(const std::string& directory_path) {
  look(directory_path);
  return cover_;
}

std::string FolderCompanions::cover_path(const std::string& directory_path) {
  look(directory_path);
  return cover_ ? directory_path + "/" + names_.cover() : std::string();
}

std::string FolderCompanions::lrc(const std::string& directory_path, std::string_view track_name) {
  look(directory_path);
  std::string_view name = names_.lyrics(track_name);
  if (name.empty()) return {};
  return whole_file(directory_path + "/" + std::string(name), kLrcBytes).value_or("");
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
