#include "shell/loop/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tutti::shell {

Error errno_error(int number, std::string_view what) {
  std::string text = fmt::format("cannot {}: {}", what, std::strerror(number));
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return {Code::no_space, std::move(text), "free space on this disk, then try again"};
    case EACCES:
    case EPERM:
      return {Code::forbidden, std::move(text), "let the user who runs tutti read and write there"};
    case EROFS:
      return {Code::io, std::move(text),
              "this file system is mounted read-only; choose another place"};
    case ENOENT: return {Code::not_found, std::move(text), "check the path"};
    case EEXIST: return {Code::conflict, std::move(text), "choose another name"};
    case EMFILE:
    case ENFILE:
      return {Code::overloaded, std::move(text), "raise the limit of open files (ulimit -n)"};
    default: return {Code::io, std::move(text), "check the disk (dmesg) and the path"};
  }
}

bool file_exists(const std::string& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0;
}

std::int64_t file_size(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::int64_t>(info.st_size) : 0;
}

std::int64_t free_bytes(const std::string& path) {
  struct statvfs info;
  if (::statvfs(path.c_str(), &info) != 0) return -1;
  return static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
}

std::string parent_of(const std::string& path) {
  auto slash = path.find_last_not_of('/');
  slash = slash == std::string::npos ? slash : path.find_last_of('/', slash);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temp_name(const std::string& path) {
  return fmt::format("{}.tmp-{}", path, ::getpid());
}

bool is_temp_name(std::string_view name) {
  auto at = name.rfind(".tmp-");
  if (at == std::string_view::npos || at + 5 == name.size()) return false;
  std::string_view rest = name.substr(at + 5);  // the pid, and what SQLite appends
  for (std::string_view suffix : {"-journal", "-wal", "-shm"}) {
    if (rest.ends_with(suffix)) rest.remove_suffix(suffix.size());
  }
  return !rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> sync_file(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return std::unexpected(errno_error(errno, "make durable " + path));
  return {};
}

Result<void> sync_dir(const std::string& dir) {
  Descriptor fd(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return std::unexpected(errno_error(errno, "open the folder " + dir));
  // Some file systems cannot fsync a folder and say EINVAL; their renames are ordered by
  // themselves.
  if (::fsync(fd.get()) != 0 && errno != EINVAL)
    return std::unexpected(errno_error(errno, "make durable " + dir));
  return {};
}

Result<void> rename_durably(const std::string& from, const std::string& to, bool overwrite) {
  int done = -1;
  if (!overwrite) {
    done = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (done != 0 &&
        (errno == EINVAL || errno == ENOSYS)) {  // a file system without it: look, then rename
      if (file_exists(to)) errno = EEXIST;
      else overwrite = true;
    }
  }
  if (overwrite) done = ::rename(from.c_str(), to.c_str());
  if (done != 0) return std::unexpected(errno_error(errno, "rename to " + to));
  return sync_dir(parent_of(to));
}

Result<void> create_private(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return std::unexpected(errno_error(errno, "create " + path));
  return {};
}

static bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<void> copy_file_durably(const std::string& from, const std::string& to) {
  Descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return std::unexpected(errno_error(errno, "read " + from));
  Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out) return std::unexpected(errno_error(errno, "create " + to));
  std::string block(1 << 18, '\0');
  bool ok = true;
  for (;;) {
    ssize_t n = ::read(in.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    ok = n == 0 || (n > 0 && write_all(out.get(), std::string_view(block).substr(
                                                      0, static_cast<std::size_t>(n))));
    if (!ok || n == 0) break;
  }
  if (ok && ::fsync(out.get()) == 0) return sync_dir(parent_of(to));
  Error error = errno_error(errno, fmt::format("copy {} to {}", from, to));
  remove_quietly(to);
  return std::unexpected(error);
}

Result<void> write_file_atomic(const std::string& path, std::string_view content, unsigned mode) {
  std::string temp = temp_name(path);
  remove_quietly(temp);  // of an earlier process that had our number
  Descriptor fd(::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return std::unexpected(errno_error(errno, "create " + temp));
  if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0) {
    Error error = errno_error(errno, "write " + path);
    remove_quietly(temp);
    return std::unexpected(error);
  }
  auto renamed = rename_durably(temp, path, true);
  if (!renamed) remove_quietly(temp);
  return renamed;
}

void remove_quietly(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace tutti::shell
