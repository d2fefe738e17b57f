#pragma once
// The explorer's figures: schedules and states per second, how soon wrong variants are found.

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_explore(const BenchOptions& options);

}  // namespace tutti::bench
