#pragma once
// What the subcommands do. Each returns the exit code: 0 done, 1 the work failed. Thread: main.

#include <string>

#include "shell/app/config.hpp"

namespace tutti::shell {

int serve(const Config& config);
// Through a running server, or directly under the lock.
int backup(const std::string& file, const std::string& data_dir, bool overwrite, bool json);
int restore_backup(const std::string& file, const std::string& data_dir, bool json);
int run_doctor(const std::string& data_dir, bool json);

}  // namespace tutti::shell
