#pragma once
// Watcher: changes below one music folder as they happen, by inotify(7). It says which directory to
// look at again, not what happened there: the scan compares. Where it cannot see everything (too
// many directories, too many events at once) it says so once, and a scan of all fills the gap.
// Thread: loop, except where it says otherwise.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.hpp"
#include "core/library/scan.hpp"
#include "shell/loop/descriptor.hpp"
#include "shell/loop/loop.hpp"

namespace tutti::shell {

struct WatchEvents {
  // Look here again. Several for one change are usual.
  std::function<void(library::WalkStart)> changed;
  // Changes were missed: scan all. overloaded: the queue ran over, watching goes on; no_space: the
  // limit of watches (/proc/sys/fs/inotify/max_user_watches) is reached, and only what is watched
  // so far stays watched. Once for each reason.
  std::function<void(Error)> lost;
};

class Watcher {
 public:
  static Result<std::unique_ptr<Watcher>> create(Loop& loop, std::string root, WatchEvents events);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Watches one directory (relative to the root), not what is below it. Call it before the
  // directory is listed. The function may be called on any thread and outlive the watcher.
  std::function<void(const std::string& directory)> adder();

  std::size_t watched() const { return directories_.size(); }

 private:
  struct Shared;
  struct Pending {  // an event whose directory is not known yet: its adder's word is on the way
    int watch = 0;
    std::uint32_t mask = 0;
    std::string name;
  };
  Watcher(Loop& loop, std::string root, WatchEvents events);
  void readable();
  void event(int watch, std::uint32_t mask, std::string_view name);
  void tell(const std::string& directory, std::uint32_t mask, std::string_view name);
  void learn(int watch, const std::string& directory);
  void forget_below(const std::string& directory);
  void failed(int number);

  std::string root_;
  WatchEvents events_;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Poll> poll_;
  std::unordered_map<int, std::vector<std::string>> directories_;  // links give one several paths
  std::vector<Pending> pending_;
  bool said_overflow_ = false;
  bool said_limit_ = false;
};

}  // namespace tutti::shell
