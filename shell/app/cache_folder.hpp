#pragma once
// CacheFolder: files that can be made again, by name. A file stands under its name when it is
// whole, never before; what would not fit goes, the longest unused first. Thread: any.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.hpp"

namespace tutti::shell {

class CacheFolder {
 public:
  // Made when the first file is put.
  CacheFolder(std::string folder, std::uint64_t most_bytes)
      : folder_(std::move(folder)), most_bytes_(most_bytes) {}

  struct File {
    std::string path;
    std::uint64_t size = 0;
  };
  // Counts as a use.
  std::optional<File> find(const std::string& name) const;
  // Writes the blocks that `next` gives until an empty one, then makes room. Errors: of `next`; io,
  // no_space. Nothing is left of what failed.
  Result<File> put(const std::string& name, const std::function<Result<std::string>()>& next) const;

 private:
  void make_room(const std::string& keep) const;
  std::string folder_;
  std::uint64_t most_bytes_;
};

}  // namespace tutti::shell
