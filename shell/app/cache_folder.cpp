#include "shell/app/cache_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

namespace tutti::shell {
namespace {

namespace fs = std::filesystem;
// What is being written is younger; what is older was left by a server that was killed.
constexpr std::chrono::hours kAbandoned{1};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error write_error(const std::string& path) {
  Code code = errno == ENOSPC || errno == EDQUOT ? Code::no_space : Code::io;
  return {code, "cannot write " + path, "free some space, or check the data directory"};
}

// Two may make the same file at once: each has a name of its own until it is whole.
std::string part_name(const std::string& path) {
  static std::atomic<unsigned> parts{0};  // of this process
  return fmt::format("{}.{}.part", path, ++parts);
}

Result<std::uint64_t> write_blocks(std::FILE* file, const std::string& path,
                                   const std::function<Result<std::string>()>& next) {
  std::uint64_t size = 0;
  for (;;) {
    auto block = next();
    if (!block) return std::unexpected(block.error());
    if (block->empty()) return size;
    if (std::fwrite(block->data(), 1, block->size(), file) != block->size())
      return std::unexpected(write_error(path));
    size += block->size();
  }
}

}  // namespace

std::optional<CacheFolder::File> CacheFolder::find(const std::string& name) const {
  std::error_code error;
  std::string path = folder_ + "/" + name;
  std::uint64_t size = fs::file_size(path, error);
  if (error) return std::nullopt;
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);  // used: goes later
  return File{path, size};
}

Result<CacheFolder::File> CacheFolder::put(const std::string& name,
                                           const std::function<Result<std::string>()>& next) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  std::string path = folder_ + "/" + name;
  std::string part = part_name(path);
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(part.c_str(), "wb"));
  if (!file) return std::unexpected(write_error(part));
  auto size = write_blocks(file.get(), part, next);
  bool closed = std::fclose(file.release()) == 0;
  if (size && (!closed || std::rename(part.c_str(), path.c_str()) != 0))
    size = std::unexpected(write_error(path));
  if (!size) {
    fs::remove(part, error);
    return std::unexpected(size.error());
  }
  make_room(path);
  return File{path, *size};
}

void CacheFolder::make_room(const std::string& keep) const {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    std::uint64_t size;
  };
  std::vector<Entry> entries;
  std::uint64_t sum = 0;
  std::error_code error;
  auto abandoned = fs::file_time_type::clock::now() - kAbandoned;
  for (const auto& each : fs::directory_iterator(folder_, error)) {
    std::error_code gone;
    Entry entry{each.path(), each.last_write_time(gone), each.file_size(gone)};
    if (gone) continue;
    if (entry.path.extension() == ".part") {
      if (entry.used < abandoned) fs::remove(entry.path, gone);
      continue;
    }
    sum += entry.size;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (sum <= most_bytes_) return;
    if (entry.path != keep && fs::remove(entry.path, error)) sum -= entry.size;
  }
}

}  // namespace tutti::shell
