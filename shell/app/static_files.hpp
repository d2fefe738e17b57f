#pragma once
// The web page's files: listed once at start, so that no request ever names a path. Thread: main.

#include <string>
#include <vector>

#include "core/hub/house.hpp"

namespace tutti::shell {

// The folder that is served: the one given, else web/page beside the program's tree, else
// /usr/share/tutti/web.
std::string web_folder(const std::string& given);
std::vector<hub::StaticFile> static_files(const std::string& given);

}  // namespace tutti::shell
