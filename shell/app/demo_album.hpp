#pragma once
// The demo album: five tracks that the program plays itself, so that there is music on a machine
// without any. Score, sound and cover are ours, CC0. One track each in MP3, Opus and AAC, and two
// in FLAC that run into each other without a gap.

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace tutti::shell {

// How far it is, 0 to 1, and what is in work.
using DemoProgress = std::function<void(double done, const std::string& what)>;

// Renders it into the folder, which is made if need be; files appear under their names only when
// they are complete, and replace older ones. About 10 s of one core. Thread: any.
Result<void> render_demo_album(const std::string& folder, const DemoProgress& progress);

// The names of its files, in order; all there: nothing to render.
std::vector<std::string> demo_album_files();
bool has_demo_album(const std::string& folder);

// `tutti demo DIR`: with a progress bar on a terminal, with `json` lines of JSON. The exit code.
int demo_command(const std::string& folder, bool json);

}  // namespace tutti::shell
