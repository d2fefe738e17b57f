#include "shell/loop/lane.hpp"

#include <deque>

#include "core/base/check.hpp"

namespace tutti::shell {

struct Lane::Task {
  Job job;
  ServerTime submitted;
  ServerTime deadline;
  std::atomic<bool> cancelled = false;
  std::atomic<bool> started = false;
  std::atomic<bool> replaced = false;  // its thread was given up: it ends if it ever comes back
};

struct Lane::Shared {
  explicit Shared(Loop& on) : loop(on) {}
  Loop& loop;
  Mutex mutex;
  std::condition_variable wake;
  std::deque<std::shared_ptr<Task>> queue GUARDED_BY(mutex);
  bool closing GUARDED_BY(mutex) = false;

  // Null: the worker ends.
  std::shared_ptr<Task> take() {
    MutexLock lock(mutex);
    while (queue.empty() && !closing) lock.wait(wake);
    if (closing) return nullptr;
    auto task = std::move(queue.front());
    queue.pop_front();
    return task;
  }
};

Lane::Lane(Loop& loop, std::string name, int threads, std::size_t job_limit)
    : loop_(loop),
      name_(std::move(name)),
      job_limit_(job_limit),
      shared_(std::make_shared<Shared>(loop)) {
  for (int i = 0; i < threads; ++i) add_thread();
}

Lane::~Lane() {
  for (auto& [token, task] : tasks_) task->cancelled = true;
  {
    MutexLock lock(shared_->mutex);
    shared_->closing = true;
    shared_->queue.clear();
  }
  shared_->wake.notify_all();
  for (auto& thread : threads_) {
    if (stuck_ > 0) thread.detach();
    else thread.join();
  }
}

void Lane::add_thread() {
  threads_.emplace_back([this, shared = shared_] {
    while (auto task = shared->take()) {
      task->started = true;
      Duration waited = clock_now().mono - task->submitted;
      Completion done;
      if (!task->cancelled) done = task->job.run(task->cancelled);
      if (task->replaced) {
        shared->loop.post([this] { --stuck_; });
        return;
      }
      if (task->cancelled) continue;  // `done` and all it holds die here, on the worker
      shared->loop.post([this, waited, token = task->job.token, done = std::move(done)] {
        wait_us_.add(waited.us);
        auto found = tasks_.find(token);
        if (found == tasks_.end()) return;  // forgotten meanwhile
        tasks_.erase(found);
        if (done) done();
      });
    }
  });
}

Result<void> Lane::submit(Job job) {
  INVARIANT(loop_.on_this_thread());
  if (stuck_ > limits::kMaxStuck)
    return fail(Code::unavailable, "the " + name_ + " workers hang",
                "see the log; a disk or mount may not answer");
  // A job keeps its place until its result was taken: so a result always finds room in the inbox.
  if (tasks_.size() >= job_limit_)
    return fail(Code::overloaded, "too much work waits for the " + name_ + " workers");
  auto task = std::make_shared<Task>();
  task->submitted = clock_now().mono;
  task->deadline = task->submitted + job.time_limit;
  JobToken token = job.token;
  task->job = std::move(job);
  {
    MutexLock lock(shared_->mutex);
    shared_->queue.push_back(task);
  }
  tasks_.emplace(token, std::move(task));
  shared_->wake.notify_one();
  return {};
}

bool Lane::cancel(JobToken token) {
  auto found = tasks_.find(token);
  if (found == tasks_.end()) return false;
  found->second->cancelled = true;
  tasks_.erase(found);
  return true;
}

ServerTime Lane::deadline() const {
  ServerTime earliest = kNever;
  for (const auto& [token, task] : tasks_) earliest = std::min(earliest, task->deadline);
  return earliest;
}

void Lane::tick(ServerTime now) {
  std::vector<std::shared_ptr<Task>> late;
  for (const auto& [token, task] : tasks_) {
    if (task->deadline <= now) late.push_back(task);
  }
  for (auto& task : late) {
    cancel(task->job.token);
    if (task->started) {
      task->replaced = true;
      if (++stuck_ <= limits::kMaxStuck) add_thread();
    }
    task->job.failed(Error{Code::timeout, "the " + name_ + " job took longer than " +
                                              std::to_string(task->job.time_limit.us / 1'000'000) +
                                              " s"});
  }
}

std::size_t Lane::waiting() const {
  MutexLock lock(shared_->mutex);
  return shared_->queue.size();
}

}  // namespace tutti::shell
