#include "shell/disk/watcher.hpp"

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/check.hpp"
#include "core/library/companions.hpp"
#include "shell/disk/walker.hpp"
#include "shell/loop/files.hpp"

namespace tutti::shell {

// What an adder needs on its thread; `owner` is looked at on the loop only.
struct Watcher::Shared {
  Loop& loop;
  Descriptor fd;
  Watcher* owner = nullptr;
};

namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MOVED_FROM |
                                IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr std::size_t kPending = 4096;
constexpr int kReadsPerTurn = 4;  // of 64 KiB; more waits in the kernel's queue

}  // namespace

Watcher::Watcher(Loop& loop, std::string root, WatchEvents events)
    : root_(std::move(root)),
      events_(std::move(events)),
      shared_(std::make_shared<Shared>(loop, Descriptor{}, this)) {}

Watcher::~Watcher() { shared_->owner = nullptr; }

Result<std::unique_ptr<Watcher>> Watcher::create(Loop& loop, std::string root, WatchEvents events) {
  std::unique_ptr<Watcher> watcher(new Watcher(loop, std::move(root), std::move(events)));
  watcher->shared_->fd = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!watcher->shared_->fd)
    return std::unexpected(errno_error(errno, "watch " + watcher->root_ + " for changes"));
  auto poll = loop.poll(watcher->shared_->fd.get(),
                        [self = watcher.get()](int, bool) { self->readable(); });
  if (!poll) return std::unexpected(poll.error());
  watcher->poll_ = std::move(*poll);
  watcher->poll_->watch(UV_READABLE);
  return watcher;
}

std::function<void(const std::string&)> Watcher::adder() {
  return [shared = shared_, root = root_](const std::string& directory) {
    int watch = ::inotify_add_watch(shared->fd.get(), join_path(root, directory).c_str(), kMask);
    int number = watch < 0 ? errno : 0;
    // Gone or unreadable: the walk says so.
    if (number == ENOENT || number == EACCES || number == ENOTDIR) return;
    shared->loop.post([shared, watch, number, directory] {
      if (shared->owner == nullptr) return;
      if (number != 0) shared->owner->failed(number);
      else shared->owner->learn(watch, directory);
    });
  };
}

void Watcher::failed(int number) {
  if (std::exchange(said_limit_, true)) return;
  Error why = errno_error(number, "watch all of " + library::display_text(root_));
  if (number == ENOSPC) {
    why.code = Code::no_space;
    why.hint = "raise fs.inotify.max_user_watches (sysctl); until then changes show with each scan";
  }
  events_.lost(std::move(why));
}

void Watcher::learn(int watch, const std::string& directory) {
  auto& paths = directories_[watch];
  if (std::find(paths.begin(), paths.end(), directory) == paths.end()) paths.push_back(directory);
  for (const Pending& held : std::exchange(pending_, {})) event(held.watch, held.mask, held.name);
}

void Watcher::readable() {
  INVARIANT(shared_->loop.on_this_thread());
  alignas(inotify_event) static thread_local std::array<char, 65536> buffer;
  for (int turn = 0; turn < kReadsPerTurn; ++turn) {
    ssize_t n = ::read(shared_->fd.get(), buffer.data(), buffer.size());
    if (n <= 0) return;
    for (const char* at = buffer.data(); at < buffer.data() + n;) {
      inotify_event head;
      std::memcpy(&head, at, sizeof head);
      std::string_view name(at + sizeof head, head.len);  // padded with NUL
      event(head.wd, head.mask, name.substr(0, name.find('\0')));
      at += sizeof head + head.len;
    }
  }
}

void Watcher::event(int watch, std::uint32_t mask, std::string_view name) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    if (!std::exchange(said_overflow_, true))
      events_.lost(
          {Code::overloaded,
           "more changes at once below " + library::display_text(root_) + " than could be followed",
           "a scan of all follows"});
    else events_.changed({"", true});
    return;
  }
  auto found = directories_.find(watch);
  if (found == directories_.end()) {
    if ((mask & IN_IGNORED) != 0) return;
    if (pending_.size() < kPending) pending_.push_back({watch, mask, std::string(name)});
    else std::exchange(pending_, {}), events_.changed({"", true});
    return;
  }
  if ((mask & IN_IGNORED) != 0) {
    directories_.erase(found);
    return;
  }
  auto paths = found->second;  // `tell` may change the table
  for (const std::string& directory : paths) tell(directory, mask, name);
}

void Watcher::tell(const std::string& directory, std::uint32_t mask, std::string_view name) {
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    // Of a subdirectory its parent tells; the folder itself has no other witness.
    if (directory.empty()) events_.changed({"", true});
    return;
  }
  if (name == library::kIgnoreFile) return events_.changed({directory, true});
  if (name.empty() || library::is_hidden_name(name)) return;
  if ((mask & IN_ISDIR) != 0) {
    std::string below = join_path(directory, name);
    if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) forget_below(below);
    events_.changed({below, true});
    return;
  }
  // A link to a directory is made like a file.
  bool link = (mask & (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)) != 0 &&
              name.rfind('.') == std::string_view::npos;
  if (link) return events_.changed({directory, true});
  if (library::is_audio_name(name) || library::is_companion_name(name))
    events_.changed({directory, false});
}

// A directory that was moved keeps its watch under its old name: it is given back here, and set
// anew by whoever walks the new place.
void Watcher::forget_below(const std::string& directory) {
  for (auto& [watch, paths] : directories_) {
    std::erase_if(paths, [&](const std::string& path) {
      return path == directory || path.starts_with(directory + "/");
    });
    if (paths.empty()) ::inotify_rm_watch(shared_->fd.get(), watch);
  }
  std::erase_if(directories_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace tutti::shell
