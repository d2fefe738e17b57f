#pragma once
// The data directory: who holds it, where things are in it, and that it is not among somebody's
// music.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "shell/store/files.hpp"

namespace tutti::shell {

// Refuses (conflict) a data directory that is, or lies inside, one of the music folders; symbolic
// links and bind mounts are seen through. Ask before lock(), which creates the directory.
Result<void> check_outside(const std::string& data, std::span<const std::string> music_dirs);

// The pid of the process that holds the directory; nothing when it is free or cannot be read.
std::optional<int> lock_holder(const std::string& path);

// The directory, held by this process until the value is destroyed or the process ends, however it
// ends. Thread: any one at a time.
class DataDir {
 public:
  // Creates the directory (mode 0700, also its parents) if it is missing and takes DIR/tutti.lock
  // (flock). Held by another: waits up to patience_ms, then in_use, which names the pid, the
  // directory and what to do.
  static Result<DataDir> lock(const std::string& path, int patience_ms = 0);

  DataDir(DataDir&&) noexcept = default;
  DataDir& operator=(DataDir&&) noexcept = default;
  ~DataDir();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;
  std::string house() const { return file("house.db"); }
  std::string library() const { return file("library.db"); }
  // DIR/backups, made (0700) at the first question.
  Result<std::string> backups() const;
  // Removes what a killed process left half made (*.tmp-PID). Returns how many.
  int sweep() const;

 private:
  DataDir(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Descriptor fd_;
};

}  // namespace tutti::shell
