#include "bench/mpd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "shell/loop/loop.hpp"

namespace tutti::bench {
namespace {

constexpr Duration kPatience = seconds(600);

double seconds_since(ServerTime begin) {
  return static_cast<double>((shell::clock_now().mono - begin).us) / 1e6;
}

void write_config(const std::string& music, const std::string& folder) {
  std::ofstream(folder + "/mpd.conf") << "music_directory \"" << music << "\"\n"
                                      << "db_file \"" << folder << "/db\"\n"
                                      << "log_file \"" << folder << "/log\"\n"
                                      << "bind_to_address \"" << folder << "/socket\"\n"
                                      << "zeroconf_enabled \"no\"\n"
                                      << "audio_output {\n type \"null\"\n name \"none\"\n}\n";
}

pid_t start_process(const std::string& config) {
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int null = ::open("/dev/null", O_RDWR);
  for (int fd : {0, 1, 2}) ::dup2(null, fd);
  ::execlp("mpd", "mpd", "--no-daemon", config.c_str(), nullptr);
  ::_exit(127);
}

int connect_to(const std::string& path) {
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

Mpd::Mpd(Mpd&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      first_(other.first_),
      songs_(other.songs_) {}

Mpd::~Mpd() {
  if (socket_ >= 0) ::close(socket_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ServerTime until = shell::clock_now().mono + seconds(10);
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (shell::clock_now().mono > until) ::kill(pid_, SIGKILL);
    ::usleep(2000);
  }
}

Result<Mpd> Mpd::start(const std::string& music, const std::string& folder) {
  write_config(music, folder);
  Mpd mpd;
  ServerTime begin = shell::clock_now().mono;
  mpd.pid_ = start_process(folder + "/mpd.conf");
  while ((mpd.socket_ = connect_to(folder + "/socket")) < 0) {
    int status = 0;
    if (::waitpid(mpd.pid_, &status, WNOHANG) == mpd.pid_ || seconds_since(begin) > 30) {
      mpd.pid_ = -1;
      return fail(Code::not_found, "mpd, the peer of this measurement, does not start",
                  "install it (apt-get install mpd)");
    }
    ::usleep(1000);
  }
  if (auto hello = mpd.ask(""); !hello) return std::unexpected(hello.error());
  // Without a database it begins to make one by itself.
  if (auto done = mpd.wait_updated(); !done) return std::unexpected(done.error());
  mpd.first_ = {seconds_since(begin), mpd.cpu_seconds(), mpd.peak_mb()};
  auto stats = mpd.ask("stats\n");
  if (!stats) return std::unexpected(stats.error());
  std::size_t at = stats->find("songs: ");
  if (at != std::string::npos) mpd.songs_ = std::stoll(stats->substr(at + 7));
  return mpd;
}

// One command; its answer up to the line "OK".
Result<std::string> Mpd::ask(const std::string& command) {
  if (::send(socket_, command.data(), command.size(), MSG_NOSIGNAL) < 0)
    return fail(Code::io, "mpd went away");
  std::string answer;
  char block[4096];
  while (!answer.ends_with("OK\n") && !answer.starts_with("OK MPD")) {
    ssize_t n = ::recv(socket_, block, sizeof block, 0);
    if (n <= 0 || answer.starts_with("ACK")) return fail(Code::io, "mpd refuses: " + answer);
    answer.append(block, static_cast<std::size_t>(n));
  }
  return answer;
}

Result<void> Mpd::wait_updated() {
  ServerTime begin = shell::clock_now().mono;
  for (;;) {
    auto status = ask("status\n");
    if (!status) return std::unexpected(status.error());
    if (status->find("updating_db:") == std::string::npos) return {};
    if (shell::clock_now().mono - begin > kPatience) return fail(Code::timeout, "mpd is not done");
    ::usleep(500);
  }
}

Result<ScanCost> Mpd::update() {
  double cpu = cpu_seconds();
  ServerTime begin = shell::clock_now().mono;
  if (auto asked = ask("update\n"); !asked) return std::unexpected(asked.error());
  if (auto done = wait_updated(); !done) return std::unexpected(done.error());
  return ScanCost{seconds_since(begin), cpu_seconds() - cpu, peak_mb()};
}

double Mpd::cpu_seconds() const {
  std::string text;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", pid_)), text);
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skip;
  for (int i = 3; i <= 13; ++i) fields >> skip;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double Mpd::peak_mb() const {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

}  // namespace tutti::bench
