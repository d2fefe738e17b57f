#pragma once
// `tutti bench scan`: a first scan and one with nothing changed, beside mpd on the same files, and
// the tag reader alone.

#include "bench/bench.hpp"
#include "bench/report.hpp"
#include "core/base/result.hpp"

namespace tutti::bench {

Result<Report> bench_scan(const BenchOptions& options);

}  // namespace tutti::bench
