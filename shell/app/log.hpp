#pragma once
// The log: one line per event, `time level name key=value ...`, on standard error.
// Thread: any; a line is one write.

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "shell/app/config.hpp"

namespace tutti::shell {

void set_log_level(LogLevel least);
void log_line(LogLevel level, std::string_view line);
// A value that may hold spaces or quotes, quoted.
std::string quoted(std::string_view text);
// What went wrong and what to do, for people.
std::string explain(const Error& error);

}  // namespace tutti::shell
