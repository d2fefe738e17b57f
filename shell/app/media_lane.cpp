#include "shell/app/media_lane.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tutti::shell {
namespace {
// A child has patience of its own, which ends first.
constexpr Duration kTaskLimit = seconds(30);
constexpr Duration kRest = seconds(60);
}  // namespace

MediaLane::MediaLane(Loop& loop, Random& random, const ChildOptions& child, int children)
    : random_(random) {
  for (int i = 1; i <= children; ++i)
    workers_.push_back({std::make_shared<MediaChild>(child),
                        std::make_unique<Lane>(loop, fmt::format("media{}", i), 1)});
}

MediaLane::~MediaLane() = default;

void MediaLane::submit(FileTask task, Then then, std::function<void(Error)> failed) {
  auto worker = std::min_element(workers_.begin(), workers_.end(), [](auto& a, auto& b) {
    return a.lane->waiting() < b.lane->waiting();
  });
  worker->rest_at = clock_now().mono + kRest;
  auto run = [child = worker->child, task = std::move(task),
              then = std::move(then)](const Cancelled& cancelled) -> Completion {
    auto answers = child->read(std::span(&task, 1), cancelled);
    return then(std::move(answers.front()));
  };
  auto submitted =
      worker->lane->submit({random_.id<JobToken>(), kTaskLimit, std::move(run), failed});
  if (!submitted) failed(submitted.error());
}

void MediaLane::turn(Now now) {
  for (Worker& worker : workers_) {
    if (worker.lane->deadline() <= now.mono) worker.lane->tick(now.mono);
    if (worker.rest_at > now.mono) continue;
    worker.rest_at = kNever;
    // Ending a process may wait for it, so it is done on the worker.
    auto rest = [child = worker.child](const Cancelled&) -> Completion {
      child->stop();
      return [] {};
    };
    (void)worker.lane->submit({random_.id<JobToken>(), kTaskLimit, rest, [](const Error&) {}});
  }
}

ServerTime MediaLane::deadline() const {
  ServerTime at = kNever;
  for (const Worker& worker : workers_)
    at = std::min({at, worker.lane->deadline(), worker.rest_at});
  return at;
}

std::vector<const Lane*> MediaLane::lanes() const {
  std::vector<const Lane*> all;
  for (const Worker& worker : workers_) all.push_back(worker.lane.get());
  return all;
}

}  // namespace tutti::shell
