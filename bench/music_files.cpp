#include "bench/music_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "shell/loop/loop.hpp"

namespace tutti::bench {
namespace {

namespace fs = std::filesystem;

double to_seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Scratch::Scratch() {
  if (::mkdtemp(path_.data()) == nullptr) path_.clear();
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<ScanCost> run_to_end(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ServerTime begin = shell::clock_now().mono;
  pid_t pid = ::fork();
  if (pid == 0) {
    int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (pid < 0 || ::wait4(pid, &status, 0, &used) != pid || status != 0)
    return fail(Code::io, fmt::format("{} {} failed", command[0], command[1]));
  ScanCost cost;
  cost.seconds = static_cast<double>((shell::clock_now().mono - begin).us) / 1e6;
  cost.cpu_seconds = to_seconds(used.ru_utime) + to_seconds(used.ru_stime);
  cost.peak_mb = static_cast<double>(used.ru_maxrss) / 1024;
  return cost;
}

Result<void> make_music(const std::string& folder, const MusicFiles& wanted) {
  std::error_code error;
  fs::path tool =
      fs::read_symlink("/proc/self/exe", error).parent_path() / "../../tools/make_library.py";
  if (!fs::exists(tool, error))
    return fail(Code::not_found, "tools/make_library.py is not there",
                "run build/release/tutti inside its source tree");
  auto made = run_to_end({"python3", tool.lexically_normal().string(), folder, "--files",
                          std::to_string(wanted.files), "--formats", wanted.formats, "--seconds",
                          std::to_string(wanted.seconds)});
  if (!made) return fail(Code::io, "the library of music cannot be made", "is ffmpeg installed?");
  return {};
}

}  // namespace tutti::bench
