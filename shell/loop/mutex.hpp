#pragma once
// Mutexes that clang's thread safety analysis understands (-Wthread-safety). Used by the inbox and
// the worker pool only.

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define TUTTI_TSA(x) __attribute__((x))
#else
#define TUTTI_TSA(x)
#endif
#define GUARDED_BY(x) TUTTI_TSA(guarded_by(x))
#define REQUIRES(x) TUTTI_TSA(requires_capability(x))

namespace tutti::shell {

class TUTTI_TSA(capability("mutex")) Mutex {
 public:
  void lock() TUTTI_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() TUTTI_TSA(release_capability()) { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

class TUTTI_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TUTTI_TSA(acquire_capability(mutex)) : lock_(mutex.mutex_) {}
  ~MutexLock() TUTTI_TSA(release_capability()) {}
  // Waits for the condition; the mutex is held again on return.
  void wait(std::condition_variable& condition) { condition.wait(lock_); }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace tutti::shell
