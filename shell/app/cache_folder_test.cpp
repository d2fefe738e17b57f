// Guards: a cached file is whole or not there, and the folder keeps to its size. How: files put
// into a folder that holds three of them.
#include "shell/app/cache_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "shell/store/test_support.hpp"

using namespace tutti;
using namespace tutti::shell;
using namespace tutti::shell::test;
namespace fs = std::filesystem;

namespace {

struct Folder {
  TempDir dir;
  std::string path = dir.path() + "/cache";
  CacheFolder cache{path, 3000};

  Result<CacheFolder::File> put(const std::string& name, Result<std::string> last = std::string()) {
    int blocks = 0;
    return cache.put(name, [&]() -> Result<std::string> {
      return ++blocks <= 2 ? Result<std::string>(std::string(500, 'x')) : last;
    });
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
  void age(const std::string& name, std::chrono::hours hours) {
    fs::last_write_time(path + "/" + name, fs::file_time_type::clock::now() - hours);
  }
};

}  // namespace

TEST_CASE("cache folder: a file is found when it is whole") {
  Folder folder;
  CHECK_FALSE(folder.cache.find("a"));
  auto made = folder.put("a");
  REQUIRE(made);
  CHECK(made->size == 1000);
  CHECK(fs::file_size(made->path) == 1000);
  CHECK(folder.cache.find("a")->path == made->path);
}

TEST_CASE("cache folder: nothing is left of what failed") {
  Folder folder;
  REQUIRE(folder.put("a"));
  auto failed = folder.put("b", fail(Code::corrupt, "broken in the middle"));
  CHECK(failed.error().code == Code::corrupt);
  CHECK_FALSE(folder.cache.find("b"));
  CHECK(folder.files() == 1);
}

TEST_CASE(
    "cache folder: the longest unused goes, what is being written and what was just put stay") {
  Folder folder;
  for (const char* name : {"a", "b", "c"}) REQUIRE(folder.put(name));
  folder.age("a", std::chrono::hours(3));
  folder.age("b", std::chrono::hours(2));
  std::ofstream(folder.path + "/d.1.part") << "being written";
  std::ofstream(folder.path + "/e.1.part") << "left by a server that was killed";
  folder.age("e.1.part", std::chrono::hours(2));
  REQUIRE(folder.cache.find("a"));  // used again
  REQUIRE(folder.put("f"));
  CHECK(folder.cache.find("a"));
  CHECK_FALSE(folder.cache.find("b"));
  CHECK(folder.cache.find("f"));
  CHECK(fs::exists(folder.path + "/d.1.part"));
  CHECK_FALSE(fs::exists(folder.path + "/e.1.part"));
}
