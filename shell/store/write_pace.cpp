#include "shell/store/write_pace.hpp"

#include <algorithm>

#include "shell/loop/loop.hpp"

namespace tutti::shell {

namespace {

// What is aimed at; a disk that is busy for once should not make it too long.
constexpr Duration kAim = millis(14);
constexpr Duration kShort = millis(6);
// A commit that met a slow disk once must not make all later ones tiny.
constexpr double kLeastShare = 0.15;
constexpr double kMostShare = 0.8;
constexpr double kLearning = 0.25;

}  // namespace

WritePace::WritePace(Clock clock) : clock_(std::move(clock)) {
  if (!clock_) clock_ = [] { return clock_now().mono; };
}

void WritePace::begin() { begun_ = clock_(); }

bool WritePace::is_full() const {
  return static_cast<double>((clock_() - begun_).us) >= share_ * static_cast<double>(kAim.us);
}

void WritePace::rows_done() { rows_done_ = clock_(); }

void WritePace::committed() {
  Duration all = clock_() - begun_;
  // The time of a short one is mostly that of beginning and ending it.
  if (all < kShort) return;
  double share = static_cast<double>((rows_done_ - begun_).us) / static_cast<double>(all.us);
  share_ = std::clamp(share_ + kLearning * (share - share_), kLeastShare, kMostShare);
}

}  // namespace tutti::shell
