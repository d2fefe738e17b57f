#pragma once
// How far a client's idea of the server's time is off: our clock filter beside the methods of
// others, on the same simulated networks and clocks. Simulated time; a seed a run.

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_clock(const BenchOptions& options);

}  // namespace tutti::bench
