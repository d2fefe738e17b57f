#pragma once
// MediaLane: tasks on single files that somebody waits for (a cover, an edit of tags), in child
// processes: a file on which a parser crashes costs its own answer. Children end when nobody asks
// for a while. Thread: loop.

#include <memory>
#include <vector>

#include "core/base/random.hpp"
#include "shell/loop/lane.hpp"
#include "shell/media/media_child.hpp"

namespace tutti::shell {

class MediaLane {
 public:
  // `random` must outlive it.
  MediaLane(Loop& loop, Random& random, const ChildOptions& child, int children = 2);
  ~MediaLane();

  // On the worker; what it returns runs on the loop.
  using Then = std::function<Completion(Result<MediaRecord>)>;
  // `failed` runs on the loop, before or after this returns: too many wait, or for too long.
  void submit(FileTask task, Then then, std::function<void(Error)> failed);

  void turn(Now now);
  ServerTime deadline() const;
  std::vector<const Lane*> lanes() const;

 private:
  struct Worker {
    std::shared_ptr<MediaChild> child;  // used by the lane's one thread only
    std::unique_ptr<Lane> lane;
    ServerTime rest_at = kNever;  // when its process is ended
  };
  Random& random_;
  std::vector<Worker> workers_;
};

}  // namespace tutti::shell
