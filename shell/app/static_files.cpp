#include "shell/app/static_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

namespace tutti::shell {
namespace {

namespace fs = std::filesystem;

std::string type_of(const std::string& extension) {
  static const std::map<std::string, std::string> kTypes = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".webp", "image/webp"},
      {".json", "application/json"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".webmanifest", "application/manifest+json"},
      {".ico", "image/x-icon"},
      {".txt", "text/plain; charset=utf-8"}};
  auto found = kTypes.find(extension);
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

// "app-3f2a91bc.js": a bundler's name with a hash of the content.
bool is_hashed(const fs::path& path) {
  std::string stem = path.stem().string();
  std::size_t at = stem.find_last_of("-.");
  if (at == std::string::npos || stem.size() - at - 1 < 8) return false;
  std::string tail = stem.substr(at + 1);
  bool digits =
      std::any_of(tail.begin(), tail.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits && std::all_of(tail.begin(), tail.end(),
                               [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

}  // namespace

std::string web_folder(const std::string& given) {
  if (!given.empty()) return given;
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  fs::path beside = program.parent_path().parent_path().parent_path() / "web" / "page";
  return fs::is_directory(beside, error) ? beside.string() : "/usr/share/tutti/web";
}

std::vector<hub::StaticFile> static_files(const std::string& given) {
  std::vector<hub::StaticFile> files;
  std::error_code error;
  fs::path root = web_folder(given);
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    std::string route = "/" + fs::relative(at->path(), root, error).generic_string();
    auto changed =
        static_cast<std::uint64_t>(at->last_write_time(error).time_since_epoch().count());
    files.push_back({route, at->path().string(), type_of(at->path().extension().string()),
                     fmt::format("\"{:x}-{:x}\"", at->file_size(error), changed),
                     at->file_size(error),
                     is_hashed(at->path()) ? "public, max-age=31536000, immutable" : "no-cache"});
  }
  return files;
}

}  // namespace tutti::shell
