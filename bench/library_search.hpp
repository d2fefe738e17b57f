#pragma once
// Search as one types over a made-up library, and the same question as a scan with LIKE beside it.

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_search(const BenchOptions& options);

}  // namespace tutti::bench
