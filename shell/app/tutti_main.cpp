// The program `tutti`: flags to values, one function a subcommand. Exit codes: 0 done, 1 the work
// failed, 2 wrong usage.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "bench/bench.hpp"
#include "shell/app/commands.hpp"
#include "shell/app/demo_album.hpp"
#include "shell/app/explore_command.hpp"
#include "shell/app/log.hpp"
#include "shell/app/play_command.hpp"
#include "shell/app/scan_command.hpp"
#include "shell/app/server.hpp"
#include "shell/app/simulate_command.hpp"
#include "shell/media/media_worker.hpp"

using namespace tutti;
using namespace tutti::shell;

extern char** environ;  // NOLINT: the name is POSIX's

namespace {

constexpr int kUsage = 2;

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

std::string flag_name(std::string_view setting) {
  std::string flag = "--" + std::string(setting);
  for (char& c : flag) c = c == '_' ? '-' : c;
  return flag;
}

// Every setting is a flag of `serve`, from the one table.
struct ServeFlags {
  std::optional<std::string> file;
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, bool> switches;

  void add_to(CLI::App& command) {
    command.add_option(
        "--config", file,
        "settings file (else $XDG_CONFIG_HOME/tutti/tutti.toml, /etc/tutti/tutti.toml)");
    for (const Setting& setting : settings()) {
      std::string name(setting.name);
      std::string doc(setting.doc);
      if (setting.kind == SettingKind::boolean && setting.fallback == "off")
        command.add_flag(flag_name(name), switches[name], doc);
      else
        command.add_option(flag_name(name), texts[name], doc + " (" + expected_text(setting) + ")");
    }
  }
  ConfigSources sources() const {
    ConfigSources sources{.file = file, .environment = environment()};
    for (const auto& [name, values] : texts) {
      for (const std::string& value : values) sources.flags.push_back({name, value});
    }
    for (const auto& [name, on] : switches) {
      if (on) sources.flags.push_back({name, "true"});
    }
    return sources;
  }
};

std::string default_data() {
  auto config = load_config({.environment = environment()});
  return config ? config->data : ".";
}

int run_serve(const ServeFlags& flags) {
  auto config = load_config(flags.sources());
  if (!config) {
    std::fprintf(stderr, "%s\n", explain(config.error()).c_str());
    return kUsage;
  }
  return serve(*config);
}

CLI::App* add_bench(CLI::App& app, bench::BenchOptions& options) {
  CLI::App* command =
      app.add_subcommand("bench", "measure what the server costs, with peers beside it");
  command->add_option("NAME", options.name, "what to measure")
      ->check(CLI::IsMember({"ws", "explore", "render", "play", "scan", "search", "clock", "all"}))
      ->capture_default_str();
  command->add_option("--clients", options.clients, "connections of the idle measurement")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--files", options.files, "tracks of the scanned music")
      ->check(CLI::Range(10, 10'000'000))
      ->capture_default_str();
  command->add_option("--tracks", options.tracks, "of the made-up library that is searched")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->add_option("--runs", options.runs, "medians of so many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seconds", options.seconds, "of load for each figure and run")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag("--json", options.json, "one line of JSON for scripts");
  command->add_option("--svg", options.svg_file, "draw a chart too (without FILE: below build/)")
      ->expected(0, 1);
  return command;
}

CLI::App* add_explore(CLI::App& app, ExploreOptions& options) {
  CLI::App* command = app.add_subcommand(
      "explore", "every known race, replayed: wrong variants are found, the shipped core is clean");
  command->add_flag("--list", options.list, "the rows and the shipped scenarios");
  command->add_flag("--all", options.all, "everything, within minutes");
  command->add_option("--scenario", options.scenario,
                      "a row (RC-9), a variant of it (\"RC-9 wrong\"), or a shipped one (edge)");
  command->add_option("--report", options.report, "the rows of one report: 000 to 004, or beyond");
  command->add_flag("--exhaustive", options.exhaustive, "one scenario: no random schedules");
  command->add_option("--seed", options.seed, "one scenario: random schedules from this seed");
  command->add_option("--schedules", options.schedules, "one scenario: so many random schedules")
      ->check(CLI::Range(1UL, 1'000'000'000'000UL));
  command
      ->add_option("--times", options.times,
                   "rows and --all: so many times the schedules (shipped ones 10 at most)")
      ->check(CLI::Range(0.001, 1e6));
  command->add_option("--replay", options.replay, "run the trace in this file again");
  command->add_option("--trace", options.trace, "write the shrunk trace of a violation here");
  command->add_option("--html", options.html, "draw it as swim lanes, one page");
  command->add_option("--gallery", options.gallery,
                      "a folder for such pages of all wrong variants");
  command->add_option("--jobs", options.jobs, "threads (else one for each core)")
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options.json, "one line of JSON for each scenario and row");
  return command;
}

CLI::App* add_simulate(CLI::App& app, SimulateOptions& options) {
  CLI::App* command = app.add_subcommand(
      "simulate", "the whole server in virtual time, with faults; a seed repeats a run");
  command->add_option("--seed", options.seed, "the run's seed")->capture_default_str();
  command->add_option("--seeds", options.seeds, "so many runs, from --seed on")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--hours", options.hours, "virtual time with faults");
  command->add_option("--minutes", options.minutes, "more of it (2 without either)");
  command->add_option("--clients", options.clients, "scripted clients")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--edges", options.edges, "edges of the server (0: one or two, drawn)")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  command
      ->add_option("--faults", options.faults,
                   "none, all or a comma list of network, clock, disk, server, peers")
      ->capture_default_str();
  command->add_option("--workload", options.workload, "what clients do: mixed, or only idle chat")
      ->check(CLI::IsMember({"mixed", "idle"}))
      ->capture_default_str();
  command->add_flag("--json", options.json, "one line of JSON a seed");
  command->add_option("--svg", options.svg_file, "draw the last seed's run into this file");
  return command;
}

CLI::App* add_play(CLI::App& app, PlayOptions& options) {
  CLI::App* command =
      app.add_subcommand("play", "play files and folders, in this order, without a gap");
  command->add_option("PATH", options.paths, "files and folders")->required();
  command->add_option("--out", options.out, "null or FILE.wav")->capture_default_str();
  command->add_flag("--realtime", options.realtime, "as fast as it is heard, not as it can");
  command->add_option("--crossfade", options.crossfade_s, "seconds")
      ->check(CLI::Range(0.0, 15.0))
      ->capture_default_str();
  command->add_option("--level", options.level, "even out loudness by")
      ->check(CLI::IsMember({"off", "track", "album"}))
      ->capture_default_str();
  command->add_option("--target", options.target_lufs, "LUFS that --level aims at")
      ->check(CLI::Range(-40.0, -5.0))
      ->capture_default_str();
  command->add_flag("--json", options.json, "lines of JSON for scripts");
  return command;
}

CLI::App* add_scan(CLI::App& app, ScanOptions& options) {
  CLI::App* command = app.add_subcommand("scan", "look through a folder of music once");
  command->add_option("DIR", options.directory, "the folder")->required();
  command
      ->add_option("--readers", options.readers,
                   "processes that read files (else one for each core, at most 4)")
      ->check(CLI::Range(1, 64));
  return command;
}

CLI::App* add_demo(CLI::App& app, std::string& folder, bool& json) {
  CLI::App* command = app.add_subcommand(
      "demo", "render the demo album, five minutes of our own music (CC0), into a folder");
  command->add_option("DIR", folder, "the folder; made if need be")->required();
  command->add_flag("--json", json, "one line of JSON for scripts");
  return command;
}

int run_scan(ScanOptions options, const std::string& data, bool json) {
  options.data = data;
  options.json = json;
  return scan(options);
}

int run_bench(bench::BenchOptions options, const CLI::App& command) {
  options.svg = command.count("--svg") > 0;
  return bench::bench(options);
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help
  std::fprintf(stderr,
               "error: %s\n       tutti --help lists the commands and `tutti COMMAND --help` their "
               "options\n",
               error.what());
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tutti: a household's music and its assistant, from one server"};
  app.require_subcommand(1);
  BuildInfo build = build_info();
  app.set_version_flag("--version", fmt::format("tutti {} commit {} core {}", build.version,
                                                build.commit, build.core_hash));

  ServeFlags flags;
  CLI::App* serve_command = app.add_subcommand("serve", "run the server");
  flags.add_to(*serve_command);

  std::string file;
  std::string data;
  bool json = false;
  bool overwrite = false;
  auto with_data = [&](CLI::App* command) {
    command->add_option("--data", data, "the data directory (else $XDG_DATA_HOME/tutti)");
    command->add_flag("--json", json, "one line of JSON for scripts");
    return command;
  };
  CLI::App* backup_command = with_data(app.add_subcommand(
      "backup",
      "write everything that cannot be made again to one file, also while the server runs"));
  backup_command->add_option("FILE", file, "where to")->required();
  backup_command->add_flag("--overwrite", overwrite, "replace FILE if it exists");
  CLI::App* restore_command = with_data(app.add_subcommand(
      "restore", "put a backup in the place of what is there (which is kept aside)"));
  restore_command->add_option("FILE", file, "a file made by `tutti backup`")->required();
  CLI::App* doctor_command =
      with_data(app.add_subcommand("doctor", "what is wrong and what to do"));
  ScanOptions scan_options;
  CLI::App* scan_parsed = with_data(add_scan(app, scan_options));
  // Not for people: what a scan starts to read files in, see shell/media/media_worker.hpp.
  CLI::App* worker_command = app.add_subcommand("media-worker", "")->group("");
  WorkerLimits worker_limits;
  worker_command->add_flag("--idle", worker_limits.idle_priority, "");
  std::string demo_folder;
  CLI::App* demo_parsed = add_demo(app, demo_folder, json);
  bench::BenchOptions bench_options;
  CLI::App* bench_command = add_bench(app, bench_options);
  ExploreOptions explore_options;
  CLI::App* explore_parsed = add_explore(app, explore_options);
  PlayOptions play_options;
  CLI::App* play_parsed = add_play(app, play_options);
  SimulateOptions simulate_options;
  CLI::App* simulate_command = add_simulate(app, simulate_options);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  if (worker_command->parsed()) return media_worker(worker_limits);
  if (serve_command->parsed()) return run_serve(flags);
  if (bench_command->parsed()) return run_bench(bench_options, *bench_command);
  if (play_parsed->parsed()) return play_command(play_options);
  if (demo_parsed->parsed()) return demo_command(demo_folder, json);
  if (explore_parsed->parsed()) return explore_command(explore_options);
  if (simulate_command->parsed()) return simulate(simulate_options);
  if (data.empty()) data = default_data();
  if (backup_command->parsed()) return backup(file, data, overwrite, json);
  if (restore_command->parsed()) return restore_backup(file, data, json);
  if (doctor_command->parsed()) return run_doctor(data, json);
  if (scan_parsed->parsed()) return run_scan(scan_options, data, json);
  return kUsage;
}
