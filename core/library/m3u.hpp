#pragma once
// Playlist files: m3u and m3u8 read and written, and the paths in any playlist file resolved. A
// file may come from anywhere, so a path is only ever a question to the library ("is there a track
// here?") and leads nowhere outside of its folders.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/library/playlist.hpp"

namespace tutti::library {

inline constexpr std::size_t kM3uLine = 16 * 1024;  // bytes; a longer line is no path
inline constexpr std::size_t kM3uEntries = 100'000;

// Entries in order, with what #EXTINF says of them. Text that is no UTF-8 is taken for Latin-1, as
// .m3u is by custom; a byte order mark and any line ends are understood. Lines that are too long or
// hold a NUL are kept as entries that no path fits, so that they are told as missing. Errors:
// too_large (more than kM3uEntries).
Result<std::vector<PlaylistEntry>> read_m3u(std::string_view text);
// m3u8: UTF-8, #EXTM3U, an #EXTINF line for each entry; "\n" at line ends. Line breaks within a
// title become spaces. An entry whose path has a line break cannot be told and is left out.
std::string write_m3u(const std::vector<PlaylistEntry>& entries);

// Where the path of an entry may lie: `path` within the folder that `folder` counts; the first that
// is a track is meant.
struct PathGuess {
  std::size_t folder = 0;
  std::string directory;  // as in FilePath
  std::string name;
  friend bool operator==(const PathGuess&, const PathGuess&) = default;
};
// `folders`: absolute paths. The playlist lies in `directory` of the folder `home`, or nowhere in
// particular. Absolute paths are looked for in the folder they begin with; relative ones beside the
// playlist, or without a home in every folder; "." and ".." are worked out, never beyond the
// folder; a file:// address is a path; with \ for /, or with a drive letter, a path is also tried
// as what it would be here. Any other address, an empty path and one with a NUL fit nothing.
std::vector<PathGuess> guesses(std::string_view path, const std::vector<std::string>& folders,
                               std::optional<std::size_t> home, std::string_view directory);

// The path to `to` (within a folder) from a playlist in `from` (a directory of the same folder).
std::string relative_path(std::string_view from, std::string_view to);

// What %41 stands for (RFC 3986 section 2.1); false for a % that is none.
bool percent_decode(std::string_view text, std::string& out);
std::string percent_encode(std::string_view path);  // all but unreserved characters and slashes

}  // namespace tutti::library
