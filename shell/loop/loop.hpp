#pragma once
// Loop: one libuv loop, its inbox from other threads, one timer, and the turn.
// Thread: the one that calls run(); post() and stop() may be called from any.

#include <uv.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/base/limits.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "shell/loop/histogram.hpp"
#include "shell/loop/mutex.hpp"

namespace tutti::shell {

Now clock_now();

class Loop;

// A file descriptor on the loop. Destroying it stops watching; the descriptor stays the owner's.
class Poll {
 public:
  // events: bits of UV_READABLE and UV_WRITABLE; failed: the descriptor is broken.
  using Callback = std::function<void(int events, bool failed)>;
  ~Poll();
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  void watch(int events);  // 0: not at all

 private:
  friend class Loop;
  Poll() = default;
  static void on_event(uv_poll_t* handle, int status, int events);
  Loop* loop_ = nullptr;
  uv_poll_t* handle_ = nullptr;  // freed by libuv's close callback
  Callback callback_;
  int watched_ = 0;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<std::unique_ptr<Poll>> poll(int descriptor, Poll::Callback callback);

  // Called once per turn, after what arrived was handed out and before the loop waits. Returns true
  // when it left work for another turn, and false when the loop may wait for events or until the
  // deadline.
  void on_turn(std::function<bool(Now)> turn) { turn_ = std::move(turn); }
  // When the loop must turn next even if nothing arrives.
  void set_deadline(ServerTime at);
  // Called on the loop in order of posting. At most limits::kInbox results wait: a job reserves
  // its place when it is submitted (see Lane).
  void post(std::function<void()> task);
  void on_signal(int signal, std::function<void()> handler);

  void run();
  void stop();  // run() returns after the current turn
  bool on_this_thread() const { return std::this_thread::get_id() == thread_; }

  // Microseconds of work per turn (waiting is not work), and how deep the inbox was found.
  const Histogram& turn_us() const { return turn_us_; }
  // How late turns were that had a deadline.
  const Histogram& lag_us() const { return lag_us_; }
  std::size_t inbox_depth() const { return inbox_depth_; }
  // Names what a turn was spent on, for the log line of a long one.
  void on_long_turn(std::function<void(std::int64_t us)> report) { long_turn_ = std::move(report); }

 private:
  friend class Poll;
  void turn_begins();
  void prepare();
  void arm();
  void drain_inbox();

  uv_loop_t loop_;
  uv_prepare_t prepare_;
  uv_idle_t idle_;
  uv_timer_t timer_;
  uv_async_t async_;
  struct Signal {
    uv_signal_t handle;
    std::function<void()> handler;
  };
  std::vector<std::unique_ptr<Signal>> signals_;
  std::function<bool(Now)> turn_;
  std::function<void(std::int64_t)> long_turn_;
  ServerTime deadline_ = kNever;
  ServerTime armed_ = kNever;  // what the timer is set to
  bool stopping_ = false;
  bool idling_ = false;
  std::thread::id thread_;
  Histogram turn_us_;
  Histogram lag_us_;
  std::uint64_t turn_began_ns_ = 0;  // 0: it has not begun
  std::size_t inbox_depth_ = 0;

  Mutex mutex_;
  std::vector<std::function<void()>> inbox_ GUARDED_BY(mutex_);
};

}  // namespace tutti::shell
