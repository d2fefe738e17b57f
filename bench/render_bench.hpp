#pragma once
// The renderer's figures: how many times faster than life one core turns files into what is heard,
// beside ffmpeg doing the same work.

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_render(const BenchOptions& options);

}  // namespace tutti::bench
