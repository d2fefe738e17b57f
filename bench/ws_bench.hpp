#pragma once
// The WebSocket figures: echo, broadcast, idle memory, accepting; beside npm `ws` and beside a bare
// loop of send().

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_ws(const BenchOptions& options);

}  // namespace tutti::bench
