#include "shell/app/stream_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

namespace tutti::shell {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kRemembered = 4096;
constexpr std::size_t kBlock = 256 * 1024;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error write_error(const std::string& path) {
  Code code = errno == ENOSPC || errno == EDQUOT ? Code::no_space : Code::io;
  return {code, "cannot write " + path, "free some space, or check the data directory"};
}

}  // namespace

std::string StreamCache::name_of(const play::StreamWish& wish, const std::string& version) const {
  static constexpr const char* kEndings[] = {"", "opus", "mp3", "flac", "wav"};
  return fmt::format("{}/{}-{}-{}.{}", folder_, id_text(wish.track.value), version, wish.kbps,
                     kEndings[static_cast<std::size_t>(wish.codec)]);
}

std::optional<StreamCache::File> StreamCache::find(const play::StreamWish& wish,
                                                   const std::string& version) const {
  std::error_code error;
  std::string path = name_of(wish, version);
  std::uint64_t size = fs::file_size(path, error);
  if (error) return std::nullopt;
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);  // used: goes later
  return File{path, size};
}

bool StreamCache::asked_again(const play::StreamWish& wish, const std::string& version) {
  if (asked_.size() >= kRemembered) asked_.clear();
  return ++asked_[name_of(wish, version)] == 2;
}

Result<StreamCache::File> StreamCache::make(const Media& media, const play::TrackFacts& facts,
                                            const play::StreamWish& wish,
                                            const std::string& version,
                                            const std::atomic<bool>& cancelled) const {
  auto stream = AudioStream::open(media, facts, wish);
  if (!stream) return std::unexpected(stream.error());
  std::error_code error;
  fs::create_directories(folder_, error);
  std::string path = name_of(wish, version);
  std::string part = path + ".part";
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(part.c_str(), "wb"));
  if (!file) return std::unexpected(write_error(part));
  std::uint64_t size = 0;
  for (;;) {
    auto block = (*stream)->read(kBlock);
    if (cancelled) block = fail(Code::cancelled, "the server stops");
    if (block && std::fwrite(block->data(), 1, block->size(), file.get()) != block->size())
      block = std::unexpected(write_error(part));
    if (!block) {
      fs::remove(part, error);
      return std::unexpected(block.error());
    }
    if (block->empty()) break;
    size += block->size();
  }
  if (std::fclose(file.release()) != 0 || std::rename(part.c_str(), path.c_str()) != 0) {
    Error failed = write_error(path);
    fs::remove(part, error);
    return std::unexpected(failed);
  }
  make_room(path);
  return File{path, size};
}

void StreamCache::make_room(const std::string& keep) const {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    std::uint64_t size;
  };
  std::vector<Entry> entries;
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder_, error)) {
    std::error_code gone;
    Entry entry{each.path(), each.last_write_time(gone), each.file_size(gone)};
    if (gone) continue;
    sum += entry.size;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (sum <= most_bytes_) return;
    if (entry.path == keep || entry.path.extension() == ".part") continue;
    if (fs::remove(entry.path, error)) sum -= entry.size;
  }
}

}  // namespace tutti::shell
