#include "shell/app/log.hpp"

#include <unistd.h>

#include <atomic>

#include "core/base/json.hpp"
#include "shell/loop/loop.hpp"

namespace tutti::shell {
namespace {
std::atomic<LogLevel> g_least = LogLevel::info;  // set once, by main
constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
}  // namespace

void set_log_level(LogLevel least) { g_least = least; }

void log_line(LogLevel level, std::string_view line) {
  if (level < g_least) return;
  std::string out = utc_text(clock_now().wall) + " ";
  out += kNames[static_cast<std::size_t>(level)];
  out += " " + std::string(line) + "\n";
  (void)!::write(STDERR_FILENO, out.data(), out.size());
}

std::string quoted(std::string_view text) { return write_json(Json(text)); }

std::string explain(const Error& error) {
  return "error: " + error.text + (error.hint.empty() ? "" : "\n       " + error.hint);
}

}  // namespace tutti::shell
