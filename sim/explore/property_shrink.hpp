#pragma once
// The shrinker behind property.hpp: from a list of decisions that fails to the smallest one it can
// find that fails in the same way.
//
// Smaller is shortlex: fewer decisions, then the first that differs is lower. Every step goes down
// that order, so it ends; a bound on runs and draws ends it sooner.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/explore/property.hpp"

namespace tutti::explore {

struct Drawn {
  std::uint32_t value = 0;
  std::uint32_t n = 1;
  std::string tag;
};

// What a case drew, which may be less or more than the list it was given, and what it said.
struct CaseRun {
  std::vector<Drawn> draws;
  Broken broken;
  bool overrun = false;  // stopped: it wanted more than `most` decisions
};
CaseRun run_drawn(std::span<const std::uint32_t> values, std::size_t most,
                  const Property& property);

// Up to the first ':'.
std::string_view kind_of(std::string_view what);

struct Shrunk {
  CaseRun smallest;
  std::size_t runs = 0;
};
// `failing` is a run that is broken and repeats.
Shrunk shrink_case(CaseRun failing, const Property& property);

}  // namespace tutti::explore
