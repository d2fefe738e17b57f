#include "shell/app/simulate_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "sim/world/world.hpp"

namespace tutti::shell {
namespace {

constexpr int kUsage = 2;
constexpr double kLongest = 1000;  // hours

// A broken invariant of the core ends the program: then this line must still be said. Static,
// because a signal handler may not allocate.
char g_repeat[512];

extern "C" void say_how_to_repeat(int) {
  (void)!::write(STDERR_FILENO, g_repeat, std::strlen(g_repeat));
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

void note_repeat(const std::string& command) {
  std::string line = "repeat it with: " + command + "\n";
  std::strncpy(g_repeat, line.c_str(), sizeof g_repeat - 1);
}

bool draw_svg(const world::Report& report, const std::string& file) {
  std::FILE* out = std::fopen(file.c_str(), "w");
  std::string picture = world::svg(report);
  bool written = out != nullptr && std::fwrite(picture.data(), 1, picture.size(), out) > 0;
  if (out != nullptr) written = std::fclose(out) == 0 && written;
  if (!written) std::fprintf(stderr, "error: %s cannot be written\n", file.c_str());
  return written;
}

world::Report run_one(const world::WorldOptions& options, bool progress) {
  world::World world(options);
  if (!progress) return world.run();
  world::Report report = world.run([&](double part) {
    std::fprintf(stderr, "\rseed %llu: %3.0f %%", static_cast<unsigned long long>(options.seed),
                 part * 100);
  });
  std::fprintf(stderr, "\r%40s\r", "");
  return report;
}

// Which situations the runs together have reached; one that none has is worth a look.
void print_witnesses(const std::vector<world::Report>& reports) {
  std::string reached;
  std::string missed;
  for (std::size_t i = 0; i < reports[0].witnessed.size(); ++i) {
    std::size_t runs = 0;
    for (const world::Report& report : reports) runs += report.witnessed.test(i) ? 1 : 0;
    const char* what = name(static_cast<world::Witness>(i));
    if (runs > 0) reached += fmt::format("  in {:>4} of {} runs: {}\n", runs, reports.size(), what);
    else missed += fmt::format("  in none: {}\n", what);
  }
  std::printf("situations reached:\n%s%s", reached.c_str(), missed.c_str());
}

std::optional<world::WorldOptions> world_options(const SimulateOptions& options) {
  auto faults = world::parse_faults(options.faults);
  if (!faults) {
    std::fprintf(stderr, "error: %s\n       %s\n", faults.error().text.c_str(),
                 faults.error().hint.c_str());
    return std::nullopt;
  }
  double hours = options.hours.value_or(0) + options.minutes.value_or(0) / 60;
  if (!options.hours && !options.minutes) hours = 2.0 / 60;
  if (!(hours > 0 && hours <= kLongest)) {
    std::fprintf(stderr, "error: a run lasts more than nothing and at most %.0f hours\n", kLongest);
    return std::nullopt;
  }
  world::WorldOptions world;
  world.length = static_cast<world::Micros>(hours * 3600 * world::kSecond);
  world.clients = options.clients;
  world.edges = options.edges;
  world.faults = *faults;
  world.idle = options.workload == "idle";
  return world;
}

}  // namespace

int simulate(const SimulateOptions& options) {
  auto world = world_options(options);
  if (!world) return kUsage;
  std::signal(SIGABRT, say_how_to_repeat);
  bool progress = !options.json && ::isatty(STDERR_FILENO) != 0;
  std::vector<world::Report> reports;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    world->seed = options.seed + i;
    std::string repeat = world::repeat_command(*world, options.faults);
    note_repeat(repeat);
    reports.push_back(run_one(*world, progress));
    const world::Report& report = reports.back();
    std::string line = options.json ? report.json() + "\n" : report.text();
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
    if (report.clean()) continue;
    if (options.json) std::fputs(report.text().c_str(), stderr);
    std::fprintf(stderr, "repeat it with: %s\n", repeat.c_str());
    break;
  }
  if (!options.json) {
    std::printf("checks of every connection: once in %llu steps; of each value: always\n",
                static_cast<unsigned long long>(world::kCheckEvery));
    print_witnesses(reports);
  }
  if (!options.svg_file.empty() && !draw_svg(reports.back(), options.svg_file)) return 1;
  return reports.back().clean() ? 0 : 1;
}

}  // namespace tutti::shell
