#include "shell/media/media_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/base/check.hpp"
#include "core/base/limits.hpp"
#include "shell/loop/files.hpp"
#include "shell/loop/loop.hpp"

extern char** environ;  // NOLINT: the name is POSIX's

namespace tutti::shell {
namespace {

std::atomic<int> g_abandoned = 0;  // processes of the kernel, not state of ours

// Signals a child begins with: none blocked, none ignored, whatever this program does.
void clean_signals(posix_spawnattr_t& attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

ChildOptions this_program(bool idle_priority) {
  ChildOptions options;
  options.command = {"/proc/self/exe", "media-worker"};
  if (idle_priority) options.command.emplace_back("--idle");
  return options;
}

int MediaChild::abandoned() { return g_abandoned; }

Result<void> MediaChild::start() {
  if (pid_ != 0) return {};
  if (g_abandoned >= limits::kMaxStuck)
    return fail(Code::unavailable, "too many reader processes hang in a disk that does not answer",
                "check the mounts of the music folders");
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return std::unexpected(errno_error(errno, "start a reader process"));
  socket_ = Descriptor(ends[0]);
  Descriptor theirs(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  clean_signals(attributes);
  std::vector<char*> arguments;
  for (std::string& word : options_.command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int error = ::posix_spawn(&pid_, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  buffer_.clear();
  if (error == 0) return {};
  pid_ = 0;
  return std::unexpected(errno_error(error, "start the reader process " + options_.command[0]));
}

// Ends the child, however it is. One that sits in the kernel cannot be killed: it is left behind
// and ends when its disk answers.
void MediaChild::stop() {
  socket_ = Descriptor();
  if (pid_ == 0) return;
  pid_t pid = std::exchange(pid_, 0);
  ::kill(pid, SIGKILL);
  ServerTime until = clock_now().mono + options_.dying;
  while (::waitpid(pid, &status_, WNOHANG) == 0) {
    if (clock_now().mono >= until) {
      ++g_abandoned;
      return;
    }
    ::usleep(500);
  }
}

bool MediaChild::send(const std::string& bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    ssize_t n = ::send(socket_.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool MediaChild::take_frames(std::size_t wanted, std::vector<Result<MediaRecord>>& answers,
                             std::size_t& taken) {
  std::string_view left = buffer_;
  bool sound = true;
  while (taken < wanted) {
    auto frame = next_frame(left);
    if (frame && !*frame) break;
    auto answer =
        frame ? parse_answer(**frame) : Result<ReadAnswer>(std::unexpected(frame.error()));
    sound = answer && answer->index == taken;
    if (!sound) break;
    answers.push_back(std::move(answer->record));
    ++taken;
  }
  buffer_.erase(0, buffer_.size() - left.size());
  return sound;
}

MediaChild::End MediaChild::exchange(std::span<const FileTask> files,
                                     std::vector<Result<MediaRecord>>& answers,
                                     const std::atomic<bool>& cancelled) {
  constexpr Duration kLook = millis(200);  // how soon a cancellation is seen
  std::string request;
  append_request(files, request);
  if (!send(request)) return End::died;
  std::size_t taken = 0;
  ServerTime heard = clock_now().mono;
  char block[65536];
  while (taken < files.size()) {
    if (cancelled) return End::cancelled;
    if (clock_now().mono - heard >= options_.patience) return End::hung;
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(std::min(kLook, options_.patience).us / 1000)) <= 0)
      continue;
    ssize_t n = ::recv(socket_.get(), block, sizeof block, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return End::died;
    heard = clock_now().mono;
    buffer_.append(block, static_cast<std::size_t>(n));
    if (!take_frames(files.size(), answers, taken)) return End::died;
  }
  return End::answered;
}

Error MediaChild::why_it_ended(End end) {
  if (end == End::hung)
    return {Code::timeout,
            fmt::format("reading it takes longer than {} s", options_.patience.us / 1'000'000),
            "its disk or mount may not answer"};
  std::string how = WIFSIGNALED(status_) ? fmt::format("signal {}", WTERMSIG(status_))
                                         : fmt::format("exit code {}", WEXITSTATUS(status_));
  return {Code::internal, "the reader crashed on it (" + how + ")",
          "the file is damaged, or made to crash readers"};
}

std::vector<Result<MediaRecord>> MediaChild::read(std::span<const FileTask> files,
                                                  const std::atomic<bool>& cancelled) {
  std::vector<Result<MediaRecord>> answers;
  answers.reserve(files.size());
  bool alone = false;  // after an accident: one file a batch, until the culprit is found
  while (answers.size() < files.size()) {
    if (auto started = start(); !started) {
      answers.resize(files.size(), std::unexpected(started.error()));
      break;
    }
    auto rest = files.subspan(answers.size());
    End end = exchange(alone ? rest.first(1) : rest, answers, cancelled);
    if (end == End::answered) continue;
    // A child that died has a status of its own; the one of being killed here says nothing.
    bool ended_itself = end == End::died && ::waitpid(pid_, &status_, WNOHANG) == pid_;
    if (ended_itself) pid_ = 0;
    stop();
    if (end == End::cancelled) {
      answers.resize(files.size(), fail(Code::cancelled, "the scan was cancelled"));
      break;
    }
    ++crashes_;
    if (alone || answers.size() + 1 == files.size()) {
      answers.push_back(std::unexpected(why_it_ended(end)));
      alone = false;
    } else {
      alone = true;
    }
  }
  return answers;
}

}  // namespace tutti::shell
