#include "shell/loop/loop.hpp"

#include <ctime>

#include "core/base/check.hpp"

namespace tutti::shell {
namespace {
constexpr std::int64_t kLongTurnUs = 5000;

std::int64_t clock_us(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}
}  // namespace

// Players follow this clock: one that a time daemon turns faster and slower would be chased by all
// of them.
Now clock_now() { return {{clock_us(CLOCK_MONOTONIC_RAW)}, {clock_us(CLOCK_REALTIME)}}; }

Poll::~Poll() {
  if (handle_ == nullptr) return;
  uv_poll_stop(handle_);
  handle_->data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle_),
           [](uv_handle_t* h) { delete reinterpret_cast<uv_poll_t*>(h); });
}

void Poll::watch(int events) {
  if (events == watched_) return;
  watched_ = events;
  if (events == 0) uv_poll_stop(handle_);
  else uv_poll_start(handle_, events, &Poll::on_event);
}

void Poll::on_event(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<Poll*>(handle->data);
  if (self == nullptr) return;
  self->loop_->turn_begins();
  self->callback_(events, status < 0);
}

Loop::Loop() {
  INVARIANT(uv_loop_init(&loop_) == 0);
  uv_prepare_init(&loop_, &prepare_);
  uv_idle_init(&loop_, &idle_);
  uv_timer_init(&loop_, &timer_);
  uv_async_init(&loop_, &async_,
                [](uv_async_t* handle) { static_cast<Loop*>(handle->data)->drain_inbox(); });
  thread_ = std::this_thread::get_id();
  prepare_.data = idle_.data = timer_.data = async_.data = this;
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<Loop*>(handle->data)->prepare(); });
}

Loop::~Loop() {
  auto close = [](auto* handle) { uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr); };
  close(&prepare_);
  close(&idle_);
  close(&timer_);
  close(&async_);
  for (auto& signal : signals_) close(&signal->handle);
  while (uv_run(&loop_, UV_RUN_DEFAULT) != 0) {
  }
  INVARIANT(uv_loop_close(&loop_) == 0);
}

Result<std::unique_ptr<Poll>> Loop::poll(int descriptor, Poll::Callback callback) {
  auto poll = std::unique_ptr<Poll>(new Poll);
  poll->loop_ = this;
  poll->handle_ = new uv_poll_t;
  poll->handle_->data = poll.get();
  poll->callback_ = std::move(callback);
  int error = uv_poll_init(&loop_, poll->handle_, descriptor);
  if (error != 0) {
    delete poll->handle_;
    poll->handle_ = nullptr;
    return fail(Code::io, std::string("a descriptor cannot be watched: ") + uv_strerror(error));
  }
  return poll;
}

void Loop::set_deadline(ServerTime at) { deadline_ = at; }

void Loop::post(std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    inbox_.push_back(std::move(task));
  }
  uv_async_send(&async_);
}

// A turn begins with the first thing that arrives, or with its pump when only the time has come.
void Loop::turn_begins() {
  if (turn_began_ns_ == 0) turn_began_ns_ = uv_hrtime();
}

void Loop::drain_inbox() {
  turn_begins();
  std::vector<std::function<void()>> tasks;
  {
    MutexLock lock(mutex_);
    tasks.swap(inbox_);
  }
  inbox_depth_ = tasks.size();
  for (auto& task : tasks) task();
}

void Loop::on_signal(int number, std::function<void()> handler) {
  auto signal = std::make_unique<Signal>();
  uv_signal_init(&loop_, &signal->handle);
  signal->handler = std::move(handler);
  signal->handle.data = signal.get();
  uv_signal_start(
      &signal->handle,
      [](uv_signal_t* handle, int) { static_cast<Signal*>(handle->data)->handler(); }, number);
  uv_unref(reinterpret_cast<uv_handle_t*>(&signal->handle));
  signals_.push_back(std::move(signal));
}

// The end of a turn: the core is pumped, then the loop waits no longer than the core's next
// deadline.
void Loop::prepare() {
  turn_begins();
  Now now = clock_now();
  if (deadline_ <= now.mono) lag_us_.add((now.mono - deadline_).us);
  bool more = turn_ && turn_(now);
  if (stopping_) {
    uv_stop(&loop_);
    return;
  }
  if (more != idling_) {
    idling_ = more;
    if (more) uv_idle_start(&idle_, [](uv_idle_t*) {});
    else uv_idle_stop(&idle_);
  }
  auto us = static_cast<std::int64_t>((uv_hrtime() - turn_began_ns_) / 1000);
  turn_began_ns_ = 0;
  turn_us_.add(us);
  if (us > kLongTurnUs && long_turn_) long_turn_(us);
  if (deadline_ != armed_) arm();
}

// libuv's clock has milliseconds: round up, so that the timer hardly ever fires before the
// deadline. It is another clock than ours, so only what is left is told, and where it ran faster
// the rest is waited for anew.
void Loop::arm() {
  armed_ = deadline_;
  if (deadline_ == kNever) {
    uv_timer_stop(&timer_);
    return;
  }
  std::int64_t wait_us = (deadline_ - clock_now().mono).us;
  std::uint64_t wait_ms = wait_us <= 0 ? 0 : static_cast<std::uint64_t>((wait_us + 999) / 1000);
  uv_update_time(&loop_);
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->armed_ = kNever; }, wait_ms,
      0);
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  stopping_ = false;
  uv_run(&loop_, UV_RUN_DEFAULT);
}

void Loop::stop() {
  post([this] { stopping_ = true; });
}

}  // namespace tutti::shell
