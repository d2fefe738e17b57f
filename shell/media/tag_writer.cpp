#include "shell/media/tag_writer.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "core/library/scan.hpp"
#include "shell/loop/files.hpp"
#include "shell/media/tag_fields.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::shell {

using library::TagEdit;
using library::TagField;

namespace {

// What is compared before and after.
struct Seen {
  Container container = Container::unknown;
  library::FileStamp stamp;
  library::ContentId content;
  detail::Parsed parsed;
};

Result<Seen> look(const std::string& path, std::string_view name, Container container) {
  auto file = BlockFile::open(path);
  if (!file) return std::unexpected(file.error());
  Seen seen;
  seen.container = container == Container::unknown ? detect_container(*file, name) : container;
  auto parsed = detail::parse_tags(*file, seen.container, false);
  if (!parsed) return std::unexpected(parsed.error());
  seen.parsed = std::move(*parsed);
  seen.stamp = file->stamp();
  seen.content = content_id(*file, seen.container, seen.parsed.audio.codec);
  return seen;
}

// Copies of this file that an editor which was killed left behind.
void remove_leftovers(const std::string& path) {
  std::string folder = parent_of(path);
  std::string begin = path.substr(path.rfind('/') + 1) + ".tmp-";
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return;
  std::vector<std::string> found;
  while (dirent* entry = ::readdir(dir)) {
    std::string name = entry->d_name;
    if (!name.starts_with(begin) || !is_temp_name(name)) continue;
    pid_t owner = std::atoi(name.c_str() + begin.size());
    if (owner == ::getpid() || (::kill(owner, 0) != 0 && errno == ESRCH)) found.push_back(name);
  }
  ::closedir(dir);
  for (const std::string& name : found) remove_quietly(folder + "/" + name);
}

Result<void> copy_rights(const std::string& from, const std::string& to) {
  struct stat info{};
  if (::stat(from.c_str(), &info) != 0) return std::unexpected(errno_error(errno, "read " + from));
  // The owner first: changing it takes special bits away. Only root may give files away.
  if (::chown(to.c_str(), info.st_uid, info.st_gid) != 0 && errno != EPERM)
    return std::unexpected(errno_error(errno, "give the owner to " + to));
  if (::chmod(to.c_str(), info.st_mode & 07777) != 0)
    return std::unexpected(errno_error(errno, "set the mode of " + to));
  return {};
}

// The value a field was given, as tags_of would clean it.
bool holds(const library::Tags& tags, const TagEdit& edit) {
  std::string first = edit.values.empty() ? "" : clean_text(edit.values.front(), kTextBytes);
  switch (edit.field) {
    case TagField::title: return tags.title == first;
    case TagField::album: return tags.album == first;
    case TagField::artist: return edit.values.empty() || !tags.artists.empty();
    case TagField::track: return tags.track.number == parse_numbered(first).number;
    case TagField::disc: return tags.disc.number == parse_numbered(first).number;
    case TagField::date: return tags.date == parse_date(first);
    default: return true;
  }
}

Result<void> edit_copy(const std::string& path, const std::string& copy, const Seen& before,
                       const std::vector<TagEdit>& edits, std::string_view cover) {
  if (auto done = copy_file_durably(path, copy); !done) return done;
  if (auto done = detail::edit_in_place(copy, before.container, edits, cover); !done) return done;
  auto after = look(copy, {}, before.container);
  if (!after) return std::unexpected(after.error());
  bool sound = after->content == before.content;
  for (const TagEdit& edit : edits) sound = sound && holds(after->parsed.tags, edit);
  if (!cover.empty()) sound = sound && after->parsed.picture_key == artwork_key(as_bytes(cover));
  if (!sound)
    return fail(Code::corrupt, "the edited copy does not hold what it should; nothing was changed",
                "this format may not take these values");
  if (auto done = copy_rights(path, copy); !done) return done;
  if (auto done = sync_file(copy); !done) return done;
  auto now = BlockFile::open(path);
  if (!now) return std::unexpected(now.error());
  if (now->stamp() != before.stamp)
    return fail(Code::stale, "the file was changed by another program; nothing was written",
                "look at it again");
  return rename_durably(copy, path, true);
}

}  // namespace

Result<void> write_tags(const std::string& linked, const std::vector<TagEdit>& edits,
                        std::string_view cover) {
  // What a link names is edited; the link stays.
  char* real = ::realpath(linked.c_str(), nullptr);
  if (real == nullptr)
    return std::unexpected(errno_error(errno, "read " + library::display_text(linked)));
  std::string path = real;
  ::free(real);
  auto before = look(path, path, Container::unknown);
  if (!before) return std::unexpected(before.error());
  remove_leftovers(path);
  std::string copy = temp_name(path);
  auto done = edit_copy(path, copy, *before, edits, cover);
  if (!done) remove_quietly(copy);
  return done;
}

}  // namespace tutti::shell
