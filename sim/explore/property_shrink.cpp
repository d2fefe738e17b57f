#include "sim/explore/property_shrink.hpp"

#include <algorithm>
#include <map>

namespace tutti::explore {

namespace {

using Values = std::vector<std::uint32_t>;

// The work of one shrinking: with cases of some microseconds below a second, with slow ones some
// seconds, and only in a test that fails anyway.
constexpr std::size_t kRunsMax = 20'000;
constexpr std::size_t kDrawsMax = 20'000'000;
// How far apart two decisions may be that are changed together.
constexpr std::size_t kReach = 8;

bool shortlex_less(const Values& a, const Values& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Values values_of(const std::vector<Drawn>& draws) {
  Values out;
  out.reserve(draws.size());
  for (const Drawn& draw : draws) out.push_back(draw.value);
  return out;
}

class Shrinker {
 public:
  Shrinker(CaseRun failing, const Property& property)
      : property_(property), kind_(kind_of(*failing.broken)), best_(std::move(failing)) {
    values_ = values_of(best_.draws);
  }

  // All passes, until none of them finds anything: what one makes smaller often frees another.
  Shrunk run() {
    for (Values before; before != values_ && !spent();) {
      before = values_;
      delete_chunks();
      zero_chunks();
      lower_each();
      lower_counts();
      lower_equals();
      lower_together();
      move_forward();
      sort_neighbours();
    }
    return {std::move(best_), runs_};
  }

 private:
  bool spent() const { return runs_ >= kRunsMax || draws_ >= kDrawsMax; }

  // Keeps the candidate when it fails in the same way and what it really drew is smaller. A case
  // that wants more decisions than the best has cannot be.
  bool attempt(const Values& candidate) {
    if (spent()) return false;
    CaseRun run = run_drawn(candidate, values_.size(), property_);
    ++runs_;
    draws_ += run.draws.size();
    drew_ = run.overrun ? values_.size() : run.draws.size();
    if (!run.broken || kind_of(*run.broken) != kind_) return false;
    Values drawn = values_of(run.draws);
    if (!shortlex_less(drawn, values_)) return false;
    values_ = std::move(drawn);
    best_ = std::move(run);
    return true;
  }

  // Chunks of halving size, tried from the end: later decisions depend on earlier ones, so a
  // deletion there shifts the fewest. The deletions of ddmin (Zeller, Hildebrandt, "Simplifying and
  // Isolating Failure-Inducing Input", 2002, section 3), without its tests of subsets alone.
  template <class Edit>
  void each_chunk(Edit edit) {
    for (std::size_t size = std::max<std::size_t>(values_.size(), 1);; size /= 2) {
      for (std::size_t end = values_.size(); end > 0 && !spent();) {
        end = std::min(end, values_.size());
        std::size_t from = end - std::min(size, end);
        Values candidate = values_;
        edit(candidate, from, end);
        attempt(candidate);
        end = from;
      }
      if (size <= 1) return;
    }
  }

  void delete_chunks() {
    each_chunk([](Values& v, std::size_t from, std::size_t end) {
      v.erase(v.begin() + static_cast<std::ptrdiff_t>(from),
              v.begin() + static_cast<std::ptrdiff_t>(end));
    });
  }

  void zero_chunks() {
    each_chunk([](Values& v, std::size_t from, std::size_t end) {
      std::fill(v.begin() + static_cast<std::ptrdiff_t>(from),
                v.begin() + static_cast<std::ptrdiff_t>(end), 0);
    });
  }

  // The least value up to `high` that `fits`, by binary search: right where fitting is monotone,
  // else a value whose lower neighbour does not fit. `high` is what stands there now.
  template <class Fits>
  static void search_down(std::uint32_t high, Fits fits) {
    if (high == 0 || fits(0)) return;
    for (std::uint32_t low = 0; high - low > 1;) {
      std::uint32_t middle = low + (high - low) / 2;
      (fits(middle) ? high : low) = middle;
    }
  }

  void lower_each() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      search_down(values_[i], [&](std::uint32_t value) { return attempt_with({i}, value); });
    }
  }

  // A count in front of its items: one less alone shifts all that follows, so as many decisions as
  // it no longer draws are deleted with it, from each place behind.
  void lower_counts() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      while (i < values_.size() && values_[i] > 0 && lower_count(i)) {
      }
    }
  }

  bool lower_count(std::size_t i) {
    Values lowered = values_;
    --lowered[i];
    if (attempt(lowered)) return true;
    if (drew_ >= values_.size()) return false;
    auto fewer = static_cast<std::ptrdiff_t>(values_.size() - drew_);
    for (auto at = static_cast<std::ptrdiff_t>(i) + 1;
         at + fewer <= static_cast<std::ptrdiff_t>(lowered.size()); ++at) {
      Values candidate = lowered;
      candidate.erase(candidate.begin() + at, candidate.begin() + at + fewer);
      if (attempt(candidate)) return true;
    }
    return false;
  }

  // Equal values that only fail together, however many and far apart.
  void lower_equals() {
    std::map<std::uint32_t, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < values_.size(); ++i) places[values_[i]].push_back(i);
    for (const auto& [value, at] : places) {
      if (value == 0 || at.size() < 2) continue;
      search_down(value, [&](std::uint32_t lower) { return attempt_with(at, lower); });
    }
  }

  // Two values that only fail at their distance, such as an item and the place that names it.
  void lower_together() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      for (std::size_t j = i + 1; j < std::min(values_.size(), i + 1 + kReach); ++j) {
        std::uint32_t both = std::min(values_[i], values_[j]);
        std::uint32_t first = values_[i] - both, second = values_[j] - both;
        search_down(both, [&](std::uint32_t value) {
          if (j >= values_.size()) return false;
          Values candidate = values_;
          candidate[i] = first + value;
          candidate[j] = second + value;
          return attempt(candidate);
        });
        if (i >= values_.size()) return;
      }
    }
  }

  // A sum over several values: what one loses a later one gets, so that the first can be deleted.
  void move_forward() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      for (std::size_t j = i + 1; j < std::min(values_.size(), i + 1 + kReach); ++j) {
        if (values_[i] == 0) break;
        std::uint64_t sum = std::uint64_t{values_[i]} + values_[j];
        search_down(values_[i], [&](std::uint32_t value) {
          if (j >= values_.size() || sum - value >= best_.draws[j].n) return false;
          Values candidate = values_;
          candidate[i] = value;
          candidate[j] = static_cast<std::uint32_t>(sum - value);
          return attempt(candidate);
        });
        if (i >= values_.size()) return;
      }
    }
  }

  void sort_neighbours() {
    for (std::size_t i = 1; i < values_.size(); ++i) {
      if (values_[i - 1] <= values_[i]) continue;
      Values candidate = values_;
      std::swap(candidate[i - 1], candidate[i]);
      attempt(candidate);
    }
  }

  bool attempt_with(const std::vector<std::size_t>& places, std::uint32_t value) {
    if (places.back() >= values_.size()) return false;
    Values candidate = values_;
    for (std::size_t i : places) candidate[i] = value;
    return attempt(candidate);
  }

  const Property& property_;
  std::string kind_;
  CaseRun best_;
  Values values_;  // of best_
  std::size_t runs_ = 0;
  std::size_t draws_ = 0;
  std::size_t drew_ = 0;  // by the last attempt
};

}  // namespace

Shrunk shrink_case(CaseRun failing, const Property& property) {
  return Shrinker(std::move(failing), property).run();
}

}  // namespace tutti::explore
