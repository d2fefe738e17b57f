#include "core/live/dialer.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace tutti::live {

bool redials(Goodbye goodbye) {
  switch (goodbye) {
    case Goodbye::lost:
    case Goodbye::restart: return true;
    case Goodbye::shutdown:
    case Goodbye::another_server:
    case Goodbye::user: return false;
  }
  return false;
}

void Dialer::connect(const std::string& key, const std::string& address, Now) {
  note_write(recorder_, this);
  Target& target = targets_[key];
  if (target.number == 0) by_number_[target.number = ++numbers_] = key;
  target.address = address;
  target.wanted = true;
  if (!GUARD("dialer.one_dial", is_free(target))) {
    merged_.add(1);
    return;
  }
  timers_.cancel(timer(target));
  target.failures = 0;
  dial(key, target);
}

// Neither dialling nor connected.
bool Dialer::is_free(const Target& target) {
  switch (target.phase) {
    case Phase::idle:
    case Phase::waiting: return true;
    case Phase::dialing:
    case Phase::connected: return false;
  }
  return false;
}

void Dialer::disconnect(const std::string& key, Now) {
  note_write(recorder_, this);
  auto found = targets_.find(key);
  if (found == targets_.end()) return;
  Target& target = found->second;
  target.wanted = false;
  timers_.cancel(timer(target));
  switch (target.phase) {
    case Phase::dialing: INVARIANT(effects_.push(CancelDial{target.attempt})); break;
    case Phase::connected: INVARIANT(effects_.push(Hangup{target.attempt})); break;
    default: break;
  }
  release(target);
  by_number_.erase(target.number);
  targets_.erase(found);
}

void Dialer::dial(const std::string& key, Target& target) {
  target.phase = Phase::dialing;
  target.attempt = attempts_.create(Attempt{key});
  INVARIANT(effects_.push(Dial{target.attempt, key, target.address}));
}

// The attempt is no longer the key's: whatever it still reports finds nothing.
void Dialer::release(Target& target) {
  if (!is_free(target)) attempts_.erase(target.attempt);
  target.phase = Phase::idle;
}

Dialer::Target* Dialer::current(Handle handle) {
  const Attempt* attempt = attempts_.read(handle);
  if (attempt == nullptr) return nullptr;
  // `release` erases the attempt whenever its key gives it up: one that is in the table is its
  // key's.
  auto found = targets_.find(attempt->key);
  INVARIANT(found != targets_.end() && found->second.attempt == handle);
  return &found->second;
}

void Dialer::dialed(Handle attempt, Now) {
  note_write(recorder_, this);
  Target* target = current(attempt);
  if (target == nullptr) {
    INVARIANT(effects_.push(Hangup{attempt}));  // nobody wants it any more
    return;
  }
  target->phase = Phase::connected;
  target->failures = 0;
}

void Dialer::failed(Handle attempt, Now now) {
  note_write(recorder_, this);
  if (Target* target = current(attempt)) {
    release(*target);
    wait(*target, now);
  }
}

void Dialer::ended(Handle attempt, Goodbye goodbye, Now now) {
  note_write(recorder_, this);
  Target* target = current(attempt);
  if (target == nullptr) return;
  release(*target);
  if (GUARD("dialer.goodbye", redials(goodbye))) wait(*target, now);
  else target->wanted = false;
}

// 1 s doubling to 300 s, with 20 % jitter so that a house of players does not dial in step.
void Dialer::wait(Target& target, Now now) {
  std::int64_t delay = limits::kDialFirst.us << std::min(target.failures, 20);
  delay = std::min(delay, limits::kDialMost.us);
  ++target.failures;
  auto spread = static_cast<std::uint64_t>(delay * 4 / 10 + 1);
  delay += static_cast<std::int64_t>(random_.below(spread)) - delay * 2 / 10;
  target.phase = Phase::waiting;
  timers_.arm(timer(target), now.mono + micros(delay));
}

void Dialer::fire(TimerKey key, Now) {
  note_write(recorder_, this);
  auto name = by_number_.find(key.id);
  INVARIANT(name != by_number_.end());
  Target& target = targets_.at(name->second);
  INVARIANT(target.wanted && is_free(target));
  dial(name->second, target);
}

std::optional<Dialer::Effect> Dialer::poll() {
  if (effects_.empty()) return std::nullopt;
  note_write(recorder_, this);
  return effects_.pop();
}

bool Dialer::wanted(const std::string& key) const {
  auto found = targets_.find(key);
  return found != targets_.end() && found->second.wanted;
}

bool Dialer::connected(const std::string& key) const {
  auto found = targets_.find(key);
  if (found == targets_.end()) return false;
  switch (found->second.phase) {
    case Phase::connected: return true;
    default: return false;
  }
}

std::size_t Dialer::in_flight(const std::string& key) const {
  std::size_t count = 0;
  attempts_.for_each([&](Handle, const Attempt& attempt) { count += attempt.key == key ? 1 : 0; });
  return connected(key) ? count - 1 : count;
}

void Dialer::describe(StateWriter& out) const {
  std::vector<const std::pair<const std::string, Target>*> ordered;
  for (const auto& entry : targets_) ordered.push_back(&entry);
  std::sort(ordered.begin(), ordered.end(),
            [](auto* a, auto* b) { return a->second.number < b->second.number; });
  for (const auto* entry : ordered) {
    out.text(entry->first);
    out.text(entry->second.address);
    out.number(entry->second.wanted);
    out.number(static_cast<std::uint64_t>(entry->second.phase));
    out.number(static_cast<std::uint64_t>(entry->second.failures));
    out.handle(entry->second.attempt);
  }
  out.number(attempts_.size());
  out.number(effects_.size());
  timers_.describe(out);
}

}  // namespace tutti::live
