#pragma once
// .tuttiignore: what a scan passes by. A subset of gitignore(5), pure: patterns and names in,
// decisions out. Names are bytes.
//
// One pattern a line; empty lines and lines that start with '#' say nothing; trailing spaces go.
// '!' takes back; a trailing '/' means folders only; a '/' elsewhere ties the pattern to the folder
// of its file, else it fits at any depth below. '*' and '?' stop at '/', "**" does not, [a-z] and
// [!a-z] are classes, '\' takes the next byte as it is. The last pattern that fits decides. What
// lies in an ignored folder is never looked at, so nothing in it can be taken back.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::library {

inline constexpr std::string_view kIgnoreFile = ".tuttiignore";
// Bytes of such a file that are read, and patterns taken from it; the rest is passed over.
inline constexpr std::size_t kIgnoreBytes = 64 * 1024;
inline constexpr std::size_t kIgnorePatterns = 1000;

// Whether the glob fits the whole of `path`. Steps are bounded by |glob| * |path|.
bool glob_fits(std::string_view glob, std::string_view path);

// The patterns of the ignore files from the folder's root down to one directory.
class IgnoreRules {
 public:
  // `directory`: where the file lies, relative to the folder ("" for its root).
  void add(std::string_view directory, std::string_view text);
  // `path`: relative to the folder, of something in or below the directories that were added.
  bool ignores(std::string_view path, bool is_directory) const;
  // Forgets what was added after this many patterns: a walk that leaves a directory.
  void cut(std::size_t count) { patterns_.resize(count); }
  std::size_t size() const { return patterns_.size(); }

 private:
  struct Pattern {
    std::string directory;
    std::string glob;
    bool anchored = false;
    bool directories_only = false;
    bool takes_back = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace tutti::library
