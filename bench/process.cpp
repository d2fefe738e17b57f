#include "bench/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <utility>

#include "core/base/json.hpp"

extern char** environ;  // NOLINT: the name is POSIX's

namespace tutti::bench {
namespace {

constexpr int kReadyMs = 10'000;
constexpr int kStopMs = 6'000;

std::int64_t now_ms() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

// The server measures with its own settings, not with those of whoever measures.
std::vector<char*> clean_environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "TUTTI_", 6) != 0) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

// After fork: nothing that is open here stays open there, and it ends when this process does.
void become_server() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin(kServerCore);
}

std::string last_line(const std::string& file) {
  std::ifstream in(file);
  std::string line, last;
  while (std::getline(in, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

// Nanoseconds on a CPU: the first field of schedstat, else utime + stime of stat (clock ticks).
std::int64_t thread_cpu_ns(const std::string& task) {
  std::int64_t ns = 0;
  if (std::ifstream(task + "/schedstat") >> ns && ns > 0) return ns;
  std::string text;
  std::getline(std::ifstream(task + "/stat"), text);
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skip;
  for (int i = 3; i <= 13; ++i) fields >> skip;
  std::int64_t user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * (1'000'000'000 / sysconf(_SC_CLK_TCK));
}

}  // namespace

void pin(int index) {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  if (CPU_COUNT(&allowed) < 2) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed) && index-- == 0) CPU_SET(cpu, &one);
  }
  sched_setaffinity(0, sizeof one, &one);
}

Result<ServerProcess> ServerProcess::start(std::vector<std::string> command, std::string log) {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0)
    return fail(Code::io, std::string("no pipe: ") + std::strerror(errno));
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment = clean_environment();
  pid_t pid = fork();
  if (pid == 0) {
    become_server();
    int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(out[1], STDOUT_FILENO);
    if (errors >= 0) dup2(errors, STDERR_FILENO);
    execvpe(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  ::close(out[1]);
  if (pid < 0) return fail(Code::io, std::string("no process: ") + std::strerror(errno));
  ServerProcess process(pid, out[0]);
  if (auto ready = process.wait_ready(command[0], log); !ready)
    return std::unexpected(ready.error());
  return process;
}

Result<ServerProcess> ServerProcess::start(std::string name,
                                           const std::function<void(int out)>& body) {
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0)
    return fail(Code::io, std::string("no pipe: ") + std::strerror(errno));
  pid_t pid = fork();
  if (pid == 0) {
    become_server();
    ::close(out[0]);
    body(out[1]);
    _exit(0);
  }
  ::close(out[1]);
  if (pid < 0) return fail(Code::io, std::string("no process: ") + std::strerror(errno));
  ServerProcess process(pid, out[0]);
  if (auto ready = process.wait_ready(name, {}); !ready) return std::unexpected(ready.error());
  return process;
}

Result<void> ServerProcess::wait_ready(const std::string& name, const std::string& log) {
  std::string text;
  std::int64_t until = now_ms() + kReadyMs;
  while (now_ms() < until) {
    pollfd wait{out_, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(until - now_ms())) <= 0) continue;
    char buffer[4096];
    ssize_t n = read(out_, buffer, sizeof buffer);
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      auto line = parse_json(text.substr(0, end));
      const Json* port = line ? line->find("port") : nullptr;
      if (port == nullptr || line->text("event") != "ready") continue;
      port_ = static_cast<std::uint16_t>(port->as_int().value_or(0));
      return {};
    }
  }
  std::string said = last_line(log);
  return fail(Code::internal, name + " did not start" + (said.empty() ? "" : ": " + said));
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, -1)),
      port_(other.port_) {}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  std::int64_t until = now_ms() + kStopMs;
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (now_ms() > until) ::kill(pid_, SIGKILL);
    usleep(2000);
  }
  ::close(out_);
}

std::int64_t ServerProcess::cpu_ns() const {
  std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
  std::int64_t sum = 0;
  DIR* folder = opendir(tasks.c_str());
  while (dirent* entry = folder != nullptr ? readdir(folder) : nullptr) {
    if (entry->d_name[0] != '.') sum += thread_cpu_ns(tasks + "/" + entry->d_name);
  }
  if (folder != nullptr) closedir(folder);
  return sum;
}

std::int64_t ServerProcess::rss_anon_kb() const { return status_kb("RssAnon:"); }
std::int64_t ServerProcess::rss_kb() const { return status_kb("VmRSS:"); }

std::int64_t ServerProcess::status_kb(std::string_view field) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(field)) return std::stoll(line.substr(field.size()));
  }
  return 0;
}

}  // namespace tutti::bench
