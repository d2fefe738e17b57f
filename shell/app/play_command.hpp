#pragma once
// `tutti play`: the queue and the renderer without a network.

#include <optional>
#include <string>
#include <vector>

namespace tutti::shell {

struct PlayOptions {
  std::vector<std::string> paths;  // files and folders, in this order
  std::string out = "null";        // or FILE.wav
  bool realtime = false;
  double crossfade_s = 0;
  std::string level = "off";  // track, album
  double target_lufs = -18;
  bool json = false;
};

// Exit code: 0 all was played, 1 something was not (each named).
int play_command(const PlayOptions& options);

}  // namespace tutti::shell
