#include "shell/store/data_dir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>

namespace tutti::shell {

namespace fs = std::filesystem;

namespace {

constexpr int kLockPollMs = 20;

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || (fs::equivalent(a, b, error) && !error);
}

Result<fs::path> canonical(const std::string& path) {
  std::error_code error;
  fs::path absolute = fs::absolute(path, error);
  fs::path found = error ? fs::path{} : fs::weakly_canonical(absolute, error);
  if (error) return std::unexpected(errno_error(error.value(), "find " + path));
  return found.has_filename() ? found
                              : found.parent_path();  // a trailing slash leaves an empty last part
}

std::optional<int> read_pid(int fd) {
  char text[32];
  ssize_t n = ::pread(fd, text, sizeof text, 0);
  int pid = 0;
  if (n <= 0 || std::from_chars(text, text + n, pid).ec != std::errc{} || pid <= 0)
    return std::nullopt;
  return pid;
}

Result<void> make_dir(const std::string& path) {
  std::error_code error;
  fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error)
    return std::unexpected(errno_error(error.value(), "create the folder " + parent.string()));
  if (::mkdir(path.c_str(), 0700) == 0) return sync_dir(parent_of(path));
  if (errno != EEXIST) return std::unexpected(errno_error(errno, "create the folder " + path));
  if (!fs::is_directory(path, error)) {
    return fail(Code::conflict, path + " is not a folder", "choose another --data");
  }
  return {};
}

Error in_use(const std::string& path, std::optional<int> pid) {
  std::string who = pid ? fmt::format("process {}", *pid) : std::string("another process");
  return Error{Code::in_use, fmt::format("{} holds the data directory {}", who, path),
               "another tutti runs there: stop it, or choose another --data"};
}

Result<void> take(int fd, const std::string& path, int patience_ms) {
  for (int waited = 0;; waited += kLockPollMs) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return std::unexpected(errno_error(errno, "lock the data directory " + path));
    // At least one more look: lock_holder() of another process holds it for an instant.
    if (waited >= std::max(patience_ms, kLockPollMs))
      return std::unexpected(in_use(path, read_pid(fd)));
    ::usleep(kLockPollMs * 1000);
  }
}

}  // namespace

Result<void> check_outside(const std::string& data, std::span<const std::string> music_dirs) {
  auto where = canonical(data);
  if (!where) return std::unexpected(where.error());
  for (const std::string& music : music_dirs) {
    auto folder = canonical(music);
    if (!folder) return std::unexpected(folder.error());
    for (fs::path at = *where;; at = at.parent_path()) {
      if (same_place(at, *folder)) {
        return fail(
            Code::conflict,
            fmt::format("the data directory {} lies inside the music folder {}", data, music),
            "music folders are only read: choose a --data outside of them");
      }
      if (at == at.parent_path()) break;
    }
  }
  return {};
}

std::optional<int> lock_holder(const std::string& path) {
  Descriptor fd(::open((path + "/tutti.lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  // There is no way to ask but to try; a process that starts in this instant looks again (take()).
  if (!fd || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
  return read_pid(fd.get());
}

Result<DataDir> DataDir::lock(const std::string& path, int patience_ms) {
  if (path.empty())
    return fail(Code::bad_request, "the data directory has no name", "say --data DIR");
  std::string dir = path;
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();
  auto made = make_dir(dir);
  if (!made) return std::unexpected(made.error());
  std::string name = dir + "/tutti.lock";
  Descriptor fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return std::unexpected(errno_error(errno, "open " + name));
  auto taken = take(fd.get(), dir, patience_ms);
  if (!taken) return std::unexpected(taken.error());
  std::string pid = fmt::format("{}\n", ::getpid());
  // For people only: the lock holds without it, so a full disk does not keep the server from
  // starting.
  if (::ftruncate(fd.get(), 0) == 0) (void)!::pwrite(fd.get(), pid.data(), pid.size(), 0);
  return DataDir(std::move(dir), std::move(fd));
}

DataDir::~DataDir() {
  if (fd_) (void)!::ftruncate(fd_.get(), 0);
}

std::string DataDir::file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

Result<std::string> DataDir::backups() const {
  std::string dir = file("backups");
  if (::mkdir(dir.c_str(), 0700) == 0) {
    auto durable = sync_dir(path_);
    if (!durable) return std::unexpected(durable.error());
  } else if (errno != EEXIST) {
    return std::unexpected(errno_error(errno, "create the folder " + dir));
  }
  return dir;
}

int DataDir::sweep() const {
  int removed = 0;
  for (const std::string& dir : {path_, file("backups")}) {
    std::error_code error;
    for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
      if (!is_temp_name(it->path().filename().string())) continue;
      remove_quietly(it->path().string());
      ++removed;
    }
  }
  return removed;
}

}  // namespace tutti::shell
