#pragma once
// For the tests of every shell module: a folder that removes itself, bytes of files, what a result
// says.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/base/check.hpp"
#include "core/base/result.hpp"
#include "shell/loop/files.hpp"

namespace tutti::shell::test {

// In memory where there is room, since a killed process, unlike a power cut, does not care about
// the disk and hundreds of fsyncs would depend on who else uses it. The long form is on the disk.
class TempDir {
 public:
  TempDir() {
    bool memory = std::getenv("TUTTI_LONG") == nullptr && ::access("/dev/shm", W_OK | X_OK) == 0 &&
                  free_bytes("/dev/shm") > kRoom;
    path_ = memory ? "/dev/shm/tutti-test-XXXXXX" : "/tmp/tutti-test-XXXXXX";
    INVARIANT(::mkdtemp(path_.data()) != nullptr);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  // Writes a file, and makes the directories above it.
  void put(const std::string& name, const std::string& bytes = "x") const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name, std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  static constexpr std::int64_t kRoom = 500'000'000;  // bytes; the media tests take 150 million
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// What went wrong, or nothing.
template <class T>
std::string said(const Result<T>& result) {
  return result ? std::string{}
                : std::string(name(result.error().code)) + ": " + result.error().text;
}

}  // namespace tutti::shell::test
