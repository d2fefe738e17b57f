#pragma once
// A made-up music library of any size: names whose words are as unevenly common as those of real
// titles, artists with one album or twenty, samplers, guests. The same for the same number.

#include <string>
#include <vector>

#include "core/base/choose.hpp"
#include "core/library/scan.hpp"

namespace tutti::bench {

class LibraryMaker {
 public:
  static constexpr std::size_t kMostTracks = 17;  // of an album
  explicit LibraryMaker(std::uint64_t seed);
  // The tracks of the next album, in one directory.
  std::vector<library::ScannedFile> album();
  // What somebody looks for: words of a title, an artist or an album that exists, or of two fields.
  std::string something_to_find();

 private:
  std::string word();
  std::string phrase(int least, int most);
  const std::string& some_artist();
  library::ScannedFile track(const std::string& artist, const std::string& album, int number);

  SeededChoose draw_;
  std::vector<std::string> words_;
  std::vector<std::string> artists_;
  std::vector<std::string> sought_;
  std::uint64_t made_ = 0;
  std::uint64_t albums_ = 0;
};

}  // namespace tutti::bench
