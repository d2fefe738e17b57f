#pragma once
// Tags and a cover into a file that was just made. Thread: any.

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::shell {

// Names as TagLib's property map has them ("TITLE", "ALBUMARTIST", "TRACKNUMBER", ...), replacing
// what was there; `png`: the front cover, may be empty. FLAC, MP3, Opus and M4A by their endings;
// unsupported for others, io when the file cannot be read or written.
Result<void> tag_file(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& tags,
                      const std::string& png);

}  // namespace tutti::shell
