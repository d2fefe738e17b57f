#include "sim/explore/run.hpp"

#include <fmt/format.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstring>

#include "core/base/check.hpp"

namespace tutti::explore {
namespace {

struct BugFound {
  std::string what;
};

void raise_bug(const char* expression, const char* file, int line) {
  throw BugFound{fmt::format("bug: {} at {}:{}", expression, file, line)};
}

// A model that crashes must leave a trace like one that breaks a promise. The handler jumps back to
// the run; what the model held is lost, which a process that reports a crash can bear.
thread_local sigjmp_buf* t_crashed = nullptr;

void on_crash(int signal) {
  if (t_crashed != nullptr) siglongjmp(*t_crashed, signal);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void catch_crashes() {
  struct sigaction action{};
  action.sa_handler = on_crash;
  action.sa_flags = SA_NODEFER;
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT}) ::sigaction(signal, &action, nullptr);
}

// What the thread runs, for the watch.
struct Progress {
  const Scenario* scenario = nullptr;
  const std::vector<Decision>* made = nullptr;
  std::uint64_t steps = 0;
  std::uint64_t seen = 0;
  int stuck = 0;
};
thread_local Progress t_progress;

void write_text(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }
void write_number(std::uint64_t number) {
  char digits[20];
  std::size_t at = sizeof digits;
  do digits[--at] = static_cast<char>('0' + number % 10);
  while ((number /= 10) > 0);
  write_text({digits + at, sizeof digits - at});
}

// Each second of CPU time, in a thread that uses it. Only what a signal handler may do.
void on_tick(int) {
  Progress& p = t_progress;
  if (p.scenario == nullptr) return;
  p.stuck = p.steps == p.seen ? p.stuck + 1 : 0;
  p.seen = p.steps;
  if (p.stuck < 10) return;
  write_text("error: the model breaks its contract: a step of the scenario \"");
  write_text(p.scenario->name);
  write_text("\" has not ended after 10 s: endless internal events? Decisions that lead there:");
  for (const Decision& decision : *p.made) write_text(" "), write_number(decision.chosen);
  write_text("\n");
  ::_exit(1);
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t h = seed;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    h = hash_mix(h ^ word) + seed;
  }
  for (char c : bytes) h = hash_mix(h ^ static_cast<std::uint8_t>(c)) + seed;
  return h;
}

}  // namespace

void watch_for_endless_steps() {
  struct sigaction action{};
  action.sa_handler = on_tick;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGVTALRM, &action, nullptr);
  itimerval each_second{{1, 0}, {1, 0}};
  ::setitimer(ITIMER_VIRTUAL, &each_second, nullptr);
}

std::uint32_t Runner::Stream::choose(std::uint32_t n, std::string_view tag) {
  if (made.size() - before_step > kMostDraws) throw BugFound{std::string(kEndlessStep)};
  std::uint32_t chosen = decider->draw(n, tag);
  made.push_back({n, chosen});
  return chosen;
}

Runner::Runner(const Scenario& scenario) : scenario_(scenario) {
  set_bug_hook(raise_bug);
  catch_crashes();  // each time: a test framework may have taken the signals since
}
Runner::~Runner() {
  if (t_progress.made == &stream_.made) t_progress.scenario = nullptr;
}

Outcome Runner::run(Decider& decider, std::size_t most, Watcher* watcher) {
  stream_.made.clear();
  stream_.before_step = 0;
  t_progress.scenario = &scenario_;
  t_progress.made = &stream_.made;
  stream_.decider = &decider;
  decider.start();
  sigjmp_buf here;
  sigjmp_buf* outer = t_crashed;
  if (int signal = sigsetjmp(here, 0); signal != 0) {
    t_crashed = outer;
    (void)model_.release();  // NOLINT: no destructor of it can be trusted now
    Outcome outcome;
    outcome.broken = fmt::format("crash: signal {} ({})", signal, ::strsignal(signal));
    return outcome;
  }
  t_crashed = &here;
  Outcome outcome = guarded(decider, most, watcher);
  t_crashed = outer;
  return outcome;
}

Outcome Runner::guarded(Decider& decider, std::size_t most, Watcher* watcher) {
  try {
    model_.reset();
    model_ = scenario_.make(stream_);
    return steps(decider, most, watcher);
  } catch (const BugFound& bug) {
    Outcome outcome;
    outcome.broken = bug.what;
    return outcome;
  }
}

Outcome Runner::steps(Decider& decider, std::size_t most, Watcher* watcher) {
  Outcome outcome;
  Model& model = *model_;
  std::string_view broken;
  for (;; ++outcome.steps) {
    choices_.clear();
    model.enabled(choices_);
    if (choices_.empty()) {
      broken = model.over();
      break;
    }
    if (outcome.steps == most) {
      outcome.cut = true;
      break;
    }
    std::uint32_t chosen = decider.step(model, choices_);
    if (chosen == kStop) {
      outcome.left = true;
      break;
    }
    stream_.made.push_back({static_cast<std::uint32_t>(choices_.size()), chosen});
    stream_.before_step = stream_.made.size();
    ++t_progress.steps;
    if (watcher != nullptr) watcher->before(model, choices_, chosen);
    model.step(chosen);
    if (broken = model.check(); !broken.empty()) {
      ++outcome.steps;
      if (watcher != nullptr) watcher->after(model);
      break;
    }
    if (watcher != nullptr && !watcher->after(model)) {
      ++outcome.steps;
      outcome.left = true;
      break;
    }
  }
  outcome.broken = broken;
  return outcome;
}

void Follow::start() {
  at_ = 0;
  changed_ = false;
  if (rest_ != nullptr) rest_->start();
}

std::uint32_t Follow::take(std::uint32_t n) {
  Decision given = given_[at_++];
  if (given.n != n) changed_ = true;
  return std::min(given.chosen, n - 1);
}

std::uint32_t Follow::step(const Model& model, const Choices& choices) {
  if (!fresh()) return take(static_cast<std::uint32_t>(choices.size()));
  return rest_ != nullptr ? rest_->step(model, choices) : 0;
}

std::uint32_t Follow::draw(std::uint32_t n, std::string_view tag) {
  if (!fresh()) return take(n);
  return rest_ != nullptr ? rest_->draw(n, tag) : 0;
}

std::string state_of(const Model& model) {
  StateWriter writer(model.now());
  model.describe(writer);
  return writer.bytes();
}

Digest digest(std::string_view state) {
  return {hash64(state, 0x9e3779b97f4a7c15ULL),
          hash64(state, 0xd1342543de82ef95ULL + state.size())};
}

}  // namespace tutti::explore
