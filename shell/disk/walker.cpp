#include "shell/disk/walker.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "core/library/companions.hpp"
#include "shell/loop/files.hpp"
#include "shell/loop/loop.hpp"

namespace tutti::shell {

using library::display_text;
using library::WalkSlice;

struct Walker::Listing {
  library::ListedDirectory found;
  library::Companions companions;
  std::vector<std::string> folders;
};

namespace {

// A directory of this process's making, so deep that the stack of levels would be a concern.
constexpr std::size_t kLevels = 512;

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

library::FileStamp stamp_of(const struct stat& info) {
  return {static_cast<std::int64_t>(info.st_size),
          std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

void note(WalkSlice& slice, const std::string& path, int number, std::string_view what) {
  slice.problems.push_back(
      {path, errno_error(number, std::string(what) + " " + display_text(path))});
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view name) {
  std::string out(directory);
  if (!out.empty() && !name.empty() && !out.ends_with('/')) out += '/';
  return out += name;
}

Walker::Walker(std::string root, std::vector<library::WalkStart> starts)
    : root_path_(std::move(root)), starts_(std::move(starts)) {
  std::reverse(starts_.begin(), starts_.end());
}

bool Walker::open_root(WalkSlice& slice) {
  root_ = Descriptor(::open(root_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root_) return true;
  note(slice, "", errno, "open the folder");
  slice.root_gone = slice.finished = true;
  return false;
}

WalkSlice Walker::next(const WalkBudget& budget, const std::atomic<bool>& cancelled) {
  WalkSlice slice;
  if (!root_ && !open_root(slice)) return slice;
  ServerTime until = clock_now().mono + budget.time;
  std::size_t files = 0;
  while (!cancelled) {
    std::size_t before = slice.directories.size();
    if (levels_.empty()) {
      if (starts_.empty()) {
        slice.finished = true;
        break;
      }
      library::WalkStart start = std::move(starts_.back());
      starts_.pop_back();
      begin(start, slice);
    } else if (levels_.back().folders.empty()) {
      rules_.cut(levels_.back().rules);
      levels_.pop_back();
      continue;
    } else {
      std::string name = std::move(levels_.back().folders.back());
      levels_.back().folders.pop_back();
      enter(join_path(levels_.back().directory, name), slice);
    }
    if (slice.directories.size() > before) files += slice.directories.back().files.size() + 1;
    if (files >= budget.files || clock_now().mono >= until) break;
  }
  return slice;
}

// The ignore files above a start count for it too; one that is ignored itself, or gone, is passed.
void Walker::begin(const library::WalkStart& from, WalkSlice& slice) {
  rules_.cut(0);
  const std::string& start = from.directory;
  std::string above;
  for (std::size_t at = 0; !start.empty() && at < start.size();) {
    Descriptor fd(::openat(root_.get(), above.empty() ? "." : above.c_str(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd) read_rules(fd.get(), above);
    at = std::min(start.find('/', at), start.size());
    above = start.substr(0, at++);
    if (rules_.ignores(above, true)) {
      slice.passed.push_back(start);
      return;
    }
  }
  enter(start, slice);
  if (!from.deep && !levels_.empty()) levels_.back().folders.clear();
}

void Walker::enter(std::string directory, WalkSlice& slice) {
  if (hook_) hook_(directory);
  Descriptor fd(::openat(root_.get(), directory.empty() ? "." : directory.c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) {
    // Gone between being seen and being opened: it counts as not there, which is no problem.
    if (errno == ENOENT || errno == ENOTDIR) slice.passed.push_back(directory);
    else note(slice, directory, errno, "look into");
    return;
  }
  if (is_loop(info.st_dev, info.st_ino)) {
    slice.passed.push_back(std::move(directory));
    return;
  }
  if (levels_.size() >= kLevels) {
    note(slice, directory, ELOOP, "look into");
    return;
  }
  Level level{directory, {}, rules_.size(), info.st_dev, info.st_ino};
  Listing listing;
  listing.found.directory = std::move(directory);
  if (list(std::move(fd), level.directory, listing, slice)) {
    level.folders = std::move(listing.folders);
    slice.directories.push_back(std::move(listing.found));
  }
  levels_.push_back(std::move(level));
}

// False when the directory could not be read to its end: then nothing is said of it, since half a
// list would make the other half look removed.
bool Walker::list(Descriptor fd, const std::string& directory, Listing& listing, WalkSlice& slice) {
  std::unique_ptr<DIR, CloseDir> dir(::fdopendir(fd.get()));
  if (!dir) {
    note(slice, directory, errno, "look into");
    return false;
  }
  int own = fd.release();  // closedir closes it
  raw_.clear();
  bool rules = false;
  for (;;) {
    errno = 0;
    dirent* entry = ::readdir(dir.get());
    if (entry == nullptr) break;
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    rules = rules || name == library::kIgnoreFile;
    raw_.push_back({std::string(name), entry->d_type});
  }
  if (errno != 0) {
    note(slice, directory, errno, "read all of");
    return false;
  }
  // Where a disk is not mounted, its mount point is an empty directory.
  if (directory.empty() && raw_.empty()) slice.root_gone = true;
  if (rules) read_rules(own, directory);
  for (const RawEntry& entry : raw_) {
    if (!library::is_hidden_name(entry.name)) classify(own, directory, entry, listing, slice);
  }
  auto& files = listing.found.files;
  listing.companions.sort();
  for (library::ScanEntry& file : files) file.beside = listing.companions.mark(file.name);
  std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return a.name < b.name; });
  std::sort(listing.folders.rbegin(), listing.folders.rend());
  return true;
}

void Walker::classify(int fd, const std::string& directory, const RawEntry& entry, Listing& listing,
                      WalkSlice& slice) {
  const std::string& name = entry.name;
  bool audio = library::is_audio_name(name);
  struct stat info{};
  // Ignore rules do not count: they are about what is a track.
  if (library::is_companion_name(name) && ::fstatat(fd, name.c_str(), &info, 0) == 0 &&
      S_ISREG(info.st_mode))
    listing.companions.add(name, stamp_of(info));
  if (entry.type == DT_REG && !audio) return;
  bool is_folder = entry.type == DT_DIR;
  if (!is_folder) {
    if (entry.type != DT_REG && entry.type != DT_LNK && entry.type != DT_UNKNOWN) return;
    if (::fstatat(fd, name.c_str(), &info, 0) != 0) {
      // A link to nothing, or a file that has just gone, is not there.
      if (errno != ENOENT && (audio || errno != ELOOP))
        note(slice, join_path(directory, name), errno, "look at");
      return;
    }
    is_folder = S_ISDIR(info.st_mode);
    if (!is_folder && (!audio || !S_ISREG(info.st_mode))) return;
  }
  if (rules_.size() > 0 && rules_.ignores(join_path(directory, name), is_folder)) return;
  if (is_folder) listing.folders.push_back(name);
  else listing.found.files.push_back({name, stamp_of(info)});
}

void Walker::read_rules(int fd, const std::string& directory) {
  Descriptor file(::openat(fd, library::kIgnoreFile.data(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  std::string text(library::kIgnoreBytes, '\0');
  ssize_t n = ::pread(file.get(), text.data(), text.size(), 0);
  if (n > 0) rules_.add(directory, std::string_view(text).substr(0, static_cast<std::size_t>(n)));
}

bool Walker::is_loop(std::uint64_t device, std::uint64_t inode) const {
  return std::any_of(levels_.begin(), levels_.end(), [&](const Level& level) {
    return level.device == device && level.inode == inode;
  });
}

}  // namespace tutti::shell
