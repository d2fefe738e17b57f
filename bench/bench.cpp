#include "bench/bench.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bench/clock_bench.hpp"
#include "bench/explore_bench.hpp"
#include "bench/library_search.hpp"
#include "bench/play_bench.hpp"
#include "bench/render_bench.hpp"
#include "bench/scan_bench.hpp"
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

int tell(const BenchOptions& options, const Report& report) {
  if (options.json) std::printf("%s\n", write_json(report_json(report)).c_str());
  else std::printf("%s", table_text(report).c_str());
  std::fflush(stdout);
  if (!options.svg) return 0;
  std::string file = options.svg_file.empty() ? default_svg(report.name) : options.svg_file;
  std::ofstream out(file);
  out << chart_svg(report);
  if (!out.flush()) return failed({Code::io, "cannot write " + file});
  if (!options.json) std::printf("chart: %s\n", file.c_str());
  return 0;
}

}  // namespace

int bench(const BenchOptions& options) {
  if (options.svg && !options.svg_file.empty() && options.name == "all")
    return failed(
        {Code::bad_request, "--svg FILE is for one benchmark: name it, or leave FILE out"});
  using Measure = Result<Report> (*)(const BenchOptions&);
  constexpr std::pair<const char*, Measure> kAll[] = {
      {"ws", bench_ws},      {"explore", bench_explore}, {"render", bench_render},
      {"play", bench_play},  {"scan", bench_scan},       {"search", bench_search},
      {"clock", bench_clock}};
  for (const auto& [name, measure] : kAll) {
    if (options.name != "all" && options.name != name) continue;
    auto report = measure(options);
    if (!report) return failed(report.error());
    if (int code = tell(options, *report); code != 0) return code;
  }
  return 0;
}

}  // namespace tutti::bench
