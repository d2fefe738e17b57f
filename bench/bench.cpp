#include "bench/bench.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bench/ws_bench.hpp"

namespace tutti::bench {
namespace {

int failed(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.text.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "       %s\n", error.hint.c_str());
  return 1;
}

// Below build/, beside the folder of the preset this executable is in.
std::string default_svg(const std::string& name) {
  std::error_code error;
  auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
  return (executable.parent_path().parent_path() / ("bench-" + name + ".svg")).string();
}

}  // namespace

int bench(const BenchOptions& options) {
  auto report = bench_ws(options);
  if (!report) return failed(report.error());
  if (options.json) std::printf("%s\n", write_json(report_json(*report)).c_str());
  else std::printf("%s", table_text(*report).c_str());
  if (!options.svg) return 0;
  std::string file = options.svg_file.empty() ? default_svg(report->name) : options.svg_file;
  std::ofstream out(file);
  out << chart_svg(*report);
  if (!out.flush()) return failed({Code::io, "cannot write " + file});
  if (!options.json) std::printf("chart: %s\n", file.c_str());
  return 0;
}

}  // namespace tutti::bench
