#include "core/sync/burst.hpp"

#include <algorithm>

namespace tutti::sync {

bool Burst::due(ClientTime now) {
  if (now < deadline()) return false;
  if (under_way_) {
    under_way_.reset();
    ++lost_;
    if (++lost_in_a_row_ >= kGiveUp) left_ = 0;
    plan(now);
    if (now < next_) return false;
  }
  // A burst begins when its first probe leaves: who was late does not make good for it.
  if (left_ == (bursts_ == 0 ? kFirst : kProbes)) burst_ = now;
  under_way_ = now;
  --left_;
  ++sent_;
  return true;
}

bool Burst::answered(ClientTime sent, ClientTime now) {
  if (under_way_ != sent) return false;
  under_way_.reset();
  lost_in_a_row_ = 0;
  plan(now);
  return true;
}

void Burst::restart(ClientTime now) {
  lost_ += under_way_ ? 1 : 0;
  under_way_.reset();
  burst_ = next_ = now;
  left_ = kFirst;
  bursts_ = lost_in_a_row_ = 0;
}

void Burst::plan(ClientTime now) {
  next_ = now + kPause;
  if (left_ > 0) return;
  ++bursts_;
  left_ = kProbes;
  lost_in_a_row_ = 0;
  next_ = std::max(next_, burst_ + (bursts_ <= kEarly ? kEarlyEvery : kEvery));
}

}  // namespace tutti::sync
