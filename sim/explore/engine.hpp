#pragma once
// What the engines and strategies share; not for users of the library.

#include <ctime>

#include "sim/explore/explore.hpp"

namespace tutti::explore {

// Adds runs up to a report.
class Tally {
 public:
  Tally(const Scenario& scenario, std::string engine, std::string bounds);
  void add(const Runner& runner, const Outcome& outcome);
  Report done();
  Report report;

 private:
  double begin_;
};

}  // namespace tutti::explore
