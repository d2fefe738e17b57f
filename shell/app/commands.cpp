#include "shell/app/commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "shell/app/control.hpp"
#include "shell/app/log.hpp"
#include "shell/app/server.hpp"
#include "shell/store/doctor.hpp"

namespace tutti {
extern const char* const kVersion;
extern const char* const kCommit;
extern const char* const kCoreHash;
}  // namespace tutti

namespace tutti::shell {
namespace {

// One line of JSON on standard output, for scripts.
void say(const Json& json) {
  std::string line = write_json(json) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

int failed(const Error& error, bool json) {
  if (json)
    say(Json::object({{"event", Json("error")},
                      {"code", Json(name(error.code))},
                      {"message", Json(error.text)},
                      {"hint", Json(error.hint)}}));
  std::fprintf(stderr, "%s\n", explain(error).c_str());
  return 1;
}

void announce(const Config& config, const Server& server) {
  bool tls = !server.fingerprint().empty();
  std::string url = fmt::format("{}://localhost:{}", tls ? "https" : "http", server.port());
  for (const std::string& note : server.notes()) log_line(LogLevel::warn, note);
  log_line(LogLevel::info, fmt::format("server.capacity connections={} (the limit of open files, "
                                       "ulimit -n, less what the server needs itself)",
                                       server.max_connections()));
  if (config.json) {
    say(Json::object({{"event", Json("ready")},
                      {"port", Json(server.port())},
                      {"url", Json(url)},
                      {"pid", Json(::getpid())},
                      {"max_connections", Json(server.max_connections())},
                      {"tls_fingerprint", Json(server.fingerprint())}}));
    return;
  }
  std::printf("tutti is at %s\n", url.c_str());
  if (tls) std::printf("its certificate: SHA-256 %s\n", server.fingerprint().c_str());
  std::printf("data: %s   stop: ctrl-c\n", config.data.c_str());
  std::fflush(stdout);
}

std::string absolute(const std::string& path) {
  std::error_code error;
  std::string full = std::filesystem::absolute(path, error).lexically_normal().string();
  return error ? path : full;
}

}  // namespace

BuildInfo build_info() { return {kVersion, kCommit, kCoreHash}; }

int serve(const Config& config) {
  set_log_level(config.log);
  auto server = Server::create(config);
  if (!server) return failed(server.error(), config.json);
  (*server)->start();
  announce(config, **server);
  (*server)->run();
  return 0;
}

int backup(const std::string& file, const std::string& data_dir, bool overwrite, bool json) {
  std::string target = absolute(file);
  Json body = Json::object({{"file", Json(target)}, {"overwrite", Json(overwrite)}});
  auto answer = ask_server(data_dir, "/api/backup", body);
  std::int64_t bytes = 0;
  if (answer) {
    bytes = answer->find("bytes") != nullptr ? answer->find("bytes")->as_int().value_or(0) : 0;
  } else if (answer.error().code != Code::not_found) {
    return failed(answer.error(), json);
  } else {
    if (!std::filesystem::exists(data_dir + "/house.db"))
      return failed(Error{Code::not_found, "there is no tutti data in " + data_dir,
                          "name the server's data directory with --data"},
                    json);
    auto data = DataDir::lock(data_dir);  // no server: nobody may start one meanwhile
    if (!data) return failed(data.error(), json);
    BackupOptions options;
    options.overwrite = overwrite;
    bool terminal = ::isatty(STDERR_FILENO) != 0;
    options.progress = [&](const CopyProgress& p) {
      if (terminal && p.pages_total > 0)
        std::fprintf(stderr, "\rbackup %3d %%",
                     static_cast<int>(100 * p.pages_done / p.pages_total));
      return true;
    };
    auto made = make_backup(data_dir, target, build_info().version, options);
    if (terminal) std::fprintf(stderr, "\r              \r");
    if (!made) return failed(made.error(), json);
    bytes = made->bytes;
  }
  if (json)
    say(Json::object({{"event", Json("backup")}, {"file", Json(target)}, {"bytes", Json(bytes)}}));
  else std::printf("%s (%lld bytes)\n", target.c_str(), static_cast<long long>(bytes));
  return 0;
}

int restore_backup(const std::string& file, const std::string& data_dir, bool json) {
  auto report = restore(absolute(file), data_dir);
  if (!report) return failed(report.error(), json);
  if (json) {
    say(Json::object({{"event", Json("restored")},
                      {"file", Json(absolute(file))},
                      {"made_at", Json(utc_text(report->backup.created_at))},
                      {"kept", Json(report->kept)}}));
    return 0;
  }
  std::printf("restored the backup of %s into %s\n", utc_text(report->backup.created_at).c_str(),
              data_dir.c_str());
  if (!report->kept.empty()) std::printf("what was there is kept in %s\n", report->kept.c_str());
  return 0;
}

int run_doctor(const std::string& data_dir, bool json) {
  bool sick = false;
  for (const Finding& finding : doctor(data_dir)) {
    sick = sick || finding.severity == Severity::error;
    if (json) {
      say(Json::object({{"severity", Json(name(finding.severity))},
                        {"subject", Json(finding.subject)},
                        {"what", Json(finding.what)},
                        {"hint", Json(finding.hint)}}));
    } else {
      std::printf("%-8s %-14s %s\n", std::string(name(finding.severity)).c_str(),
                  finding.subject.c_str(), finding.what.c_str());
      if (!finding.hint.empty()) std::printf("%-23s -> %s\n", "", finding.hint.c_str());
    }
  }
  return sick ? 1 : 0;
}

}  // namespace tutti::shell
