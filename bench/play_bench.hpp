#pragma once
// `tutti bench play`: how long a server takes from being asked for a track until it plays.

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_play(const BenchOptions& options);

}  // namespace tutti::bench
