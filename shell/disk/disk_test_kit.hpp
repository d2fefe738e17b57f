#pragma once
// For the tests of this module: a folder that removes itself, and files in it.

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/base/check.hpp"

namespace tutti::shell::test {

class TempDir {
 public:
  TempDir() { INVARIANT(::mkdtemp(path_.data()) != nullptr); }
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
  std::string path_ = "/tmp/tutti-disk-XXXXXX";
};

}  // namespace tutti::shell::test
