#include "shell/store/doctor.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace tutti::shell {

namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kFreeBytesError = 16 * kMiB;  // an update's backup would hardly fit
constexpr std::int64_t kFreeBytesWarning = 512 * kMiB;
constexpr std::int64_t kOwnDescriptors = 64;  // databases, log, lock, event loop, open music
constexpr std::int64_t kFewConnections = 1000;

using Findings = std::vector<Finding>;

void look_at_descriptors(Findings& out) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur == RLIM_INFINITY) {
    out.push_back({Severity::ok, "open files", "no limit of open files"});
    return;
  }
  auto allowed = static_cast<std::int64_t>(limit.rlim_cur);
  std::int64_t connections = std::max<std::int64_t>(allowed - kOwnDescriptors, 0);
  Finding finding{
      Severity::ok, "open files",
      fmt::format("the limit of {} open files allows about {} connections", allowed, connections)};
  if (connections < kFewConnections) {
    finding.severity = Severity::warning;
    finding.hint =
        fmt::format("raise it: `ulimit -n {}`, or LimitNOFILE= in the systemd unit", 65536);
  }
  out.push_back(std::move(finding));
}

// False: there is no directory to look into.
bool look_at_directory(const std::string& dir, Findings& out) {
  struct stat info;
  if (::stat(dir.c_str(), &info) != 0) {
    Error error = errno_error(errno, "open the data directory " + dir);
    out.push_back({Severity::error, "data directory", error.text,
                   "check --data; `tutti serve` makes the directory at its first start"});
    return false;
  }
  if (!S_ISDIR(info.st_mode)) {
    out.push_back(
        {Severity::error, "data directory", dir + " is not a folder", "choose another --data"});
    return false;
  }
  if (::access(dir.c_str(), R_OK | W_OK | X_OK) != 0) {
    Error error = errno_error(errno, "write in " + dir);
    out.push_back({Severity::error, "data directory", error.text, error.hint});
    return errno != EACCES;
  }
  if ((info.st_mode & 077) != 0) {
    out.push_back({Severity::warning, "data directory",
                   fmt::format("{} has mode {:o}: other users of this machine may look into it",
                               dir, info.st_mode & 0777),
                   "chmod 700 " + dir});
  } else {
    out.push_back({Severity::ok, "data directory", dir});
  }
  return true;
}

void look_at_lock(const std::string& dir, Findings& out) {
  auto pid = lock_holder(dir);
  out.push_back(
      pid ? Finding{Severity::ok, "lock", fmt::format("process {} holds the directory", *pid)}
          : Finding{Severity::ok, "lock", "no server holds the directory"});
}

void look_at_database(const std::string& dir, const Schema& schema, Findings& out) {
  std::string subject = schema.name + ".db";
  std::string path = dir + "/" + subject;
  auto found = probe(path, schema, true);
  if (found && found->version == schema.latest()) {
    out.push_back(
        {Severity::ok, subject,
         fmt::format("sound, version {}, {} KiB", found->version, file_size(path) / 1024)});
  } else if (found) {
    out.push_back(
        {Severity::note, subject,
         fmt::format("sound, version {}; this program uses {}", found->version, schema.latest()),
         "the next start of the server updates it, after a backup"});
  } else if (found.error().code == Code::not_found) {
    out.push_back(
        {Severity::note, subject, "not there yet", "the first start of the server makes it"});
  } else {
    out.push_back({Severity::error, subject, found.error().text, found.error().hint});
  }
}

void look_at_disk(const std::string& dir, Findings& out) {
  std::int64_t free = free_bytes(dir);
  if (free < 0) return;
  Finding finding{Severity::ok, "disk", fmt::format("{} MiB free", free / kMiB)};
  if (free < kFreeBytesWarning) {
    finding.severity = free < kFreeBytesError ? Severity::error : Severity::warning;
    finding.hint = "free space on the disk that holds " + dir;
  }
  out.push_back(std::move(finding));
}

void look_at_leftovers(const std::string& dir, Findings& out) {
  namespace fs = std::filesystem;
  for (const std::string& folder : {dir, dir + "/backups"}) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      std::string name = it->path().filename().string();
      if (!is_temp_name(name)) continue;
      out.push_back({Severity::note, "leftovers", it->path().string() + " was left half made",
                     "the next start of the server removes it"});
    }
  }
  if (file_exists(dir + "/library.db.damaged-1")) {
    out.push_back({Severity::note, "leftovers", "a damaged library.db was set aside",
                   "remove library.db.damaged-* when nobody wants to look at them"});
  }
}

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::ok: return "ok";
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "error";
}

std::vector<Finding> doctor(const std::string& data_dir) {
  Findings out;
  look_at_descriptors(out);
  if (data_dir.empty() || !look_at_directory(data_dir, out)) return out;
  look_at_lock(data_dir, out);
  look_at_database(data_dir, house_schema(), out);
  look_at_database(data_dir, library_schema(), out);
  look_at_disk(data_dir, out);
  look_at_leftovers(data_dir, out);
  return out;
}

}  // namespace tutti::shell
