#pragma once
// Lane: threads that run jobs of one kind, one queue, results back through the loop's inbox.
// Thread: loop, except where a function says otherwise.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/base/ring.hpp"
#include "core/base/time.hpp"
#include "shell/loop/loop.hpp"

namespace tutti::shell {

// True once the job was cancelled or passed its deadline; a job looks at it between slices.
using Cancelled = std::atomic<bool>;
// What a job leaves for the loop to do. It runs on the loop exactly once, unless the job was
// forgotten: then it is destroyed on its worker.
using Completion = std::function<void()>;

struct Job {
  JobToken token;
  Duration time_limit = seconds(30);
  std::function<Completion(const Cancelled&)> run;  // on a worker
  std::function<void(Error)> failed;                // on the loop: past its deadline or cancelled
};

class Lane {
 public:
  Lane(Loop& loop, std::string name, int threads, std::size_t job_limit = limits::kInbox / 4);
  // Cancels what runs, waits for the threads. Stuck ones are left behind: the process is about to
  // end.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Refused when too many are under way (overloaded) or too many threads are stuck (unavailable).
  Result<void> submit(Job job);
  // Forgets the job; nothing of it comes back, its worker sees the flag. False: it was over.
  bool cancel(JobToken token);
  // Fails what is past its deadline and replaces the threads it holds. deadline(): when to call it
  // next.
  void tick(ServerTime now);
  ServerTime deadline() const;

  const std::string& name() const { return name_; }
  std::size_t waiting() const;
  int stuck() const { return stuck_; }
  const Histogram& wait_us() const { return wait_us_; }

 private:
  struct Task;
  struct Shared;  // what workers share with the lane; outlives it when a thread is stuck
  void add_thread();

  Loop& loop_;
  std::string name_;
  std::size_t job_limit_;
  std::shared_ptr<Shared> shared_;
  std::unordered_map<JobToken, std::shared_ptr<Task>> tasks_;
  std::vector<std::thread> threads_;
  int stuck_ = 0;
  Histogram wait_us_;
};

}  // namespace tutti::shell
