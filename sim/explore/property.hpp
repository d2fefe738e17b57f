#pragma once
// Property tests on the stream of decisions: `choose` is the generator, and a failing case is made
// small by making its list of decisions small, so no type needs a shrinker of its own. That is
// internal test-case reduction: MacIver, Donaldson, "Test-Case Reduction via Test-Case Generation:
// Insights from the Hypothesis Reducer", ECOOP 2020.

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/choose.hpp"

namespace tutti::explore {

// What a property says about one case: nothing when it holds, else what is broken. The text up to
// the first ':' is the kind of the failure, and shrinking keeps the kind.
using Broken = std::optional<std::string>;
using Property = std::function<Broken(Choose& choose)>;

// What a property returns at its end.
inline const Broken kHolds;

struct PropertyFailure {
  std::string what;
  std::uint64_t seed = 0;
  std::size_t case_number = 0;         // from 0
  std::vector<std::string> decisions;  // of the shrunk case, "tag value/n" each
  std::vector<std::uint32_t> values;   // the same, for `run_case`
  std::size_t shrink_runs = 0;
  std::string text() const;
};

// Runs `property` on `cases` streams drawn from the seed, up to the first failure, which is shrunk
// within a fixed number of runs and draws. The same seed, the same cases and result. An exception
// of std is a failure of kind "exception"; one that the same decisions do not repeat is reported as
// it was found, of kind "not repeatable".
std::optional<PropertyFailure> for_all(std::uint64_t seed, std::size_t cases,
                                       const Property& property);

// One case with exactly these decisions: a value beyond its range counts as the largest, and behind
// the last all are 0.
Broken run_case(std::span<const std::uint32_t> values, const Property& property);

// Generators. What shrinks to: the fewest, the first, 0.
//
// 64 bits, all equally likely, the high ones drawn first.
std::uint64_t draw_bits(Choose& choose, std::string_view tag = "bits");
// Up to `max` bytes, all values equally likely.
std::string draw_bytes(Choose& choose, std::uint32_t max, std::string_view tag = "byte");
// Up to `max` characters, valid UTF-8 without NUL: mostly letters, then what needs escaping,
// control characters, and the ends of each length of UTF-8.
std::string draw_text(Choose& choose, std::uint32_t max, std::string_view tag = "character");

// One of the list, which is not empty; its first is the benign one.
template <class T>
T pick(Choose& choose, std::initializer_list<T> list, std::string_view tag = "pick") {
  return list.begin()[choose.choose(static_cast<std::uint32_t>(list.size()), tag)];
}
template <class List>
  requires requires(const List& list) { std::size(list); }
const auto& pick(Choose& choose, const List& list, std::string_view tag = "pick") {
  return *(std::begin(list) + choose.choose(static_cast<std::uint32_t>(std::size(list)), tag));
}

// "line 12: a == b; detail": the line is the kind of the failure.
std::string broken_at(int line, std::string_view condition, std::string_view detail = {});

}  // namespace tutti::explore

// In a property: returns a failure of this line unless the condition holds; a second argument is a
// text that is made only then.
#define FAIL_UNLESS(condition, ...)                                                      \
  do {                                                                                   \
    if (!(condition))                                                                    \
      return ::tutti::explore::Broken(                                                   \
          ::tutti::explore::broken_at(__LINE__, #condition __VA_OPT__(, ) __VA_ARGS__)); \
  } while (false)

// In a doctest case: `property` holds in all cases, or the test fails with the shrunk one.
#define CHECK_FOR_ALL(seed, cases, ...)                                          \
  do {                                                                           \
    auto tutti_failure = ::tutti::explore::for_all(seed, cases, __VA_ARGS__);    \
    CHECK_MESSAGE(!tutti_failure, (tutti_failure ? tutti_failure->text() : "")); \
  } while (false)
